#pragma once

#include <iostream>
#include <locale>

namespace seqrec::cli {

/// The program writes and reads the same in every locale: while this lives, what the process that calls it has set, for
/// all and for its streams, is put aside.
class ClassicLocale {
 public:
  ClassicLocale() = default;
  ~ClassicLocale() {
    std::cerr.imbue(err_);
    std::cout.imbue(out_);
    std::locale::global(global_);
  }
  ClassicLocale(const ClassicLocale&) = delete;
  ClassicLocale& operator=(const ClassicLocale&) = delete;

 private:
  std::locale global_ = std::locale::global(std::locale::classic());
  std::locale out_ = std::cout.imbue(std::locale::classic());
  std::locale err_ = std::cerr.imbue(std::locale::classic());
};

}  // namespace seqrec::cli

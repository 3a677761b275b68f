#pragma once

#include <locale>

namespace seqrec {

/// While it lives, the global locale is one in which 1840 is written 1'8'4'0 and 0.5 is 0;5.
class GroupingLocale {
 public:
  GroupingLocale() = default;
  ~GroupingLocale() { std::locale::global(before_); }
  GroupingLocale(const GroupingLocale&) = delete;
  GroupingLocale& operator=(const GroupingLocale&) = delete;

 private:
  struct Digits : std::numpunct<char> {
    char do_thousands_sep() const override { return '\''; }
    char do_decimal_point() const override { return ';'; }
    std::string do_grouping() const override { return "\1"; }
    std::string do_truename() const override { return "ja"; }
    std::string do_falsename() const override { return "nein"; }
  };

  std::locale before_ = std::locale::global(std::locale(std::locale::classic(), new Digits));
};

}  // namespace seqrec

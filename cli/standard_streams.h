#pragma once

#include <memory>
#include <streambuf>

namespace seqrec::cli {

/// The standard streams while the program runs. Closed ones are opened first, so that no file of ours gets their number
/// and then the program's messages; on /dev/null and the wrong way round, so that using one is an error still.
///
/// std::cout keeps the system's reason when it can't write, and what follows goes nowhere: a training is worth more
/// than its report. Where the main() of someone's own has sent std::cout elsewhere, it stays there.
class StandardStreams {
 public:
  StandardStreams();
  ~StandardStreams();
  StandardStreams(const StandardStreams&) = delete;
  StandardStreams& operator=(const StandardStreams&) = delete;

 private:
  std::unique_ptr<std::streambuf> own_;
};

/// Writes out what std::cout holds. IoError "can't write to standard output: ..." if it can't be or couldn't before.
void check_output();

}  // namespace seqrec::cli

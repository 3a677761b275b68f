#pragma once

#include <atomic>
#include <csignal>

namespace seqrec::cli {

/// While it lives, the first Ctrl-C (or SIGTERM) sets a flag and the second one kills; then what handled them before
/// does so again.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static const std::atomic<bool>& flag();

 private:
  struct sigaction before_[2];
};

/// While it lives, a signal does nothing.
class IgnoredSignal {
 public:
  explicit IgnoredSignal(int number);
  ~IgnoredSignal();
  IgnoredSignal(const IgnoredSignal&) = delete;
  IgnoredSignal& operator=(const IgnoredSignal&) = delete;

 private:
  const int number_;
  struct sigaction before_;
};

}  // namespace seqrec::cli

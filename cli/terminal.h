#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>

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

/// One line on stderr that is written over and over; nothing at all when stderr is no terminal.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of `total` steps since `begin()`; at most ten times per second something is drawn.
  void begin(std::string label);
  void update(std::int64_t done, std::int64_t total, const std::string& note);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  const bool terminal_;
  bool drawn_ = false;
  std::string label_;
  Clock::time_point start_, last_;
};

/// "epoch 1/300 [=====     ]  29%  NOTE  0:04 left", shorter than `columns`: first the bar shrinks, then the note goes,
/// the time that is left, the bar.
std::string bar_line(const std::string& label, double share, const std::string& note, const std::string& left,
                     std::size_t columns);

/// "0:07", "1:02:45".
std::string clock_text(double seconds);

}  // namespace seqrec::cli

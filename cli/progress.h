#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>
#include <thread>

#include "cli/screen.h"

namespace seqrec::cli {

/// Shows on stderr how far work is: on a terminal by one line that is written over and over; elsewhere, where it takes
/// longer, by a line every ten seconds. What is shown grows older in a thread of its own, so that work which tells
/// nothing on its way isn't silent either. Who writes to a terminal calls clear() before.
class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressBar();
  /// To another stream, of which `screen` says what it is, with so much time between two plain lines.
  ProgressBar(std::ostream& out, const Screen& screen, Clock::duration every);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of `total` are done of the work of this name, which begins with its first update; a total of 0: nobody
  /// counts. `left` is shown behind the time that is left of it.
  void update(const std::string& label, std::int64_t done, std::int64_t total, const std::string& note = "",
              const std::string& left = "");
  /// Removes the line. Nothing is shown until the next update.
  void clear();

 private:
  void grow_older();
  void show(Clock::time_point now);
  std::string line(Clock::time_point now) const;

  std::ostream& out_;
  const Screen screen_;
  const bool measures_;  // the terminal's width, whenever something is shown
  const Clock::duration every_;
  std::mutex mutex_;
  bool active_ = false, drawn_ = false, ended_ = false;
  std::string label_, note_, left_;
  std::int64_t done_ = 0, total_ = 0;
  Clock::time_point start_, last_;
  std::condition_variable wake_;
  std::thread thread_;
};

/// "epoch 1/300 [=====     ]  29%  NOTE  0:04 left", shorter than `columns`: first the bar shrinks, then the note goes,
/// the time that is left, the bar.
std::string bar_line(const std::string& label, double share, const std::string& note, const std::string& left,
                     std::size_t columns);

/// "0:07", "1:02:45".
std::string clock_text(double seconds);

}  // namespace seqrec::cli

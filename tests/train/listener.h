#pragma once

#include <atomic>
#include <csignal>
#include <string>
#include <vector>

#include "train/events.h"

namespace seqrec::train {

/// Keeps what it is told, and stops (or kills the process) after some steps if it is asked to.
class Listener : public Observer {
 public:
  void on_notice(const std::string& line) override { notices.push_back(line); }
  void on_step(const Progress& progress) override {
    last = progress;
    ++steps;
    if (steps == stop_after) stop = true;
    if (steps == kill_after) std::raise(SIGKILL);
  }
  void on_epoch(const EpochReport& report) override { reports.push_back(report); }
  void on_result(const RunResult& result) override { results.push_back(result); }

  std::vector<std::string> notices;
  std::vector<EpochReport> reports;
  std::vector<RunResult> results;
  Progress last;
  int steps = 0, stop_after = 0, kill_after = 0;
  std::atomic<bool> stop{false};
};

}  // namespace seqrec::train

#pragma once

#include "cli/options.h"
#include "cli/terminal.h"
#include "train/events.h"

namespace seqrec::cli {

/// Shows what baselines came to in the same test, where there are any.
void show_baselines(const train::Baselines& baselines);
/// Shows what test metrics are worth: estimates among all items, where there are any, and the protocol.
void show_worth(const train::MetricValues& corrected, const Json& protocol);

/// Shows a training run: events as JSON lines on standard output and nothing else there, or text with a progress bar
/// where stderr is a terminal. Notices go to stderr.
class Report : public train::Observer {
 public:
  explicit Report(Format format) : format_(format) {}

  void on_notice(const std::string& line) override;
  void on_start(const train::RunInfo& info) override;
  void on_step(const train::Progress& progress) override;
  void on_epoch(const train::EpochReport& report) override;
  void on_result(const train::RunResult& result) override;

 private:
  Format format_;
  ProgressBar bar_;
  std::int64_t epoch_ = 0;  // that the bar shows
};

}  // namespace seqrec::cli

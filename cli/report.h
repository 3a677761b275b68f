#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cli/options.h"
#include "cli/progress.h"
#include "train/events.h"

namespace seqrec::cli {

/// Shows what baselines came to in the same test, where there are any.
void show_baselines(const train::Baselines& baselines, std::int64_t decimal_places);
/// Shows what test metrics are worth: estimates among all items, where there are any, and the protocol.
void show_worth(const train::MetricValues& corrected, const Json& protocol, std::int64_t decimal_places = 0);
/// A metric with so many decimal places, and some with so many at most.
std::string fixed_metric(double value, std::int64_t decimal_places);
std::string shown_metrics(const train::MetricValues& values, std::int64_t decimal_places);

/// How long a run takes from here, if its epochs go on as they went so far, with all that lies between them.
class RunLeft {
 public:
  using Clock = ProgressBar::Clock;

  /// ", run 1:02:03"; "" before there is anything to go by, and in the last epoch. The first call begins.
  std::string text(const train::Progress& progress, Clock::time_point now);

 private:
  std::optional<std::pair<double, Clock::time_point>> begin_;  // epochs that were done, and when
};

/// Shows a training run: events as JSON lines on standard output and nothing else there, or text. How far it is goes to
/// stderr (cli/progress.h), but not beside JSON. Notices do, too.
class Report : public train::Observer {
 public:
  explicit Report(Format format) : format_(format) {}

  void on_notice(const std::string& line) override;
  void on_start(const train::RunInfo& info) override;
  void on_step(const train::Progress& progress) override;
  void on_work(const train::Work& work) override;
  void on_epoch(const train::EpochReport& report) override;
  void on_result(const train::RunResult& result) override;
  /// Ends what shows how far something is, before others write.
  void done() { bar_.clear(); }

 private:
  Format format_;
  ProgressBar bar_;
  RunLeft left_;  // of the stage
  std::string valid_metric_;
};

}  // namespace seqrec::cli

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/events.h"
#include "train/run_folder.h"

namespace seqrec::train {

/// Writes what happens to the run folder (log.txt, events.jsonl, metrics.csv, and if they are asked for TensorBoard's
/// event files), then tells the next one. Both must outlive it.
class Recorder : public Observer {
 public:
  Recorder(const RunFolder& folder, bool tensorboard, Observer& next)
      : folder_(folder), tensorboard_(tensorboard), next_(next) {}

  void on_notice(const std::string& line) override;
  void on_start(const RunInfo& info) override;
  void on_step(const Progress& progress) override { next_.on_step(progress); }
  void on_work(const Work& work) override { next_.on_work(work); }
  void on_epoch(const EpochReport& report) override;
  void on_result(const RunResult& result) override;

 private:
  void begin_tensorboard(const std::vector<EpochReport>& reports);

  const RunFolder& folder_;
  const bool tensorboard_;
  Observer& next_;
  std::vector<std::string> metrics_;        // the columns of metrics.csv
  std::filesystem::path tensorboard_file_;  // that this process writes
};

}  // namespace seqrec::train

#pragma once

#include "train/events.h"
#include "train/run_folder.h"

namespace seqrec::train {

/// Writes what happens to the run folder (log.txt, events.jsonl), then tells the next one. Both must outlive it.
class Recorder : public Observer {
 public:
  Recorder(const RunFolder& folder, Observer& next) : folder_(folder), next_(next) {}

  void on_notice(const std::string& line) override;
  void on_start(const RunInfo& info) override;
  void on_step(const Progress& progress) override { next_.on_step(progress); }
  void on_work(const Work& work) override { next_.on_work(work); }
  void on_epoch(const EpochReport& report) override;
  void on_result(const RunResult& result) override;

 private:
  const RunFolder& folder_;
  Observer& next_;
};

}  // namespace seqrec::train

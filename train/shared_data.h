#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/batch.h"
#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::train {

/// The data of a run, as they were read.
struct RunData {
  data::Dataset dataset;
  std::vector<std::string> titles;  ///< of the items
};
/// Errors are data::prepare's.
RunData read_data(const data::Config& config, const BatchNeeds& needs);

/// Data that runs of one process share: read once for all configurations that agree in what reading asks for, whatever
/// else they say. The few that were last asked for stay in memory. May be called by several threads.
class SharedData {
 public:
  std::shared_ptr<const RunData> get(const data::Config& config, const BatchNeeds& needs);
  /// How often data were read.
  int reads() const;

 private:
  struct Entry {
    std::shared_ptr<data::ConfigReads> reads;
    BatchNeeds needs;
    std::shared_ptr<const RunData> data;
  };

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // in the order in which they were last asked for
  int reads_ = 0;
};

}  // namespace seqrec::train

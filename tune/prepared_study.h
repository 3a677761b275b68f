#pragma once

#include <memory>

#include "data/config.h"
#include "train/shared_data.h"
#include "tune/sampler.h"
#include "tune/space.h"
#include "tune/study.h"

namespace seqrec::tune {

/// A request whose files were read, and what it comes to.
struct Study {
  StudyRequest request;
  data::Config base;  ///< of all trials
  Space space;
  StudyInfo info = {};
  std::unique_ptr<Sampler> sampler = nullptr;
  std::shared_ptr<train::SharedData> data = std::make_shared<train::SharedData>();
};

/// Reads the space and the configuration, not the data. UsageError and ConfigError for what can't be a study.
Study prepare(StudyRequest request);

}  // namespace seqrec::tune

#pragma once

#include <string>
#include <vector>

#include "data/config.h"

namespace seqrec::train {

/// A stage of a run. Most models have one; RecBole's S3Rec pre-trains, then is fine-tuned.
struct Stage {
  std::string name;          ///< "pretrain"; empty if the model has no stages
  data::Config config;       ///< the stage's own: train_stage, epochs, train_batch_size, eval_step
  bool pretraining = false;  ///< neither validated nor tested
};

/// What `stages` or `train_stage` ask for of a model's stages (ModelInfo::stages). ConfigError for another order.
std::vector<Stage> stages_of(const data::Config& config, const std::vector<std::string>& stages);

}  // namespace seqrec::train

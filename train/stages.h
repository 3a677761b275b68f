#pragma once

#include <string>
#include <vector>

#include "core/batch.h"
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

/// What a run needs of the data that it reads: what its first stage does.
BatchNeeds data_needs(const std::string& model, const data::Config& config);

}  // namespace seqrec::train

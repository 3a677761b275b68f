#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/vocabulary.h"
#include "data/config.h"
#include "models/model.h"

namespace seqrec::train {

/// A stage of a run. Most models have one; RecBole's S3Rec pre-trains, then is fine-tuned.
struct Stage {
  data::Config config;       ///< the stage's own: train_stage, epochs, train_batch_size, eval_step
  bool pretraining = false;  ///< neither validated nor tested
};

/// What `stages` or `train_stage` ask for. ConfigError for another order.
std::vector<Stage> stages_of(const data::Config& config);

/// Gives `to` the parameters and buffers of `from`. ConfigError naming `file`, where `from` comes from, and the
/// parameter that one lacks or that has another shape.
void copy_parameters(const models::SequentialRecommender& from, models::SequentialRecommender& to,
                     const std::string& file);

/// Gives a model the parameters of a pre-trained model file (pre_model_path). FormatError for a bad file, ConfigError
/// for one of another model, of other items or of other shapes.
void load_pretrained(const std::filesystem::path& path, const std::string& model_name, const Vocabulary& items,
                     models::SequentialRecommender& model);

}  // namespace seqrec::train

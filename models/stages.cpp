#include "models/stages.h"

#include "core/error.h"

namespace seqrec::models {

std::vector<Key> stage_keys(const std::vector<std::string>& stages) {
  const std::string &first = stages.at(0), &second = stages.at(1);
  return {Key::choice("train_stage", first, stages, "which of its two trainings a run does"),
          Key::choices_of("stages", nullptr, stages,
                          concat("[", first, ", ", second, "]: both, one after the other; null: train_stage")),
          Key::path("pre_model_path", "",
                    "the pre-trained model file that fine-tuning begins with; empty: fresh parameters"),
          Key::integer("pretrain_epochs", 500, {.min = 0}, "number of pre-training epochs"),
          Key::integer("pretrain_batch_size", nullptr, {.min = 1},
                       "training rows per batch of pre-training; null: train_batch_size"),
          Key::integer("save_step", 50, {.min = 0}, "pre-training keeps a model file every so many epochs; 0: none")};
}

}  // namespace seqrec::models

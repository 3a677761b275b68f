#pragma once

#include <string>
#include <vector>

#include "core/key.h"

namespace seqrec::models {

/// The keys by which a run is told about the two stages of a model (ModelInfo::stages): `train_stage`, one of their
/// names, `stages`, `pre_model_path`, and of the first, which is neither validated nor tested, `pretrain_epochs`,
/// `pretrain_batch_size` and `save_step`.
std::vector<Key> stage_keys(const std::vector<std::string>& stages);

}  // namespace seqrec::models

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "models/model.h"

namespace seqrec::models {

/// All models: those of this library, then those that were added.
const std::deque<ModelInfo>& model_infos();
/// Adds a model of one's own, which is then one like the others: configurations, runs, model files, sessions and the
/// command line know it. To be called before any of these is used, in main() say, and not while another thread runs:
/// the list isn't locked. UsageError if the name is taken or empty, if there is no `make`, if a key stands
/// twice, or stages are not two with their keys.
void add(ModelInfo info);

/// Their names: "SHAN, Caser, ...".
std::string model_list();
/// ConfigError "unknown model 'SHANN': did you mean SHAN? ..." if there is none of that name.
const ModelInfo& model_info(std::string_view name);
/// Makes a model with fresh parameters (drawn from `seed`), all of `dtype`, on a device. Hyper-parameters are checked
/// by the model's keys; one that the specification leaves out has its default. ConfigError for bad ones.
std::unique_ptr<SequentialRecommender> make_model(ModelSpec spec, DType dtype, std::uint64_t seed,
                                                  Device device = kCpu);

}  // namespace seqrec::models

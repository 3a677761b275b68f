#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/config.h"
#include "data/dataset.h"
#include "models/model_file.h"

namespace seqrec::train {

/// Gives a configuration's input the keys of a model, and those of others for its errors. ConfigError if there is none
/// of that name.
void take_keys(data::ConfigInput& input, const std::string& model);
/// A configuration's input with the keys of a model, which the option --model names. ConfigError if there is none of
/// that name.
data::ConfigInput for_model(data::ConfigInput input, const std::string& model);

/// A model's hyper-parameters from a configuration that was made with its keys.
Json hyper_parameters(const std::string& model, const data::Config& config);

/// What a model needs of the data under this configuration.
BatchNeeds batch_needs(const std::string& model, const data::Config& config);

/// What a model is made from: the configuration and the data. DataError if the items' attributes, where the model takes
/// any, are of the wrong type or none.
models::ModelSpec model_spec(const std::string& model, const data::Dataset& dataset, const data::Config& config);

/// What a model file holds beside the parameters: made from the data that it was trained on.
models::ModelFile model_file(const models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config,
                             std::vector<std::string> titles);

/// Writes the users' histories beside a model file (models/histories_file.h).
void save_histories(const std::filesystem::path& path, const data::Dataset& dataset);

}  // namespace seqrec::train

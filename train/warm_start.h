#pragma once

#include <string>

#include "data/preload.h"
#include "models/model_file.h"

namespace seqrec::train {

/// What a model begins with where it is not fresh numbers. `to` says what `model` was made for: spec and vocabularies.
/// Both return a line that says how many rows were given; both take any device.

/// Gives the model the parameters and buffers of a model file. Rows that belong to tokens (of users, items, attributes,
/// features) go by token, whatever their ids; new tokens keep the model's rows, and those that `to` lacks are left out.
/// The padding row and rows of no token are taken over. `file` names the model file in errors.
/// ConfigError: another model, no item in common, other features, or a parameter of another shape, with the keys and
/// the file's values that would fit it.
std::string warm_start(const models::LoadedModel& from, const models::ModelFile& to,
                       models::SequentialRecommender& model, const std::string& file);

/// Gives users or items their pre-trained vectors; the others keep the model's rows, the padding row too. ConfigError:
/// the model has no such table, or one of another width.
std::string preload(const data::PreloadedVectors& vectors, const models::ModelFile& to,
                    models::SequentialRecommender& model);

}  // namespace seqrec::train

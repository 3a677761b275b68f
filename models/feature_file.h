#pragma once

#include "core/json.h"
#include "core/safetensors.h"
#include "models/model.h"

namespace seqrec::models {

/// The features of a model, and its attributes' tokens, in its file (models/model_file.h says how they lie there).
void save_features(SafetensorsWriter& writer, const ModelSpec& spec);
/// Fills them in `spec`, whose n_users and n_items stand. FormatError for whatever doesn't fit together.
void load_features(const SafetensorsReader& reader, ModelSpec& spec);
/// [{"of": "user", "name": "age", "type": "token", "tokens": 62}, ...]
Json describe_features(const ModelSpec& spec);

/// ShapeError unless the columns are those that the hyper-parameter names, several with their vocabularies.
void save_attributes(SafetensorsWriter& writer, const ModelSpec& spec);
/// Fills in the columns, `total` attributes in all; hyper_parameters stand. FormatError for whatever doesn't fit
/// together.
void load_attributes(const SafetensorsReader& reader, std::int64_t total, ModelSpec& spec);
/// [{"name": "class", "tokens": 19}, ...]
Json describe_attributes(const ModelSpec& spec);

}  // namespace seqrec::models

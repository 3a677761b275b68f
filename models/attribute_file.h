#pragma once

#include "core/json.h"
#include "core/safetensors.h"
#include "models/model.h"

namespace seqrec::models {

// A model's attributes in its file (models/model_file.h says how they lie there).

/// ShapeError unless the columns are those that the hyper-parameter names, several with their vocabularies.
void save_attributes(SafetensorsWriter& writer, const ModelSpec& spec);
/// Fills in the columns, `total` attributes in all; hyper_parameters stand. FormatError for whatever doesn't fit
/// together.
void load_attributes(const SafetensorsReader& reader, std::int64_t total, ModelSpec& spec);
/// [{"name": "class", "tokens": 19}, ...]
Json describe_attributes(const ModelSpec& spec);

}  // namespace seqrec::models

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/feature.h"
#include "core/json.h"
#include "core/safetensors.h"

namespace seqrec {

/// The features of all users and of all items in a file: described under the metadata key "features" (nothing where
/// there are none), each as save_feature() has it, under "feature.N" and "vocabulary.feature.N", the users' first.
void save_features(SafetensorsWriter& writer, const std::vector<Feature>& of_users,
                   const std::vector<Feature>& of_items);
Json describe_features(const std::vector<Feature>& of_users, const std::vector<Feature>& of_items);
/// Reads them, of so many users and items, to the ends of both. FormatError for whatever doesn't fit together.
void load_features(const SafetensorsReader& reader, std::int64_t users, std::int64_t items,
                   std::vector<Feature>& of_users, std::vector<Feature>& of_items);

/// A feature in a file: its values under NAME (I32 ids or F32 numbers), where each row's values end as NAME.offsets if
/// there may be any number of them, and its vocabulary, if it has one, as VOCABULARY.
void save_feature(SafetensorsWriter& writer, const Feature& feature, const std::string& name,
                  const std::string& vocabulary);
/// What is said of it beside: {"of": "user", "name": "age", "type": "token", "tokens": 62}.
Json describe_feature(const char* of, const Feature& feature);
/// Reads one of `rows` rows. FormatError for whatever doesn't fit together.
Feature load_feature(const SafetensorsReader& reader, const Json& about, std::int64_t rows, const std::string& name,
                     const std::string& vocabulary);

/// Texts, which hold no byte 0, in a file: PREFIX.bytes (U8), one after the other, and PREFIX.offsets (I64 [texts +
/// 1]).
void save_texts(SafetensorsWriter& writer, const std::vector<std::string>& texts, const std::string& prefix);
/// Reads them, none if there are none. FormatError unless they are so many.
std::vector<std::string> load_texts(const SafetensorsReader& reader, std::int64_t count, const std::string& prefix);

}  // namespace seqrec

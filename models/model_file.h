#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/safetensors.h"
#include "core/vocabulary.h"
#include "models/model.h"

namespace seqrec::models {

/// The version of the layout below: 2 where tables are narrowed, else 1. A reader refuses newer ones.
inline constexpr int kModelFormatVersion = 2;

/// What a model file holds besides the model's state. On disk it is one safetensors file:
///
/// - metadata: `format` "seqrec.model", `format_version`, `model`, `n_users`, `n_items`, `n_attributes` (where
///   the model has any: of all columns together), and as JSON `hyper_parameters`, `config` and `features`, a list of
///   what is known of users and items:
///   {"of": "user", "name", "type", "tokens"};
/// - `vocabulary.user.*`, `vocabulary.item.*`: the token tables (core/vocabulary.h);
/// - `vocabulary.attribute.*`, `vocabulary.attribute.N.*`: those of the attributes of the first column and of the Nth
///   after it, whose names are in the hyper-parameter; `vocabulary.feature.N.*`: that of the Nth feature if it is of
///   tokens; an older seqrec wrote none, and only --init needs them;
/// - `title.bytes`, `title.offsets`: the items' titles, if there are any;
/// - `feature.N`, the values of the Nth of these, and `feature.N.offsets`, where a row holds any number of them;
/// - every other tensor is a parameter or a buffer of the model, under RecBole's name; a table (models/export.h) may be
///   F16, BF16, or I8 with `NAME.scale` (core/stored_table.h).
///
/// Its bytes depend on these alone: no time, no path, no number of threads. It holds no one's history, unless it is
/// ItemKNN's.
struct ModelFile {
  ModelSpec spec;    ///< with the features that the model needs to score
  Vocabulary users;  ///< spec.n_users ids
  Vocabulary items;  ///< spec.n_items ids
  /// The complete effective configuration (a map; without keys that are `local`): what `evaluate` starts from. Holds
  /// MAX_ITEM_LIST_LENGTH.
  Json config;
  /// What to show for an item, by id: empty, or n_items of them ("" where one has none). Bytes, as tokens are.
  std::vector<std::string> titles;
  /// Of one that was read: whether damage would have been noticed (core/safetensors.h).
  bool has_checksums = true;

  /// The most items of a history that the model looks at.
  std::int64_t max_item_list_length() const { return config.at("MAX_ITEM_LIST_LENGTH").as_int(); }
};

struct LoadedModel {
  ModelFile file;
  std::unique_ptr<SequentialRecommender> model;  ///< in evaluation mode
};

/// Writes a model file as one step (core/file.h: a crash leaves the old file), its tables (models/export.h) as numbers
/// of this type. ShapeError if the vocabularies, the titles or MAX_ITEM_LIST_LENGTH don't fit the spec, NumericError
/// naming the parameter that is not finite, or beyond the type.
void save_model_file(const std::filesystem::path& path, const ModelFile& file, const SequentialRecommender& model,
                     StoredType tables = StoredType::F32);

/// The same of the model's state alone (SequentialRecommender::state).
void save_model_file(const std::filesystem::path& path, const ModelFile& file, const nn::NamedTensors& state);

/// Reads a whole model to a device; values of another float type are converted to `dtype`. A model file is hostile
/// input, and whatever is wrong with it is a FormatError naming the file (IoError: it can't be read): it is no model
/// file, of a newer version, of an unknown model, has bad hyper-parameters, or a parameter is missing, left over, of
/// another shape (both are named), damaged or not finite. Each parameter is held against the file before it is made, so
/// that no more memory is taken than the file's size accounts for. The config's hyper-parameters are the model's. A
/// hyper-parameter that an older file lacks has its default, one that is unknown is an error.
LoadedModel load_model(const std::filesystem::path& path, DType dtype = DType::F32, Device device = kCpu);

/// The same from bytes in memory or an open file.
LoadedModel load_model(const SafetensorsReader& reader, DType dtype = DType::F32, Device device = kCpu);

/// The same without the model: `inspect`, or a program that only needs the vocabularies.
ModelFile load_model_file(const std::filesystem::path& path);

/// What is in a model file, for people and programs: {"format_version", "model", "n_users", "n_items",
/// "hyper_parameters", "config", "titles", "features", "attributes", "parameters": [{"name", "shape", "dtype"}..],
/// "number_of_parameters", "bytes", "item_fingerprint", "checksums"}.
Json describe_model_file(const std::filesystem::path& path);

/// 16 hexadecimal digits that tell whether two vocabularies are the same, id by id.
std::string fingerprint(const Vocabulary& vocabulary);

}  // namespace seqrec::models

#include "models/model_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/feature_file.h"
#include "core/naming.h"
#include "core/shape.h"
#include "core/shown.h"
#include "kernels/copy.h"
#include "models/attribute_file.h"
#include "models/export.h"
#include "models/list.h"
#include "nn/serialize.h"

namespace seqrec::models {
namespace {

constexpr const char* kFormat = "seqrec.model";
constexpr const char* kUsers = "vocabulary.user";
constexpr const char* kItems = "vocabulary.item";
constexpr const char* kTitles = "title";
/// The begins of names that are no parameter's.
const std::vector<std::string> kOther = {"vocabulary.", "title.", "feature."};

bool starts_with_any(std::string_view name, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

const std::string& metadata(const SafetensorsReader& reader, const std::string& key) {
  const auto found = reader.metadata().find(key);
  require<FormatError>(found != reader.metadata().end(), "the metadata have no \"", key, "\"");
  return found->second;
}

std::int64_t metadata_int(const SafetensorsReader& reader, const std::string& key) {
  const std::string& text = metadata(reader, key);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require<FormatError>(error == std::errc() && end == text.data() + text.size(), "metadata \"", key,
                       "\": expected an integer, got ", shown(Json(text).dump()));
  return value;
}

Json metadata_map(const SafetensorsReader& reader, const std::string& key) {
  try {
    Json value = Json::parse(metadata(reader, key));
    require<FormatError>(value.is_object(), "expected a map, got ", value.type_name());
    return value;
  } catch (const FormatError& error) {
    throw FormatError(concat("metadata \"", key, "\": ", error.what()));
  }
}

void check_format(const SafetensorsReader& reader) {
  const auto format = reader.metadata().find("format");
  require<FormatError>(format != reader.metadata().end() && format->second == kFormat, "is not a seqrec model file: ",
                       format == reader.metadata().end() ? std::string("its metadata name no format")
                                                         : concat("its format is ", shown(Json(format->second).dump()),
                                                                  ", expected \"", kFormat, "\""));
  const std::int64_t version = metadata_int(reader, "format_version");
  require<FormatError>(version >= 1 && version <= kModelFormatVersion, "has format version ", version,
                       "; this seqrec reads 1 to ", kModelFormatVersion,
                       version > kModelFormatVersion ? ": a newer seqrec wrote it" : "");
}

/// What holds of every model file, written or read.
template <class E>
void check_parts(const ModelFile& file) {
  require<E>(file.users.size() == file.spec.n_users, "n_users is ", file.spec.n_users, ", but the vocabulary has ",
             file.users.size(), " users");
  require<E>(file.items.size() == file.spec.n_items, "n_items is ", file.spec.n_items, ", but the vocabulary has ",
             file.items.size(), " items");
  require<E>(file.titles.empty() || std::ssize(file.titles) == file.spec.n_items, "there are ", file.titles.size(),
             " titles for ", file.spec.n_items, " items");
  const Json* length = file.config.find("MAX_ITEM_LIST_LENGTH");
  require<E>(length && length->is_int() && length->as_int() >= 1 &&
                 length->as_int() <= std::numeric_limits<std::int32_t>::max(),
             "the config's MAX_ITEM_LIST_LENGTH must be an integer from 1, ",
             length ? concat("it is ", shown(length->dump())) : "there is none");
  const bool has_zero =
      std::ranges::any_of(file.titles, [](const std::string& title) { return title.find('\0') != title.npos; });
  require<E>(!has_zero, "a title holds a byte 0");
  // `evaluate` makes a model of the config.
  for (const Key& key : model_info(file.spec.model).keys) {
    const Json* own = file.spec.hyper_parameters.find(key.name);
    const Json* in_config = file.config.find(key.name);
    if (!own || !in_config || in_config->is_null()) continue;
    require<E>(key.check(*in_config, "config") == *own, "the config's ", key.name, " is ", shown(in_config->dump()),
               ", but that of the hyper-parameters is ", shown(own->dump()));
  }
}

/// A key that is younger than the file has its default: what was before it. One that nobody knows would be ignored, and
/// the model another one than was saved.
Json read_hyper_parameters(const SafetensorsReader& reader, const ModelInfo& info) {
  const Json values = metadata_map(reader, "hyper_parameters");
  for (const auto& [name, value] : values.as_object())
    require<FormatError>(std::ranges::find(info.keys, name, &Key::name) != info.keys.end(), "hyper-parameter \"",
                         shown(name), "\" is none of ", info.name, "'s: written by another version?");
  return complete_values(info.keys, values, "model file");
}

ModelFile read_parts(const SafetensorsReader& reader) {
  check_format(reader);
  ModelFile file;
  file.has_checksums = reader.has_checksums();
  file.spec.model = metadata(reader, "model");
  const ModelInfo& info = model_info(file.spec.model);  // an unknown model is an error
  file.spec.n_users = metadata_int(reader, "n_users");
  file.spec.n_items = metadata_int(reader, "n_items");
  file.spec.hyper_parameters = read_hyper_parameters(reader, info);
  file.config = metadata_map(reader, "config");
  file.users = Vocabulary::load(reader, kUsers);
  file.items = Vocabulary::load(reader, kItems);
  check_parts<FormatError>(file);
  file.titles = load_texts(reader, file.spec.n_items, kTitles);
  if (reader.metadata().contains("n_attributes"))
    load_attributes(reader, metadata_int(reader, "n_attributes"), file.spec);
  load_features(reader, file.spec.n_users, file.spec.n_items, file.spec.user_features, file.spec.item_features);
  return file;
}

/// What a batch norm tracks and doesn't train.
bool is_tracked(std::string_view name) {
  return name.ends_with(".running_mean") || name.ends_with(".running_var") || name.ends_with(".num_batches_tracked");
}

std::int64_t trained_elements(const SafetensorsReader& reader) {
  std::int64_t elements = 0;
  for (const std::string& name : reader.names())
    if (!starts_with_any(name, kOther) && !is_tracked(name)) elements += reader.shape(name).numel();
  return elements;
}

/// All that a fitted model is made of, in memory of its own.
FittedTensors fitted_tensors(const SafetensorsReader& reader) {
  FittedTensors out;
  for (const std::string& name : reader.names())
    if (!starts_with_any(name, kOther)) out.emplace_back(name, kernels::clone(reader.get(name)));
  return out;
}

void check_nothing_left(const FittedTensors& given, const nn::NamedTensors& taken) {
  for (const auto& [name, tensor] : given)
    require<FormatError>(std::ranges::find(taken, name, &FittedTensors::value_type::first) != taken.end(), "tensor ",
                         shown(Json(name).dump()), " is no part of the model");
}

/// " (nh is 16777216)": the hyper-parameters that ask for a parameter which the file doesn't hold: sizes among them
/// that are other ones there, and for a missing parameter lists that are longer than all that there is.
std::string blamed(const Json& hyper_parameters, const SafetensorsReader& reader, const std::string& name,
                   const Shape& wanted) {
  const bool missing = !reader.contains(name);
  const Shape got = missing ? Shape{} : reader.shape(name);
  const auto is_other_size = [&](const Json& value) {
    for (int axis = 0; value.is_int() && !missing && axis < wanted.rank(); ++axis)
      if (wanted[axis] == value.as_int() && (axis >= got.rank() || got[axis] != wanted[axis])) return true;
    return false;
  };
  std::string out;
  for (const auto& [key, value] : hyper_parameters.as_object()) {
    const bool is_long = missing && value.is_array() && value.as_array().size() > reader.names().size();
    const bool has_size =
        value.is_array() ? std::ranges::any_of(value.as_array(), is_other_size) : is_other_size(value);
    if (!is_long && !has_size) continue;
    out += out.empty() ? " (" : ", ";
    out +=
        is_long ? concat(key, " has ", value.as_array().size(), " elements") : concat(key, " is ", shown(value.dump()));
  }
  return out.empty() ? out : out + ")";
}

/// A model without values, each of whose parameters is in the file before it is made.
std::unique_ptr<SequentialRecommender> make_blank(const SafetensorsReader& reader, const ModelSpec& spec, DType dtype,
                                                  Device device) {
  const auto check = [&](const std::string& name, const Shape& shape) {
    try {
      nn::check_tensor(reader, name, dtype, shape);
    } catch (const FormatError& error) {
      throw FormatError(error.what() + blamed(spec.hyper_parameters, reader, name, shape));
    }
  };
  return model_info(spec.model).make_at(spec, nn::Root::blank(dtype, device, check));
}

/// The model of a file: a fitted one as it is, another one without its values.
std::unique_ptr<SequentialRecommender> make_from(const SafetensorsReader& reader, ModelSpec& spec, DType dtype,
                                                 Device device) {
  const ModelInfo& info = model_info(spec.model);
  if (!info.fit) return make_blank(reader, spec, dtype, device);
  spec.fitted = fitted_tensors(reader);
  auto model = info.make_at(spec, nn::Root(0, dtype, device));
  check_nothing_left(spec.fitted, model->state());
  return model;
}

void add_parameters(SafetensorsWriter& writer, const nn::NamedTensors& state, const std::vector<std::string>& narrowed,
                    const std::filesystem::path& path, StoredType type) {
  for (const auto& parameter : state) {
    const auto& [name, tensor] = parameter;
    if (std::ranges::find(narrowed, name) == narrowed.end())
      nn::add_state(writer, {parameter}, path);
    else
      writer.add(name, narrow(tensor, name, type));
  }
}

void save(const std::filesystem::path& path, const ModelFile& file, const nn::NamedTensors& state,
          const std::vector<std::string>& narrowed, StoredType type) {
  check_parts<ShapeError>(file);
  SafetensorsWriter writer;
  writer.add_metadata("format", kFormat);
  writer.add_metadata("format_version", type == StoredType::F32 ? "1" : "2");
  writer.add_metadata("model", file.spec.model);
  writer.add_metadata("n_users", std::to_string(file.spec.n_users));
  writer.add_metadata("n_items", std::to_string(file.spec.n_items));
  writer.add_metadata("hyper_parameters", file.spec.hyper_parameters.dump());
  writer.add_metadata("config", file.config.dump());
  add_parameters(writer, state, narrowed, path, type);
  file.users.save(writer, kUsers);
  file.items.save(writer, kItems);
  if (!file.titles.empty()) save_texts(writer, file.titles, kTitles);
  save_attributes(writer, file.spec);
  save_features(writer, file.spec.user_features, file.spec.item_features);
  writer.write(path);
}

}  // namespace

void save_model_file(const std::filesystem::path& path, const ModelFile& file, const SequentialRecommender& model,
                     StoredType tables) {
  const bool narrows = tables != StoredType::F32;
  save(path, file, model.state(), narrows ? table_names(file.spec, model) : std::vector<std::string>(), tables);
}

void save_model_file(const std::filesystem::path& path, const ModelFile& file, const nn::NamedTensors& state) {
  save(path, file, state, {}, StoredType::F32);
}

ModelFile load_model_file(const std::filesystem::path& path) {
  const SafetensorsReader reader(path);
  return naming(reader.file(), [&] { return read_parts(reader); });
}

LoadedModel load_model(const std::filesystem::path& path, DType dtype, Device device) {
  return load_model(SafetensorsReader(path), dtype, device);
}

LoadedModel load_model(const SafetensorsReader& reader, DType dtype, Device device) {
  return naming(reader.file(), [&] {
    LoadedModel loaded{read_parts(reader), nullptr};
    loaded.model = make_from(reader, loaded.file.spec, dtype, device);
    if (!loaded.model->is_fitted()) nn::load_state(reader, loaded.model->state(), kOther);
    loaded.model->eval();
    return loaded;
  });
}

Json describe_model_file(const std::filesystem::path& path) {
  const SafetensorsReader reader(path);
  return naming(reader.file(), [&] {
    ModelFile file = read_parts(reader);
    static_cast<void>(make_from(reader, file.spec, DType::F32, kCpu));  // its tensors are the model's
    Json::Array parameters;
    for (const std::string& name : reader.names()) {
      if (starts_with_any(name, kOther)) continue;
      const Shape& shape = reader.shape(name);
      const std::optional<StoredType> narrowed = stored_type(reader.stored_dtype(name));
      parameters.push_back(Json::Object{{"name", name},
                                        {"shape", Json::Array(shape.begin(), shape.end())},
                                        {"dtype", narrowed ? name_of(*narrowed) : name_of(reader.dtype(name))}});
    }
    return Json(Json::Object{{"format_version", metadata_int(reader, "format_version")},
                             {"model", file.spec.model},
                             {"n_users", file.spec.n_users},
                             {"n_items", file.spec.n_items},
                             {"hyper_parameters", file.spec.hyper_parameters},
                             {"config", file.config},
                             {"titles", !file.titles.empty()},
                             {"features", describe_features(file.spec.user_features, file.spec.item_features)},
                             {"attributes", describe_attributes(file.spec)},
                             {"parameters", std::move(parameters)},
                             {"number_of_parameters", trained_elements(reader)},
                             {"bytes", static_cast<std::int64_t>(std::filesystem::file_size(path))},
                             {"item_fingerprint", fingerprint(file.items)},
                             {"checksums", file.has_checksums}});
  });
}

std::string fingerprint(const Vocabulary& vocabulary) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    for (std::uint64_t length = token.size(), i = 0; i < 8; ++i) mix(static_cast<unsigned char>(length >> (8 * i)));
    for (const char c : token) mix(static_cast<unsigned char>(c));
  }
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
  return text;
}

}  // namespace seqrec::models

#include "models/feature_file.h"

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "core/shown.h"
#include "models/hyper_parameters.h"
#include "models/list.h"

namespace seqrec::models {
namespace {

constexpr const char* kKey = "features";

std::string tensor_name(std::size_t number) { return concat("feature.", number); }
std::string vocabulary_name(std::size_t number) { return concat("vocabulary.feature.", number); }
std::string attribute_name(std::size_t column) {
  return column == 0 ? "vocabulary.attribute" : concat("vocabulary.attribute.", column);
}

std::vector<std::string> attribute_columns(const ModelSpec& spec) {
  const HyperParameters keys(spec.hyper_parameters);
  const std::string key = model_info(spec.model).needs(keys).item_column_key;
  return key.empty() ? std::vector<std::string>{} : keys.get_strings(key);
}

/// Null if the file has none.
std::shared_ptr<const Vocabulary> load_vocabulary(const SafetensorsReader& reader, const std::string& name) {
  if (!reader.contains(name + ".bytes")) return nullptr;
  return std::make_shared<const Vocabulary>(Vocabulary::load(reader, name));
}

/// [rows + 1] offsets of `values` values, checked.
std::vector<std::int32_t> read_offsets(const SafetensorsReader& reader, const std::string& name, std::int64_t rows,
                                       std::int64_t values) {
  const Tensor tensor = reader.get(name + ".offsets", DType::I32, {rows + 1});
  const auto offsets = tensor.span<std::int32_t>();
  bool rising = offsets.front() == 0 && offsets.back() == values;
  for (std::size_t i = 1; i < offsets.size(); ++i) rising = rising && offsets[i - 1] <= offsets[i];
  require<FormatError>(rising, name, ".offsets: expected them to rise from 0 to ", values);
  return {offsets.begin(), offsets.end()};
}

Feature read_feature(const SafetensorsReader& reader, std::size_t number, const Json& about, std::int64_t rows) {
  const std::string name = tensor_name(number);
  Feature feature;
  feature.name = about.at("name").as_string();
  const auto type = field_type(about.at("type").as_string());
  require<FormatError>(type.has_value(), "a feature has type ", shown(about.at("type").dump()),
                       ", expected token, token_seq, float or float_seq");
  feature.type = *type;
  const Tensor tensor = reader.get(name, feature.is_token() ? DType::I32 : DType::F32, {-1});
  if (feature.is_token()) {
    feature.tokens = about.at("tokens").as_int();
    require<FormatError>(feature.tokens >= 1 && feature.tokens <= std::numeric_limits<std::int32_t>::max(), "feature '",
                         feature.name, "' has ", feature.tokens, " tokens");
    feature.ids = Index(tensor.to_vector<std::int32_t>());
    feature.vocabulary = load_vocabulary(reader, vocabulary_name(number));
  } else {
    feature.numbers = tensor.to_vector<float>();
  }
  if (feature.is_sequence()) {
    feature.rows = Windows::adjacent(read_offsets(reader, name, rows, tensor.numel()));
  } else {
    require<FormatError>(tensor.numel() == rows, name, ": expected ", rows, " values, got ", tensor.numel());
    feature.rows = identity_feature("", rows).rows;
  }
  check_feature(feature, rows);
  return feature;
}

template <class F>
void for_features(const ModelSpec& spec, F&& each) {
  std::size_t number = 0;
  for (const Feature& feature : spec.user_features) each("user", feature, number++);
  for (const Feature& feature : spec.item_features) each("item", feature, number++);
}

}  // namespace

Json describe_features(const ModelSpec& spec) {
  Json list = Json::array();
  for_features(spec, [&](const char* of, const Feature& feature, std::size_t) {
    Json about = Json::object();
    about["of"] = of;
    about["name"] = feature.name;
    about["type"] = name_of(feature.type);
    if (feature.is_token()) about["tokens"] = feature.tokens;
    list.push_back(about);
  });
  return list;
}

void save_features(SafetensorsWriter& writer, const ModelSpec& spec) {
  if (spec.user_features.empty() && spec.item_features.empty()) return;
  writer.add_metadata(kKey, describe_features(spec).dump());
  for_features(spec, [&](const char*, const Feature& feature, std::size_t number) {
    const std::string name = tensor_name(number);
    if (feature.is_token())
      writer.add(name, Tensor::from(feature.ids.host(), {feature.ids.size()}));
    else
      writer.add(name, Tensor::from(feature.numbers, {std::ssize(feature.numbers)}));
    if (feature.vocabulary) feature.vocabulary->save(writer, vocabulary_name(number));
    const auto offsets = feature.rows.offsets();
    if (feature.is_sequence()) writer.add(name + ".offsets", Tensor::from(offsets, {std::ssize(offsets)}));
  });
}

void load_features(const SafetensorsReader& reader, ModelSpec& spec) {
  const auto metadata = reader.metadata().find(kKey);
  if (metadata == reader.metadata().end()) return;
  std::size_t number = 0;
  const Json list = Json::parse(metadata->second);
  for (const Json& about : list.as_array()) {
    const std::string& of = about.at("of").as_string();
    require<FormatError>(of == "user" || of == "item", "a feature is of ", shown(Json(of).dump()),
                         ", expected user or item");
    auto& features = of == "user" ? spec.user_features : spec.item_features;
    features.push_back(read_feature(reader, number++, about, of == "user" ? spec.n_users : spec.n_items));
  }
}

void save_attributes(SafetensorsWriter& writer, const ModelSpec& spec) {
  const std::vector<AttributeColumn>& columns = spec.attribute_columns;
  if (columns.empty()) return;
  const std::vector<std::string> names = attribute_columns(spec);
  require<ShapeError>(std::ranges::equal(columns, names, {}, &AttributeColumn::name), "there are ", columns.size(),
                      " columns of attributes, but the hyper-parameters name ", names.size(), ", or others");
  writer.add_metadata("n_attributes", std::to_string(spec.n_attributes()));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    require<ShapeError>(columns.size() == 1 || columns[i].vocabulary, "the attributes '", columns[i].name,
                        "' have no vocabulary");
    if (columns[i].vocabulary) columns[i].vocabulary->save(writer, attribute_name(i));
  }
}

void load_attributes(const SafetensorsReader& reader, std::int64_t total, ModelSpec& spec) {
  require<FormatError>(total >= 0, "metadata \"n_attributes\" is negative: ", total);
  const std::vector<std::string> names = attribute_columns(spec);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto vocabulary = load_vocabulary(reader, attribute_name(i));
    require<FormatError>(vocabulary || names.size() == 1, "has no vocabulary of the attributes '", names[i], "'");
    spec.attribute_columns.push_back({names[i], vocabulary ? vocabulary->size() - 1 : total, vocabulary});
  }
  require<FormatError>(spec.n_attributes() == total, "n_attributes is ", total, ", but their vocabulary has ",
                       spec.n_attributes());
}

Json describe_attributes(const ModelSpec& spec) {
  Json list = Json::array();
  for (const AttributeColumn& column : spec.attribute_columns)
    list.push_back(Json::Object{{"name", column.name}, {"tokens", column.size}});
  return list;
}

}  // namespace seqrec::models

#include "models/feature_file.h"

#include <algorithm>

#include "core/error.h"
#include "core/feature_file.h"
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
    list.push_back(describe_feature(of, feature));
  });
  return list;
}

void save_features(SafetensorsWriter& writer, const ModelSpec& spec) {
  if (spec.user_features.empty() && spec.item_features.empty()) return;
  writer.add_metadata(kKey, describe_features(spec).dump());
  for_features(spec, [&](const char*, const Feature& feature, std::size_t number) {
    save_feature(writer, feature, tensor_name(number), vocabulary_name(number));
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
    features.push_back(load_feature(reader, about, of == "user" ? spec.n_users : spec.n_items, tensor_name(number),
                                    vocabulary_name(number)));
    ++number;
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

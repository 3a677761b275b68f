#include "models/attribute_file.h"

#include <algorithm>

#include "core/error.h"
#include "core/shown.h"
#include "models/hyper_parameters.h"
#include "models/list.h"

namespace seqrec::models {
namespace {

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

}  // namespace

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

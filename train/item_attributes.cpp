#include "train/item_attributes.h"

#include <set>

#include "core/error.h"
#include "train/build.h"

namespace seqrec::train {
namespace {

const Feature& attribute_column(const data::Dataset& dataset, const data::Config& config, const std::string& key) {
  const std::string& field = config.get_string(key);
  const Feature* column = dataset.item_features.find(field);
  const auto check = [&](bool ok, const auto&... what) {
    require<DataError>(ok, dataset.name, ": column '", field, "' of the items (", key, ") ", what...);
  };
  check(column != nullptr, "is no attribute of theirs");
  check(column->is_token(), "has type ", name_of(column->type), ", expected token or token_seq");
  check(column->tokens > 1, "holds nothing");
  return *column;
}

}  // namespace

void add_item_attributes(models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config) {
  const std::string key = batch_needs(spec.model, config).item_column_key;
  if (key.empty()) return;
  const Feature& column = attribute_column(dataset, config, key);
  models::ItemAttributes attributes{{0}, {}, column.type == FieldType::Token};
  std::vector<std::int32_t> all;
  for (std::int64_t item = 0; item < spec.n_items; ++item) {
    const auto values = column.ids.host().subspan(column.rows.begin()[item], column.rows.length(item));
    std::set<std::int32_t> own(values.begin(), values.end());
    own.erase(0);  // missing
    for (const std::int32_t id : own) all.push_back(id - 1);
    attributes.offsets.push_back(static_cast<std::int32_t>(all.size()));
  }
  attributes.ids = Index(std::move(all));
  spec.n_attributes = column.tokens - 1;
  spec.attribute_vocabulary = column.vocabulary;
  spec.attributes = std::make_shared<const models::ItemAttributes>(std::move(attributes));
}

}  // namespace seqrec::train

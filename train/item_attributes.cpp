#include "train/item_attributes.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "train/build.h"

namespace seqrec::train {
namespace {

const Feature& attribute_column(const data::Dataset& dataset, const std::string& field, const std::string& key) {
  const Feature* column = dataset.item_features.find(field);
  const auto check = [&](bool ok, const auto&... what) {
    require<DataError>(ok, dataset.name, ": column '", field, "' of the items (", key, ") ", what...);
  };
  check(column != nullptr, "is no attribute of theirs");
  check(column->is_token(), "has type ", name_of(column->type), ", expected token or token_seq");
  check(column->tokens > 1, "holds nothing");
  return *column;
}

/// Adds an item's attributes in a column, the first of which is `first`.
void add_attributes(const Feature& column, std::int64_t item, std::int32_t first, std::vector<std::int32_t>& to) {
  const auto values = column.ids.host().subspan(column.rows.begin()[item], column.rows.length(item));
  std::set<std::int32_t> own(values.begin(), values.end());
  own.erase(0);  // missing
  for (const std::int32_t id : own) to.push_back(first + id - 1);
}

}  // namespace

void add_item_attributes(models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config) {
  const BatchNeeds needs = batch_needs(spec.model, config);
  const std::string& key = needs.item_column_key;
  if (key.empty()) return;
  const std::vector<std::string> fields = config.get_strings(key);
  if (std::set(fields.begin(), fields.end()).size() < fields.size()) config.fail(key, "different columns");
  const auto is_there = [&](const std::string& field) { return dataset.item_features.find(field) != nullptr; };
  if (needs.item_columns_optional && !std::ranges::all_of(fields, is_there)) return;

  std::vector<const Feature*> columns;
  models::ItemAttributes attributes{{0}, {}, {}};
  for (const std::string& field : fields) {
    const Feature& column = attribute_column(dataset, field, key);
    columns.push_back(&column);
    spec.attribute_columns.push_back({field, column.tokens - 1, column.vocabulary});
    attributes.columns.push_back({static_cast<std::int32_t>(spec.n_attributes()), column.type == FieldType::Token});
  }
  std::vector<std::int32_t> all;
  for (std::int64_t item = 0; item < spec.n_items; ++item) {
    std::int32_t first = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      add_attributes(*columns[c], item, first, all);
      first = attributes.columns[c].end;
    }
    attributes.offsets.push_back(static_cast<std::int32_t>(all.size()));
  }
  attributes.ids = Index(std::move(all));
  spec.attributes = std::make_shared<const models::ItemAttributes>(std::move(attributes));
}

}  // namespace seqrec::train

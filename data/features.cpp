#include "data/features.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "data/number.h"

namespace seqrec::data {
namespace {

/// Ids of a column's tokens, those of the rows that are left getting theirs by first appearance.
class Renumbered {
 public:
  Renumbered(const AtomicColumn& column, std::span<const std::int32_t> rows, const IdSpace* alias)
      : ids_(column.tokens.size()) {
    const auto visit = [&](std::int64_t place) {
      const std::string_view token = column.tokens[place];
      if (token.empty()) return;
      if (alias) {
        const auto known = alias->vocabulary.find(token);
        ids_[place] = known.value_or(0);
      } else {
        ids_[place] = own_.add(token);
      }
    };
    for (const std::int32_t row : rows) {
      if (!is_sequence(column.type))
        visit(row);
      else
        for (std::int64_t place = column.offsets[row]; place < column.offsets[row + 1]; ++place) visit(place);
    }
    if (alias) own_ = alias->vocabulary;
  }

  std::int32_t operator[](std::int64_t place) const { return ids_[place]; }
  Vocabulary take_vocabulary() { return std::move(own_); }

 private:
  std::vector<std::int32_t> ids_;
  Vocabulary own_;
};

const IdSpace* alias_of(const Raw& raw, const Config& config, const std::string& field) {
  if (config.lists("alias_of_user_id", field)) return &raw.users;
  if (config.lists("alias_of_item_id", field)) return &raw.items;
  return nullptr;
}

/// The file's row of every id, -1 without one.
std::vector<std::int32_t> rows_by_id(const IdSpace& space, std::span<const std::int32_t> file_ids,
                                     std::span<const std::int32_t> rows) {
  std::vector<std::int32_t> row_of(space.vocabulary.size(), -1);
  for (const std::int32_t row : rows)
    if (const std::int32_t id = space.number_of[file_ids[row]]; id != 0) row_of[id] = row;
  return row_of;
}

/// The numbers as a model takes them; DataError for one that is too large for it.
std::vector<float> to_floats(std::span<const double> values, const std::string& file, const std::string& field) {
  for (const double value : values)
    require<DataError>(fits_float(value), file, ": column '", field, "' holds ", value,
                       " (normalised, if it was asked for), expected numbers that 32 bits can hold");
  return {values.begin(), values.end()};
}

Feature make_feature(const Raw& raw, const Config& config, const std::string& file, const AtomicColumn& column,
                     std::span<const std::int32_t> rows, const std::vector<std::int32_t>& row_of) {
  Feature out;
  out.name = column.name;
  out.type = column.type;
  // Places of the values in the column, id by id; -1: missing.
  std::vector<std::int64_t> places;
  std::vector<std::int32_t> offsets{0};
  for (const std::int32_t row : row_of) {
    if (!out.is_sequence()) places.push_back(row);
    if (out.is_sequence() && row >= 0)
      for (std::int64_t place = column.offsets[row]; place < column.offsets[row + 1]; ++place) places.push_back(place);
    require<DataError>(places.size() <= std::numeric_limits<std::int32_t>::max(), file, ": column '", column.name,
                       "' holds more than 2^31 - 1 values");
    offsets.push_back(static_cast<std::int32_t>(places.size()));
  }
  out.rows = Windows::adjacent(std::move(offsets));
  if (out.is_token()) {
    Renumbered renumbered(column, rows, alias_of(raw, config, column.name));
    std::vector<std::int32_t> ids;
    for (const std::int64_t place : places) ids.push_back(place < 0 ? 0 : renumbered[place]);
    out.ids = Index(std::move(ids));
    out.vocabulary = std::make_shared<const Vocabulary>(renumbered.take_vocabulary());
    out.tokens = out.vocabulary->size();
    return out;
  }
  LargeVector<double> values;
  if (out.is_sequence()) {
    for (const std::int64_t place : places) values.push_back(column.floats[place]);
  } else {
    // Ids without a row, padding among them, have the mean too.
    AtomicColumn by_id{column.name, column.type, {}, {}, {}, {}};
    std::vector<std::int32_t> ids(row_of.size());
    for (std::size_t id = 0; id < row_of.size(); ++id) {
      ids[id] = static_cast<std::int32_t>(id);
      by_id.floats.push_back(row_of[id] < 0 ? std::numeric_limits<double>::quiet_NaN() : column.floats[row_of[id]]);
    }
    values = filled(by_id, ids);
  }
  if (is_normalised(config, column.name)) normalise(values);
  out.numbers = to_floats(values, file, column.name);
  return out;
}

bool is_unused(const Config& config, const char* suffix, const std::string& field) {
  const Json* names = config.at("unused_col").find(suffix);
  if (!names) return false;
  const Json::Array list = names->is_array() ? names->as_array() : Json::Array{*names};
  return std::find(list.begin(), list.end(), Json(field)) != list.end();
}

}  // namespace

const Feature* FeatureTable::find(std::string_view field) const {
  const auto found = std::ranges::find(columns, field, &Feature::name);
  return found == columns.end() ? nullptr : &*found;
}

void check_numerical_features(const Dataset& dataset, const Config& config) {
  for (const std::string& field : config.get_strings("numerical_features")) {
    const auto holds = [&](const FeatureTable& table) {
      const Feature* column = table.find(field);
      return column && !column->is_token();
    };
    require<DataError>(holds(dataset.user_features) || holds(dataset.item_features), dataset.name,
                       ": numerical_features", " names '", field,
                       "', expected a float or float_seq column of .user or .item that load_col loads");
  }
}

std::vector<Feature> model_features(const FeatureTable& table, const Config& config) {
  const std::vector<std::string> numerical = config.get_strings("numerical_features");
  std::vector<Feature> out;
  std::ranges::copy_if(table.columns, std::back_inserter(out), [&](const Feature& column) {
    return column.is_token() || std::ranges::find(numerical, column.name) != numerical.end();
  });
  return out;
}

FeatureTable make_features(const Raw& raw, const Config& config, const AtomicTable& table, const IdSpace& space,
                           std::span<const std::int32_t> file_ids, std::span<const std::int32_t> rows,
                           const std::string& id_field) {
  const char* const suffix = &space == &raw.users ? "user" : "item";
  const std::vector<std::int32_t> row_of = rows_by_id(space, file_ids, rows);
  FeatureTable out;
  for (const AtomicColumn& column : table.columns)
    if (column.name != id_field && !is_unused(config, suffix, column.name))
      out.columns.push_back(make_feature(raw, config, table.file, column, rows, row_of));
  return out;
}

}  // namespace seqrec::data

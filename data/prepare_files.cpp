#include <algorithm>
#include <numeric>
#include <utility>

#include "core/spill.h"
#include "data/features.h"
#include "data/findings.h"
#include "data/order_histories.h"
#include "data/prepared.h"
#include "data/raw.h"
#include "data/timeline.h"

namespace seqrec::data {
namespace {

/// Gives the ids in RecBole's order: the interactions' column, then the side file's. The aliases' come after them.
void renumber(const Raw& raw, IdSpace& space, std::span<const std::int32_t> inter_ids,
              std::span<const std::int32_t> side_ids, std::span<const std::int32_t> side_rows) {
  for (const std::int32_t row : raw.rows) space.renumber(inter_ids[row]);
  for (const std::int32_t row : side_rows) space.renumber(side_ids[row]);
  space.number_of.resize(space.tokens.size());
}

void renumber_aliases(const Raw& raw, const Config& config, IdSpace& space, const char* alias_key) {
  for (const std::string& field : config.get_strings(alias_key)) {
    const auto take = [&](const AtomicTable& table, std::span<const std::int32_t> rows) {
      const AtomicColumn* column = table.find(field);
      if (!column) return false;
      require<ConfigError>(!column->tokens.empty() || column->floats.empty(), alias_key, " (", config.source(alias_key),
                           "): column '", field, "' of ", table.file, " has type ", name_of(column->type),
                           ", expected token or token_seq");
      const LargeVector<std::int32_t> ids = space.read(*column);
      for (const std::int32_t row : rows) {
        const bool sequence = !column->offsets.empty();
        const std::int64_t begin = sequence ? column->offsets[row] : row;
        const std::int64_t end = sequence ? column->offsets[row + 1] : row + 1;
        for (std::int64_t place = begin; place < end; ++place) space.renumber(ids[place]);
      }
      return true;
    };
    if (raw.item && take(*raw.item, raw.item_rows)) continue;
    if (raw.user && take(*raw.user, raw.user_rows)) continue;
    // An alias of preload_weight may stand in its own file alone, which makes no ids (data/preload.h).
    if (!take(raw.inter[0], raw.rows) && !config.at("preload_weight").find(field))
      config.fail(alias_key, concat("columns that are loaded; '", field, "' is none (see load_col)"));
  }
  space.number_of.resize(space.tokens.size());
}

/// The labels of `threshold`, one per row of a table, of which `rows` are looked at.
LargeVector<float> labels_by_threshold(const AtomicTable& table, std::span<const std::int32_t> rows,
                                       const Config& config) {
  const Json& threshold = config.at("threshold");
  if (threshold.as_object().size() != 1 || !threshold.as_object()[0].second.is_number())
    config.fail("threshold", "one column with its number, such as {rating: 4}");
  const auto& [field, limit] = threshold.as_object()[0];
  const LargeVector<double> values = filled(column_of(table, field, FieldType::Float, "threshold"), rows);
  LargeVector<float> labels(table.rows);
  for (std::size_t i = 0; i < values.size(); ++i) labels[rows[i]] = values[i] >= limit.as_double() ? 1.0F : 0.0F;
  return labels;
}

/// One label per row of a table, of which `rows` are looked at; none without labels. A column that holds none is an
/// error for those alone who want them.
LargeVector<float> read_labels(const AtomicTable& table, std::span<const std::int32_t> rows, const Config& config,
                               std::string& problem) {
  if (!config.is_null("threshold")) return labels_by_threshold(table, rows, config);
  const std::string& field = config.get_string("LABEL_FIELD");
  LargeVector<float> labels;
  if (!problem.empty() || !table.find(field)) return labels;
  try {
    for (const double value : column_of(table, field, FieldType::Float, "LABEL_FIELD").floats) {
      require<DataError>(value == 0 || value == 1, table.file, ": column '", field, "' (LABEL_FIELD) holds ", value,
                         ", expected 0 or 1 (threshold makes labels from another column)");
      labels.push_back(static_cast<float>(value));
    }
  } catch (const DataError& error) {
    problem = error.what();
    labels.clear();
  }
  return labels;
}

/// Why the lists' files have no labels, if some lack the column that others have; otherwise empty.
std::string missing_labels(const Raw& raw, const Config& config) {
  if (!config.is_null("threshold")) return {};
  const std::string& field = config.get_string("LABEL_FIELD");
  const AtomicTable *with = nullptr, *without = nullptr;
  for (const AtomicTable& table : raw.inter)
    if (!table.fields.empty()) (table.find(field) ? with : without) = &table;
  if (!with || !without) return {};
  return concat(without->file, ": no column '", field, "' (LABEL_FIELD), which ", with->file,
                " has; columns: ", names_of(without->fields));
}

/// One history a user, in order of the users' ids, each ordered by time; equal times keep the file's order.
void make_histories(Prepared& out, const Raw& raw, const Config& config) {
  const Timeline times(raw, config);
  out.scale = times.scale();
  if (const AtomicColumn* column = raw.inter[0].find(config.get_string("TIME_FIELD")))
    find_missing_times(out.report, raw, *column);
  const LargeVector<float> labels = read_labels(raw.inter[0], raw.rows, config, out.label_problem);
  const Interactions interactions{raw, times, labels};
  if (SpillScope::is_active())
    order_on_disk(out, interactions);
  else
    order_in_memory(out, interactions);
}

std::string list_field(const Config& config) {
  return config.get_string("ITEM_ID_FIELD") + config.get_string("LIST_SUFFIX");
}

/// Renumbers the items of benchmark_filename's sequences: the targets of all parts first, then the lists.
std::vector<LargeVector<std::int32_t>> read_lists(Raw& raw, const Config& config) {
  std::vector<LargeVector<std::int32_t>> lists;
  for (const AtomicTable& table : raw.inter)
    lists.push_back(table.fields.empty() ? LargeVector<std::int32_t>{}
                                         : raw.items.read(column_of(table, list_field(config), FieldType::TokenSeq,
                                                                    "ITEM_ID_FIELD + LIST_SUFFIX")));
  if (const auto padding = raw.items.tokens.find(config.get_string("padding_token")))
    for (LargeVector<std::int32_t>& list : lists) std::ranges::replace(list, *padding, 0);
  return lists;
}

/// One history a row of the files: its list, and then its target.
void make_benchmark_histories(Prepared& out, const Raw& raw, const Config& config,
                              const std::vector<LargeVector<std::int32_t>>& lists) {
  LargeVector<std::int32_t> history_users, items_of;
  LargeVector<std::int64_t> offsets{0};
  LargeVector<float> labels_of;
  LargeVector<std::uint8_t> parts;
  std::size_t most = raw.inter_items.size();
  for (const LargeVector<std::int32_t>& list : lists) most += list.size();
  items_of.reserve(most);
  std::int32_t row = 0;
  out.label_problem = missing_labels(raw, config);
  for (std::size_t part = 0; part < raw.inter.size(); ++part) {
    const AtomicTable& table = raw.inter[part];
    if (table.fields.empty()) continue;
    const AtomicColumn& column = *table.find(list_field(config));
    LargeVector<std::int32_t> rows(table.rows);
    std::iota(rows.begin(), rows.end(), 0);
    const LargeVector<float> labels = read_labels(table, rows, config, out.label_problem);
    for (std::int64_t r = 0; r < table.rows; ++r, ++row) {
      const std::int32_t user = raw.inter_users[row], item = raw.inter_items[row];
      require<DataError>(user != 0 && item != 0, table.file, ": data row ", r + 1, " has no ",
                         user == 0 ? "user" : "item");
      for (std::int64_t place = column.offsets[r]; place < column.offsets[r + 1]; ++place)
        if (const std::int32_t id = raw.items.number_of[lists[part][place]]; id != 0) items_of.push_back(id);
      items_of.push_back(raw.items.number_of[item]);
      if (!labels.empty()) {  // what is listed was chosen
        labels_of.resize(items_of.size(), 1);
        labels_of.back() = labels[r];
      }
      history_users.push_back(raw.users.number_of[user]);
      offsets.push_back(std::ssize(items_of));
      parts.push_back(static_cast<std::uint8_t>(part));
    }
  }
  if (!out.label_problem.empty()) labels_of.clear();  // those of the parts before
  out.history_users = std::move(history_users);
  out.offsets = std::move(offsets);
  out.items_of = std::move(items_of);
  out.labels = std::move(labels_of);
  out.parts = std::move(parts);
}

/// The numbers in LABEL_FIELD of the rows that are left, and how many are 0.
void count_labels(Prepared& out, const Raw& raw, const Config& config) {
  const std::string& field = config.get_string("LABEL_FIELD");
  std::int64_t end = 0;  // of the table's rows among all
  for (auto row = raw.rows.begin(); const AtomicTable& table : raw.inter) {
    const std::int64_t begin = std::exchange(end, end + table.rows);
    const auto first =
        std::exchange(row, raw.inter.size() == 1 ? raw.rows.end() : std::lower_bound(row, raw.rows.end(), end));
    const AtomicColumn* column = table.find(field);
    if (!column || column->type != FieldType::Float) continue;
    out.label_rows += row - first;
    out.label_zeros += std::count_if(first, row, [&](std::int32_t at) { return column->floats[at - begin] == 0; });
  }
}

}  // namespace

Prepared prepare_files(const Config& config, const BatchNeeds& needs, PrepareFor what_for) {
  Prepared out;
  out.name = config.get_string("dataset");
  Raw raw = read_raw(config, needs);
  const bool benchmark = out.presplit = !config.is_null("benchmark_filename") && raw.part_ends.empty();
  out.file = raw.inter[0].file;
  out.rows_read = static_cast<std::int64_t>(raw.rows.size());
  if (!benchmark) filter(raw, config);
  std::vector<LargeVector<std::int32_t>> lists;
  if (benchmark) lists = read_lists(raw, config);
  if (benchmark) find_foreign_list_tokens(raw.report, raw, config, lists);
  if (!config.get_bool("filter_inter_by_user_or_item") || benchmark) find_unlisted(raw.report, raw);
  find_repeated_rows(raw.report, raw);
  find_missing_words(raw.report, raw, config);
  find_odd_ids(raw.report, raw, config);
  find_unused_columns(raw.report, raw, config);
  count_labels(out, raw, config);

  const bool own_ids = what_for == PrepareFor::OwnIds;
  renumber(raw, raw.users, raw.inter_users, raw.user_ids, raw.user_rows);
  if (own_ids) renumber_aliases(raw, config, raw.users, "alias_of_user_id");
  if (benchmark) {
    for (const std::int32_t row : raw.rows) raw.items.renumber(raw.inter_items[row]);
    for (const std::int32_t row : raw.item_rows) raw.items.renumber(raw.item_ids[row]);
    for (const auto& list : lists)
      for (const std::int32_t id : list) raw.items.renumber(id);
  } else {
    renumber(raw, raw.items, raw.inter_items, raw.item_ids, raw.item_rows);
    if (own_ids) renumber_aliases(raw, config, raw.items, "alias_of_item_id");
  }
  out.report = std::move(raw.report);
  out.users = raw.users.vocabulary;
  out.items = raw.items.vocabulary;
  if (own_ids && raw.user)
    out.user_features = make_features(raw, config, *raw.user, raw.users, raw.user_ids, raw.user_rows,
                                      config.get_string("USER_ID_FIELD"));
  if (own_ids && raw.item)
    out.item_features = make_features(raw, config, *raw.item, raw.items, raw.item_ids, raw.item_rows,
                                      config.get_string("ITEM_ID_FIELD"));
  if (benchmark)
    make_benchmark_histories(out, raw, config, lists);
  else
    make_histories(out, raw, config);
  return out;
}

}  // namespace seqrec::data

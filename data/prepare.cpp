#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>
#include <variant>

#include "core/parallel.h"
#include "data/dataset.h"
#include "data/features.h"
#include "data/findings.h"
#include "data/raw.h"
#include "data/split_facts.h"
#include "data/splitting.h"
#include "data/timeline.h"

namespace seqrec::data {
namespace {

constexpr std::int64_t kUsersAtOnce = 1 << 10, kRowsAtOnce = 1 << 16;

/// Gives the ids, in RecBole's order: the interactions' column, the side file's, then the aliases'.
void renumber(Raw& raw, const Config& config, IdSpace& space, const std::vector<std::int32_t>& inter_ids,
              const std::vector<std::int32_t>& side_ids, const std::vector<std::int32_t>& side_rows,
              const char* alias_key) {
  for (const std::int32_t row : raw.rows) space.renumber(inter_ids[row]);
  for (const std::int32_t row : side_rows) space.renumber(side_ids[row]);
  for (const std::string& field : config.get_strings(alias_key)) {
    const auto take = [&](const AtomicTable& table, const std::vector<std::int32_t>& rows) {
      const AtomicColumn* column = table.find(field);
      if (!column) return false;
      require<ConfigError>(!column->tokens.empty() || column->floats.empty(), alias_key, " (", config.source(alias_key),
                           "): column '", field, "' of ", table.file, " has type ", name_of(column->type),
                           ", expected token or token_seq");
      const std::vector<std::int32_t> ids = space.read(*column);
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

/// One label per row of a table, of which `rows` are looked at; none without labels.
std::vector<float> read_labels(const AtomicTable& table, const std::vector<std::int32_t>& rows, const Config& config,
                               bool wanted) {
  std::vector<float> labels;
  const Json& threshold = config.at("threshold");
  if (!threshold.is_null()) {
    if (threshold.as_object().size() != 1 || !threshold.as_object()[0].second.is_number())
      config.fail("threshold", "one column with its number, such as {rating: 4}");
    const auto& [field, limit] = threshold.as_object()[0];
    const std::vector<double> values = filled(column_of(table, field, FieldType::Float, "threshold"), rows);
    labels.resize(table.rows);
    for (std::size_t i = 0; i < values.size(); ++i) labels[rows[i]] = values[i] >= limit.as_double() ? 1.0F : 0.0F;
    return labels;
  }
  const std::string& field = config.get_string("LABEL_FIELD");
  if (!wanted || !table.find(field)) return labels;
  for (const double value : column_of(table, field, FieldType::Float, "LABEL_FIELD").floats) {
    require<DataError>(value == 0 || value == 1, table.file, ": column '", field, "' (LABEL_FIELD) holds ", value,
                       ", expected 0 or 1 (threshold makes labels from another column)");
    labels.push_back(static_cast<float>(value));
  }
  return labels;
}

/// The histories with a training row, in their order.
std::vector<std::int32_t> trained_histories(const Dataset& dataset) {
  std::vector<std::int32_t> out;
  for (const Row row : dataset.train)
    if (out.empty() || out.back() != row.history) out.push_back(row.history);
  return out;
}

/// One history a user, in order of the users' ids, each ordered by time; equal times keep the file's order.
void make_histories(Dataset& dataset, const Raw& raw, const Config& config) {
  const Timeline times(raw, config);
  if (const AtomicColumn* column = raw.inter[0].find(config.get_string("TIME_FIELD")))
    find_missing_times(dataset.report, raw, *column);
  const std::vector<float> labels = read_labels(raw.inter[0], raw.rows, config, raw.labels);

  // Users that the vocabulary doesn't know have id 0, but a history each.
  std::vector<std::int32_t> group_of = raw.users.number_of;
  std::int32_t groups = dataset.n_users();
  for (std::size_t id = 1; id < group_of.size(); ++id)
    if (group_of[id] == 0) group_of[id] = groups++;

  // Counting sort by user.
  std::vector<std::int64_t> begin(static_cast<std::size_t>(groups) + 1);
  std::vector<std::int32_t> rows;
  rows.reserve(raw.rows.size());
  std::copy_if(raw.rows.begin(), raw.rows.end(), std::back_inserter(rows),
               [&](std::int32_t row) { return raw.items.number_of[raw.inter_items[row]] != 0; });
  for (const std::int32_t row : rows) ++begin[group_of[raw.inter_users[row]] + 1];
  for (std::int32_t g = 0; g < groups; ++g) begin[g + 1] += begin[g];
  std::vector<std::int32_t> sorted(rows.size());
  std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
  for (const std::int32_t row : rows) sorted[next[group_of[raw.inter_users[row]]]++] = row;

  const auto is_before = [&](std::int32_t a, std::int32_t b) { return times.key(a) < times.key(b); };
  parallel_for(groups, kUsersAtOnce, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t g = from; g < to; ++g) {
      const auto first = sorted.begin() + begin[g], last = sorted.begin() + begin[g + 1];
      if (!std::is_sorted(first, last, is_before)) std::stable_sort(first, last, is_before);
    }
  });
  dataset.offsets = {0};
  for (std::int32_t g = 0; g < groups; ++g) {
    if (begin[g] == begin[g + 1]) continue;
    dataset.history_users.push_back(g < dataset.n_users() ? g : 0);
    dataset.offsets.push_back(begin[g + 1]);
  }
  dataset.items_of.resize(sorted.size());
  if (!labels.empty()) dataset.labels.resize(sorted.size());
  std::vector<std::int64_t> keys(sorted.size());
  parallel_for(std::ssize(sorted), kRowsAtOnce, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t place = from; place < to; ++place) {
      const std::int32_t row = sorted[place];
      dataset.items_of[place] = raw.items.number_of[raw.inter_items[row]];
      if (!labels.empty()) dataset.labels[place] = labels[row];
      keys[place] = times.key(row);
    }
  });
  find_ties(dataset, keys, raw.inter[0].file);
  if (raw.part_ends.empty())
    split_rows(dataset, config, times, keys, raw.inter[0].file);
  else
    split_by_part(dataset, [&](std::int64_t place) {
      return static_cast<std::size_t>(std::ranges::upper_bound(raw.part_ends, sorted[place]) - raw.part_ends.begin());
    });
  count_later(dataset, times, keys);
  dataset.by_last_training = trained_histories(dataset);
  std::vector<std::int64_t> ends(static_cast<std::size_t>(dataset.histories()));
  for (const Row row : dataset.train) ends[row.history] = keys[dataset.offsets[row.history] + row.position];
  std::stable_sort(dataset.by_last_training.begin(), dataset.by_last_training.end(),
                   [&](std::int32_t a, std::int32_t b) { return ends[a] < ends[b]; });
}

std::string list_field(const Config& config) {
  return config.get_string("ITEM_ID_FIELD") + config.get_string("LIST_SUFFIX");
}

/// Renumbers the items of benchmark_filename's sequences: the targets of all parts first, then the lists.
std::vector<std::vector<std::int32_t>> read_lists(Raw& raw, const Config& config) {
  std::vector<std::vector<std::int32_t>> lists;
  for (const AtomicTable& table : raw.inter)
    lists.push_back(table.fields.empty() ? std::vector<std::int32_t>{}
                                         : raw.items.read(column_of(table, list_field(config), FieldType::TokenSeq,
                                                                    "ITEM_ID_FIELD + LIST_SUFFIX")));
  if (const auto padding = raw.items.tokens.find(config.get_string("padding_token")))
    for (std::vector<std::int32_t>& list : lists) std::ranges::replace(list, *padding, 0);
  return lists;
}

/// One history a row of the files: its list, and then its target.
void make_benchmark_histories(Dataset& dataset, const Raw& raw, const Config& config,
                              const std::vector<std::vector<std::int32_t>>& lists) {
  dataset.offsets = {0};
  std::int32_t row = 0;
  for (std::size_t part = 0; part < raw.inter.size(); ++part) {
    const AtomicTable& table = raw.inter[part];
    if (table.fields.empty()) continue;
    const AtomicColumn& column = *table.find(list_field(config));
    std::vector<std::int32_t> rows(table.rows);
    std::iota(rows.begin(), rows.end(), 0);
    const std::vector<float> labels = read_labels(table, rows, config, raw.labels);
    std::vector<Row>& out = part == 0 ? dataset.train : part == 1 ? dataset.valid : dataset.test;
    for (std::int64_t r = 0; r < table.rows; ++r, ++row) {
      const std::int32_t user = raw.inter_users[row], item = raw.inter_items[row];
      require<DataError>(user != 0 && item != 0, table.file, ": data row ", r + 1, " has no ",
                         user == 0 ? "user" : "item");
      const std::int32_t target = raw.items.number_of[item];
      if (target == 0) continue;  // unknown to the vocabulary
      for (std::int64_t place = column.offsets[r]; place < column.offsets[r + 1]; ++place)
        if (const std::int32_t id = raw.items.number_of[lists[part][place]]; id != 0) dataset.items_of.push_back(id);
      const auto position =
          static_cast<std::int32_t>(static_cast<std::int64_t>(dataset.items_of.size()) - dataset.offsets.back());
      dataset.items_of.push_back(target);
      if (!labels.empty()) {  // what is listed was chosen
        dataset.labels.resize(dataset.items_of.size(), 1);
        dataset.labels.back() = labels[r];
      }
      out.push_back({static_cast<std::int32_t>(dataset.history_users.size()), position});
      dataset.history_users.push_back(raw.users.number_of[user]);
      dataset.offsets.push_back(static_cast<std::int64_t>(dataset.items_of.size()));
    }
  }
}

void count_unknown(Dataset& dataset, const Raw& raw) {
  const auto count = [](const IdSpace& space, const std::vector<std::int32_t>& ids,
                        const std::vector<std::int32_t>& rows) {
    std::vector<char> seen(space.tokens.size());
    std::int64_t unknown = 0;
    for (const std::int32_t row : rows)
      if (const std::int32_t id = ids[row]; id != 0 && space.number_of[id] == 0 && !std::exchange(seen[id], 1))
        ++unknown;
    return unknown;
  };
  dataset.unknown_users = count(raw.users, raw.inter_users, raw.rows);
  dataset.unknown_items = count(raw.items, raw.inter_items, raw.rows);
  const auto say = [&dataset](std::int64_t count, const char* what, const char* consequence) {
    if (count > 0)
      dataset.report.find(concat("unknown_", what, "s"), count, count,
                          concat(counted(count, what), " ", is_or_are(count), " unknown to the model", consequence));
  };
  say(dataset.unknown_users, "user", "");
  say(dataset.unknown_items, "item", "; interactions with unknown items are left out");
}

/// `users` and `items` are a model's vocabularies, or both null.
Dataset prepare(const Config& config, const Vocabulary* users, const Vocabulary* items, const BatchNeeds& needs) {
  Dataset dataset;
  dataset.name = config.get_string("dataset");
  dataset.max_length = config.get_int("MAX_ITEM_LIST_LENGTH");
  Raw raw = read_raw(config, needs);
  const bool benchmark = !config.is_null("benchmark_filename") && raw.part_ends.empty();
  dataset.presplit = benchmark;
  dataset.rows_read = static_cast<std::int64_t>(raw.rows.size());
  if (!benchmark) filter(raw, config);
  std::vector<std::vector<std::int32_t>> lists;
  if (benchmark) lists = read_lists(raw, config);
  if (!users && benchmark) find_foreign_list_tokens(raw.report, raw, config, lists);
  if (!config.get_bool("filter_inter_by_user_or_item") || benchmark) find_unlisted(raw.report, raw);
  find_repeated_rows(raw.report, raw);
  find_missing_words(raw.report, raw, config);
  find_odd_ids(raw.report, raw, config);
  if (!users) find_unused_labels(raw.report, raw, config, needs);
  find_unused_columns(raw.report, raw, config);
  find_idle_keys(raw.report, raw, config);

  if (users) {
    raw.users.renumber_by(*users);
    raw.items.renumber_by(*items);
  } else {
    renumber(raw, config, raw.users, raw.inter_users, raw.user_ids, raw.user_rows, "alias_of_user_id");
    if (benchmark) {
      for (const std::int32_t row : raw.rows) raw.items.renumber(raw.inter_items[row]);
      for (const std::int32_t row : raw.item_rows) raw.items.renumber(raw.item_ids[row]);
      for (const auto& list : lists)
        for (const std::int32_t id : list) raw.items.renumber(id);
    } else {
      renumber(raw, config, raw.items, raw.inter_items, raw.item_ids, raw.item_rows, "alias_of_item_id");
    }
  }
  dataset.report = std::move(raw.report);
  dataset.users = raw.users.vocabulary;
  dataset.items = raw.items.vocabulary;
  if (users) count_unknown(dataset, raw);
  if (!users && raw.user)
    dataset.user_features = make_features(raw, config, *raw.user, raw.users, raw.user_ids, raw.user_rows,
                                          config.get_string("USER_ID_FIELD"));
  if (!users && raw.item)
    dataset.item_features = make_features(raw, config, *raw.item, raw.items, raw.item_ids, raw.item_rows,
                                          config.get_string("ITEM_ID_FIELD"));
  if (benchmark)
    make_benchmark_histories(dataset, raw, config, lists);
  else
    make_histories(dataset, raw, config);
  hold_out_last_rows(dataset, config);
  count_cold(dataset);
  if (!users) find_missing_rows(dataset.report, dataset, config);
  const std::vector<std::int32_t> trained = trained_histories(dataset);
  if (benchmark) dataset.by_last_training = trained;
  std::erase_if(dataset.by_last_training, [&](std::int32_t h) { return !std::ranges::binary_search(trained, h); });
  if (!users)
    require<DataError>(
        !dataset.train.empty(), raw.inter[0].file,
        ": no training row: every user has a single interaction, or eval_args.split leaves none to train on");
  return dataset;
}

}  // namespace

Dataset prepare(const Config& config, const BatchNeeds& needs) { return prepare(config, nullptr, nullptr, needs); }

Dataset prepare(const Config& config, const Vocabulary& users, const Vocabulary& items, const BatchNeeds& needs) {
  return prepare(config, &users, &items, needs);
}

std::vector<std::int64_t> item_counts(const Dataset& dataset, std::span<const Row> rows) {
  std::vector<std::int64_t> counts(dataset.n_items());
  for (const Row row : rows) ++counts[dataset.target(row)];
  return counts;
}

}  // namespace seqrec::data

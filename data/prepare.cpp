#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/file.h"
#include "data/dataset.h"
#include "data/findings.h"
#include "data/prepared.h"
#include "data/prepared_file.h"
#include "data/raw.h"
#include "data/split_facts.h"
#include "data/splitting.h"

namespace seqrec::data {
namespace {

/// The histories with a training row, in their order.
std::vector<std::int32_t> trained_histories(const Dataset& dataset) {
  std::vector<std::int32_t> out;
  for (const Row row : dataset.train)
    if (out.empty() || out.back() != row.history) out.push_back(row.history);
  return out;
}

/// Counts what a model's vocabularies don't hold, and says so.
void count_unknown(Dataset& dataset, const Prepared& prepared, const Vocabulary& users, const Vocabulary& items) {
  const auto count = [](const Vocabulary& own, const Vocabulary& given, const std::vector<char>& seen) {
    std::int64_t unknown = 0;
    for (std::int32_t id = 1; id < own.size(); ++id) unknown += seen[id] != 0 && !given.find(own.token(id));
    return unknown;
  };
  std::vector<char> seen_users(prepared.users.size()), seen_items(prepared.items.size());
  for (const std::int32_t user : prepared.history_users) seen_users[user] = 1;
  if (prepared.presplit)
    for (std::size_t h = 0; h < prepared.history_users.size(); ++h)
      seen_items[prepared.items_of[prepared.offsets[h + 1] - 1]] = 1;
  else
    for (const std::int32_t item : prepared.items_of) seen_items[item] = 1;
  dataset.unknown_users = count(prepared.users, users, seen_users);
  dataset.unknown_items = count(prepared.items, items, seen_items);
  const auto say = [&dataset](std::int64_t count, const char* what, const char* consequence) {
    if (count > 0)
      dataset.report.find(concat("unknown_", what, "s"), count, count,
                          concat(counted(count, what), " ", is_or_are(count), " unknown to the model", consequence));
  };
  say(dataset.unknown_users, "user", "");
  say(dataset.unknown_items, "item", "; interactions with unknown items are left out");
}

/// The labels, if the configuration or the model asks for them.
SharedArray<float> wanted_labels(const Prepared& prepared, const Config& config, const BatchNeeds& needs) {
  if (config.is_null("threshold") && !labels_wanted(config, needs)) return {};
  require<DataError>(prepared.label_problem.empty(), prepared.label_problem);
  return prepared.labels;
}

/// The histories' rows, with what follows from when they were.
void split(Dataset& dataset, const Prepared& prepared, const Config& config) {
  const std::span<const std::int64_t> times(prepared.times.data(), prepared.times.size());
  find_ties(dataset, times, prepared.file);
  if (prepared.parts.empty())
    split_rows(dataset, config, prepared.scale, times, prepared.file);
  else
    split_by_part(dataset, prepared.parts);
  count_later(dataset, prepared.scale, times);
  dataset.by_last_training = trained_histories(dataset);
  std::vector<std::int64_t> ends(static_cast<std::size_t>(dataset.histories()));
  for (const Row row : dataset.train) ends[row.history] = times[dataset.offsets[row.history] + row.position];
  std::stable_sort(dataset.by_last_training.begin(), dataset.by_last_training.end(),
                   [&](std::int32_t a, std::int32_t b) { return ends[a] < ends[b]; });
}

Prepared read(const Config& config, const BatchNeeds& needs, PrepareFor what_for) {
  const std::filesystem::path file = prepared_path(config);
  return file_exists(file) ? load_prepared(file, config, needs) : prepare_files(config, needs, what_for);
}

/// `users` and `items` are a model's vocabularies, or both null.
Dataset make_dataset(Prepared prepared, const Config& config, const BatchNeeds& needs, const Vocabulary* users,
                     const Vocabulary* items) {
  Dataset dataset;
  dataset.name = config.get_string("dataset");
  dataset.max_length = config.get_int("MAX_ITEM_LIST_LENGTH");
  dataset.presplit = prepared.presplit;
  dataset.rows_read = prepared.rows_read;
  dataset.report = std::move(prepared.report);
  if (!users) find_unused_labels(dataset.report, prepared, config, needs);
  find_idle_keys(dataset.report, prepared.presplit, config);
  if (users) {
    count_unknown(dataset, prepared, *users, *items);
    renumber_by(prepared, *users, *items);
  } else {
    dataset.user_features = std::move(prepared.user_features);
    dataset.item_features = std::move(prepared.item_features);
  }
  dataset.titles = std::move(prepared.titles);
  dataset.labels = wanted_labels(prepared, config, needs);
  dataset.users = std::move(prepared.users);
  dataset.items = std::move(prepared.items);
  dataset.history_users = prepared.history_users;
  dataset.offsets = prepared.offsets;
  dataset.items_of = prepared.items_of;
  if (dataset.presplit)
    split_by_history_part(dataset, prepared.parts);
  else
    split(dataset, prepared, config);
  hold_out_last_rows(dataset, config);
  count_cold(dataset);
  if (!users) find_missing_rows(dataset.report, dataset, config);
  const std::vector<std::int32_t> trained = trained_histories(dataset);
  if (dataset.presplit) dataset.by_last_training = trained;
  std::erase_if(dataset.by_last_training, [&](std::int32_t h) { return !std::ranges::binary_search(trained, h); });
  if (!users)
    require<DataError>(
        !dataset.train.empty(), prepared.file,
        ": no training row: every user has a single interaction, or eval_args.split leaves none to train on");
  return dataset;
}

}  // namespace

Dataset make_dataset(Prepared prepared, const Config& config, const BatchNeeds& needs) {
  return make_dataset(std::move(prepared), config, needs, nullptr, nullptr);
}

Dataset prepare(const Config& config, const BatchNeeds& needs) {
  return make_dataset(read(config, needs, PrepareFor::OwnIds), config, needs);
}

Dataset prepare(const Config& config, const Vocabulary& users, const Vocabulary& items, const BatchNeeds& needs) {
  return make_dataset(read(config, needs, PrepareFor::OtherVocabularies), config, needs, &users, &items);
}

std::vector<std::int64_t> item_counts(const Dataset& dataset, const RowList& rows) {
  std::vector<std::int64_t> counts(dataset.n_items());
  for (const Row row : rows) ++counts[dataset.target(row)];
  return counts;
}

}  // namespace seqrec::data

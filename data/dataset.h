#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/feature.h"
#include "core/shared_array.h"
#include "core/vocabulary.h"
#include "data/config.h"
#include "data/report.h"
#include "data/row_list.h"
#include "data/split.h"

namespace seqrec::data {

/// The columns of .user or .item that load_col asked for, without the id column, in file order. Missing tokens are 0,
/// missing numbers the mean, missing sequences empty; an alias of the users' (items') id has their vocabulary.
struct FeatureTable {
  std::vector<Feature> columns;
  /// Null if there is no such field.
  const Feature* find(std::string_view field) const;
};

/// The features that a model embeds: all token columns, and those float columns that `numerical_features` names.
std::vector<Feature> model_features(const FeatureTable& table, const Config& config);

/// A prepared dataset: read, filtered, renumbered, ordered and split as RecBole does it (order of processing: alias,
/// missing ids, rm_dup_inter, val_interval, filter_inter_by_user_or_item, k-core, ids by first appearance, missing
/// values, threshold, normalisation, split).
struct Dataset {
  std::string name;
  Vocabulary users;
  Vocabulary items;

  // The histories, CSR: history h belongs to user history_users[h] and holds items[offsets[h]] .. items[offsets[h +
  // 1]), oldest first. One per user (by id; none for a user without interactions), or one per row with
  // benchmark_filename.
  SharedArray<std::int32_t> history_users;  ///< [histories]; 0 for a user that a given vocabulary doesn't know
  SharedArray<std::int64_t> offsets;        ///< [histories + 1]
  SharedArray<std::int32_t> items_of;       ///< [values], never 0
  SharedArray<float> labels;                ///< [values] 0 or 1, of LABEL_FIELD or `threshold`; empty without

  RowList train, valid, test;  ///< each ordered by history, then position

  /// The histories that are trained on, from the one whose last training target came first to the last one; of equal
  /// times the first first. In the order of the files with benchmark_filename, which may have no times.
  std::vector<std::int32_t> by_last_training;

  bool by_time = false;   ///< split at points in time: nothing later may show in training
  bool presplit = false;  ///< benchmark_filename: a history is a row of the files, and users' rows repeat items

  FeatureTable user_features;
  FeatureTable item_features;

  std::int64_t max_length = 0;     ///< MAX_ITEM_LIST_LENGTH: a row's window is its last items, at most so many
  std::int64_t rows_read = 0;      ///< interactions in the files
  std::int64_t unknown_users = 0;  ///< prepare() with vocabularies: different tokens that they don't hold
  std::int64_t unknown_items = 0;
  SplitFacts facts;
  DataReport report;
  /// Of the items, where the file that keeps the prepared data has them (data/prepared_file.h); null without one.
  std::shared_ptr<const std::vector<std::string>> titles;

  std::int32_t n_users() const { return users.size(); }  ///< padding included, as in RecBole
  std::int32_t n_items() const { return items.size(); }
  std::int64_t histories() const { return static_cast<std::int64_t>(history_users.size()); }
  std::int64_t interactions() const { return static_cast<std::int64_t>(items_of.size()); }
  const RowList& rows(Split split) const {
    return split == Split::Train ? train : split == Split::Valid ? valid : test;
  }
  /// A whole history, oldest first.
  std::span<const std::int32_t> history(std::int64_t h) const {
    return {items_of.data() + offsets[h], static_cast<std::size_t>(offsets[h + 1] - offsets[h])};
  }
  /// The items before a row's target that it sees, not cut to max_length.
  std::span<const std::int32_t> before(Row row) const { return history(row.history).first(row.position - row.skipped); }
  std::int32_t target(Row row) const { return items_of[offsets[row.history] + row.position]; }
  std::int32_t user(Row row) const { return history_users[row.history]; }
};

/// Reads and prepares `data_path`/`dataset`/, or reads what was prepared there (data/prepared_file.h). DataError naming
/// file and line (or key) for bad content, IoError for a file that can't be read. A model's labels and its column of
/// the items are read whatever load_col says.
Dataset prepare(const Config& config, const BatchNeeds& needs = {});

/// The same with a model's vocabularies instead of new ones (`seqrec evaluate`): interactions with unknown items are
/// dropped, unknown users get id 0; both are counted in the dataset and said in its report. Feature tables stay empty.
Dataset prepare(const Config& config, const Vocabulary& users, const Vocabulary& items, const BatchNeeds& needs = {});

/// DataError if `numerical_features` names what is no float column of users or items, or is not loaded.
void check_numerical_features(const Dataset& dataset, const Config& config);

/// How often each item is a target in the rows: [n_items]. RecBole's popularity.
std::vector<std::int64_t> item_counts(const Dataset& dataset, const RowList& rows);

/// How often training reads an interaction with each item, as a target or before one: [n_items]; 0 for a cold item. Of
/// files split beforehand, whose rows repeat each other's items: how often it is a target, 1 at least if it occurs.
std::vector<std::int64_t> trained_counts(const Dataset& dataset);
/// A split's rows whose target training never reads, and those of users without a training row.
struct ColdRows {
  std::int64_t items = 0, users = 0;
};
ColdRows cold_rows(const Dataset& dataset, Split split);

/// A text to show for each item, by id: the column `title`, `name`, or the first whose name ends so, of the .item file;
/// empty when there is none.
std::vector<std::string> item_titles(const Config& config, const Vocabulary& items);
/// The same of a dataset that prepare() made, whose file may hold them.
std::vector<std::string> item_titles(const Config& config, const Dataset& dataset);

}  // namespace seqrec::data

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/prepared.h"
#include "data/raw.h"

/// What the report says of data that no filter took: each function looks for one thing, and is silent where there is
/// none of it.
namespace seqrec::data {

/// Users and items without a row in their file, whose features are then missing.
void find_unlisted(DataReport& report, const Raw& raw);

/// Ids that pandas reads as missing, where they are taken as they stand (`missing_tokens: empty`).
void find_missing_words(DataReport& report, const Raw& raw, const Config& config);

/// Ids that begin or end with a space, or are not UTF-8: names that differ in what one doesn't see.
void find_odd_ids(DataReport& report, const Raw& raw, const Config& config);

/// Rows of the users' or items' file that are left out, since they repeat an id or have none.
void find_repeated_rows(DataReport& report, const Raw& raw);

/// Tokens of benchmark_filename's lists that are nowhere an item: padding, or another separator. `lists`: provisional
/// ids of each part's lists.
void find_foreign_list_tokens(DataReport& report, const Raw& raw, const Config& config,
                              const std::vector<LargeVector<std::int32_t>>& lists);

/// Labels that are there while every interaction counts as a positive one. `needs`: the model's.
void find_unused_labels(DataReport& report, const Prepared& prepared, const Config& config, const BatchNeeds& needs);

/// Columns that `load_col` asks for and nothing looks at.
void find_unused_columns(DataReport& report, const Raw& raw, const Config& config);

/// Missing times among the rows that are left.
void find_missing_times(DataReport& report, const Raw& raw, const AtomicColumn& times);

/// Interactions that no time orders, and those that repeat another one. `keys`: the times, by place in items_of.
void find_ties(Dataset& dataset, std::span<const std::int64_t> keys, const std::string& file);

/// Histories of a single interaction, and parts of the split that were asked for and got no row.
void find_missing_rows(DataReport& report, const Dataset& dataset, const Config& config);

/// Keys that someone wrote and that have no effect beside the others.
void find_idle_keys(DataReport& report, bool presplit, const Config& config);

}  // namespace seqrec::data

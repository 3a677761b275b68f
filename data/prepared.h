#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/shared_array.h"
#include "core/vocabulary.h"
#include "data/config.h"
#include "data/dataset.h"
#include "data/report.h"
#include "data/timeline.h"

namespace seqrec::data {

/// What is settled of a dataset before its split: ids, histories in order, labels and features, whose meaning is
/// Dataset's. Made of atomic files, or read from the file that keeps it (data/prepared_file.h).
struct Prepared {
  std::string name;
  std::string file;  ///< of the interactions: for errors
  Vocabulary users, items;

  SharedArray<std::int32_t> history_users;  ///< [histories], never 0
  SharedArray<std::int64_t> offsets;        ///< [histories + 1]
  SharedArray<std::int32_t> items_of;       ///< [values], never 0
  SharedArray<std::int64_t> times;          ///< [values] as `scale` has them, ascending in a history; none if presplit
  TimeScale scale;
  bool presplit = false;  ///< a history is a row of benchmark_filename's files, its target the last item
  /// Which of benchmark_filename's parts has it, 0 to 2: [values], or [histories] if presplit; empty without.
  SharedArray<std::uint8_t> parts;

  SharedArray<float> labels;  ///< [values] of `threshold`, or LABEL_FIELD where that column holds any
  std::string label_problem;  ///< why LABEL_FIELD's column holds none, though it is there: an error for who wants them
  std::int64_t label_rows = 0, label_zeros = 0;  ///< rows with a number in LABEL_FIELD, and those where it is 0

  FeatureTable user_features, item_features;
  std::int64_t rows_read = 0;
  DataReport report;                                       ///< of what was done so far
  std::shared_ptr<const std::vector<std::string>> titles;  ///< of the items; null: whoever wants them reads the files
};

/// What comes after: for a model's vocabularies (renumber_by) aliases get no ids and tables of features stay empty.
enum class PrepareFor { OwnIds, OtherVocabularies };

/// Reads and prepares the atomic files. Errors are prepare()'s (data/dataset.h).
Prepared prepare_files(const Config& config, const BatchNeeds& needs, PrepareFor what_for = PrepareFor::OwnIds);

/// Splits what was prepared and says the rest of what prepare() says.
Dataset make_dataset(Prepared prepared, const Config& config, const BatchNeeds& needs);

/// Takes a model's vocabularies: interactions with items that they don't hold are left out, users have id 0 and come
/// last, in their order. Unless they are its own, the titles go.
void renumber_by(Prepared& prepared, const Vocabulary& users, const Vocabulary& items);

}  // namespace seqrec::data

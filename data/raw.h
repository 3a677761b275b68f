#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/spill.h"
#include "core/vocabulary.h"
#include "data/atomic_file.h"
#include "data/config.h"
#include "data/report.h"

namespace seqrec::data {

/// The tokens of one id space (users with their aliases, items with theirs). While the data are filtered they have
/// provisional ids, in order of reading; what is left is renumbered in RecBole's order. 0 is a missing token.
struct IdSpace {
  Vocabulary tokens;                    ///< provisional ids
  Vocabulary vocabulary;                ///< final ids
  std::vector<std::int32_t> number_of;  ///< [tokens.size()] provisional -> final; 0: not there

  /// Provisional ids of a column's tokens.
  LargeVector<std::int32_t> read(const AtomicColumn& column);
  /// Gives ids to those that have none, by first appearance.
  void renumber(std::int32_t provisional);
};

/// The files of a dataset as read, and which of their rows the filters leave. Columns of ids are provisional.
struct Raw {
  /// One; with benchmark_filename and lists of items one per part (without columns for a missing one).
  std::vector<AtomicTable> inter;
  /// [3] Where the parts of benchmark_filename end in `inter`, if they hold single interactions; otherwise empty.
  std::vector<std::int64_t> part_ends;
  std::optional<AtomicTable> user, item;
  IdSpace users, items;
  LargeVector<std::int32_t> inter_users, inter_items;    ///< [rows of inter]
  LargeVector<std::int32_t> user_ids, item_ids;          ///< [rows of .user], [rows of .item]
  LargeVector<std::int32_t> rows, user_rows, item_rows;  ///< what is left, in order
  DataReport report;
};

/// data_path/NAME/NAME.EXTENSION of the dataset, or if it is absent NAME.EXTENSION.gz. ConfigError if it has no name.
std::filesystem::path file_of(const Config& config, const std::string& extension);
/// How its files are written; all columns are wanted.
AtomicFormat format_of(const Config& config);
/// "user_id, item_id"
std::string names_of(const std::vector<AtomicField>& fields);

/// Whether LABEL_FIELD's labels are asked for: by load_col, the model or an evaluation.
bool labels_wanted(const Config& config, const BatchNeeds& needs);

/// Reads the files that benchmark_filename, load_col and unload_col name, and what a model needs of them.
Raw read_raw(const Config& config, const BatchNeeds& needs);

/// The column of a field that must be there. DataError naming the file, the key that names the field and the columns
/// that there are.
const AtomicColumn& column_of(const AtomicTable& table, const std::string& field, FieldType type, const char* key);

/// A float column's values at some rows; missing ones are the mean of the others (0 if there are none), as in RecBole.
LargeVector<double> filled(const AtomicColumn& column, std::span<const std::int32_t> rows);
/// Brings values to [0, 1]; all are 1 when they are equal.
void normalise(LargeVector<double>& values);
/// Whether normalize_all or normalize_field asks for it.
bool is_normalised(const Config& config, const std::string& field);

/// RecBole's filters, in its order; DataError when nothing is left, naming the filter.
void filter(Raw& raw, const Config& config);

}  // namespace seqrec::data

#pragma once

#include <string>
#include <vector>

#include "train/row_results.h"

namespace seqrec::train {

/// Rows of a kind: the groups (RowResults) whose first row is of it.
struct RowStratum {
  std::string name;
  std::vector<std::size_t> groups;  ///< ascending, not empty
};

/// All rows first; then thirds by the length of the history, rows whose target training never read (cold), and thirds
/// of the others by how often training read the target. Equal numbers stay together, so a third may be larger or
/// missing.
std::vector<RowStratum> strata_of(const RowResults& rows);

}  // namespace seqrec::train

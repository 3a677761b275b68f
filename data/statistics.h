#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/dataset.h"

namespace seqrec::data {

/// What `seqrec data` shows. Numbers of users and items are of those with interactions, padding not counted.
struct Statistics {
  std::string dataset;
  std::int64_t users = 0, items = 0, interactions = 0;
  double sparsity = 0;  ///< 1 - interactions / (users * items)
  // Lengths of the histories.
  std::int64_t min_length = 0, max_length = 0;
  double mean_length = 0, median_length = 0;
  /// Histories with a length in [1, 2), [2, 4), [4, 8), ...
  std::vector<std::int64_t> length_histogram;
  std::int64_t train_rows = 0, valid_rows = 0, test_rows = 0;
};

Statistics statistics(const Dataset& dataset);
Json to_json(const Statistics& statistics);
/// The statistics with what prepare() reported ("report").
Json describe(const Dataset& dataset);
/// A table with the histogram of the lengths, for a terminal.
std::string to_text(const Statistics& statistics);

}  // namespace seqrec::data

#pragma once

#include <cstdint>
#include <vector>

namespace seqrec::train {

/// What is resampled: per unit (a user) a row of `columns` sums, and what each column is divided by for a mean.
struct Units {
  std::size_t columns = 0;
  std::vector<double> sums;          ///< [units, columns]
  std::vector<std::size_t> divisor;  ///< [columns] the column that a column's total is divided by; itself: none

  std::size_t size() const { return columns == 0 ? 0 : sums.size() / columns; }
};

/// Means of all units, and of resamples of them.
struct Bootstrap {
  std::vector<double> means;      ///< [columns]
  std::vector<double> resamples;  ///< [resamples, columns]; the mean of all where a resample has nothing to divide by
};

/// Draws as many units as there are, with replacement, so many times. The same seed draws the same units whatever the
/// columns, so that columns are paired; the result doesn't depend on the number of threads. More than 20,000 units are
/// put together at random into so many first, which bounds the time and leaves the spread of the means as it is.
Bootstrap bootstrap(const Units& units, std::int64_t resamples, std::uint64_t seed);

/// Holm's correction (1979): p values of a family of tests, so that a family without a difference has a value below
/// 0.05 in 5 % of all cases, however many tests it holds.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace seqrec::train

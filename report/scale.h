#pragma once

#include <string>
#include <vector>

namespace seqrec::report {

/// An axis: from `low` to `high` by ticks of 1, 2 or 5 times a power of ten.
struct Scale {
  double low = 0, high = 1, step = 1;

  /// The narrowest one of at most `ticks` steps that holds both numbers, which are finite; of whole numbers, its step
  /// is one.
  static Scale around(double least, double most, int ticks, bool whole = false);

  std::vector<double> ticks() const;
  /// A tick as text, with the decimal places that tell it from its neighbours.
  std::string label(double tick) const;
  /// Where a number lies: 0 at the low end, 1 at the high one.
  double share(double value) const { return (value - low) / (high - low); }
};

}  // namespace seqrec::report

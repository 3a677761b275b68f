#pragma once

#include <string>
#include <vector>

namespace seqrec::report {

/// An axis: from `low` to `high` by ticks of 1, 2 or 5 times a power of ten.
struct Scale {
  double low = 0, high = 1, step = 1;
  bool logarithmic = false;  ///< its step is then the places from tick to tick in .., 0.5, 1, 2, 5, 10, ..

  /// The narrowest one of at most `ticks` steps that holds both numbers, which are between -1e300 and 1e300, and no
  /// narrower than labels tell apart; of whole numbers, its step is one.
  static Scale around(double least, double most, int ticks, bool whole = false);
  /// A logarithmic one, of numbers between 1e-90 and 1e90, by at least 4 ticks.
  static Scale logarithmic_around(double least, double most, int ticks);

  std::vector<double> ticks() const;
  /// A tick as text, with the digits that tell it from its neighbours: "0.02", "1,500", "2.5e+07".
  std::string label(double tick) const;
  /// Where a number lies: 0 at the low end, 1 at the high one.
  double share(double value) const;
};

}  // namespace seqrec::report

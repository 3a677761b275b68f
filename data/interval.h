#pragma once

#include <vector>

#include "core/json.h"

namespace seqrec::data {

/// A union of intervals in RecBole's grammar: "[10,inf)", "(0,1];[3,4)".
class Intervals {
 public:
  struct Part {
    double left, right;
    bool closed_left, closed_right;
  };

  /// A string in the grammar above, or a list of two numbers (the closed interval). ConfigError without the key's name:
  /// "got '[1,2', expected an interval such as [5,inf) or (0,1];[3,4]".
  static Intervals parse(const Json& value);

  /// False for NaN.
  bool contains(double value) const;
  /// Left end of the first interval: what k-core filtering asks of users and items that never occur.
  double first_left() const { return parts_.front().left; }

 private:
  std::vector<Part> parts_;
};

}  // namespace seqrec::data

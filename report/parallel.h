#pragma once

#include <string>
#include <vector>

namespace seqrec::report {

/// An axis of parallel coordinates: of numbers, or of words, whose places are 0, 1, ...
struct ParallelAxis {
  std::string name;
  std::vector<std::string> words = {};
  bool logarithmic = false;  ///< of numbers above 0
};

/// A line across all axes, finite everywhere.
struct ParallelLine {
  enum class Rank { Rest, Good, Best };
  std::vector<double> at;  ///< a number for each axis
  Rank rank = Rank::Rest;
};

/// Upright axes beside each other and a line for each case, as an SVG figure with a caption; the better a line's rank
/// the further in front it is. "" without lines.
std::string parallel_chart(const std::string& title, const std::vector<ParallelAxis>& axes,
                           const std::vector<ParallelLine>& lines);

/// A number with four digits at most, as long ones take no room: "0.003162", "1e-05".
std::string short_number(double value);

}  // namespace seqrec::report

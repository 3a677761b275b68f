#pragma once

#include <optional>
#include <string>
#include <vector>

namespace seqrec::report {

struct Point {
  double x = 0, y = 0;
};

/// A curve; points that aren't finite, or beyond 1e300, are left out, which breaks it.
struct Curve {
  std::string name;
  std::vector<Point> points;       ///< by ascending x
  std::optional<Point> mark = {};  ///< shown as a ring: the epoch that was chosen
};

/// Curves over whole numbers, with axes.
struct LineChart {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool from_zero = false;    ///< the vertical axis begins at 0
  bool logarithmic = false;  ///< both axes, of numbers between 1e-90 and 1e90
};
/// As an SVG figure with a legend and a caption; "" where no curve has a point.
std::string line_chart(const LineChart& chart);

/// SVG elements in a view box from (0, 0) on, for the classes of report/style.h.
struct Drawing {
  double width = 0, height = 0;
  std::string elements;
};
/// Its curves and axes alone; no elements where no curve has a point.
Drawing draw(const LineChart& chart);

/// The class of the nth of several curves or bars: colours repeat after eight, then dashed.
std::string series_class(std::size_t n);

/// What a table's cell shows beside a number, all cells on one scale.
struct Bar {
  double low = 0, value = 0, high = 0;  ///< an interval around a value, or low = high = value for a value alone
  std::size_t series = 0;
};
/// A drawing as wide as a cell: the interval as a line with a dot at the value, over the numbers from 0 to `most`.
std::string interval_bar(const Bar& bar, double most);
/// The same of a count: a bar from the left.
std::string count_bar(double value, double most);

}  // namespace seqrec::report

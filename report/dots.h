#pragma once

#include <string>
#include <vector>

#include "report/chart.h"

namespace seqrec::report {

/// Numbers of several series for each of some names: a row for each name, a dot for each number, with its interval.
struct DotChart {
  struct Row {
    std::string name;
    std::vector<Bar> dots;
  };
  std::string label;  ///< of the axis
  std::vector<Row> rows;
  bool logarithmic = false;  ///< of numbers between 1e-90 and 1e90; otherwise from 0 on
};
/// No elements where no row has a dot.
Drawing draw(const DotChart& chart);

}  // namespace seqrec::report

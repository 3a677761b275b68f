#pragma once

#include <string>
#include <vector>

#include "report/chart.h"

namespace seqrec::report {

/// A drawing as an SVG file, with a title above and the names of its series below, on a ground of its own: it is
/// readable in light and in dark, on whatever page it is shown.
std::string image(const std::string& title, const Drawing& drawing, const std::vector<std::string>& series);

}  // namespace seqrec::report

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqrec::report {

/// A picture of a Markdown page: what the page calls its file ("images/steps.svg"), and what that should hold.
struct PagePlot {
  std::string file, svg;
};

/// The pictures of a page's tables. A picture stands below its table, and says which columns it shows:
///
///     <!-- plot: dots, logarithmic
///     label: seconds of an epoch
///     columns: RecBole, s | `rows`, s
///     -->
///     ![Seconds of a training epoch](images/epochs.svg)
///
/// `dots` has a row for each of the table's, named by the columns `rows: A | B` (the first one, unless it is said), a
/// blank cell standing for the one above it; `lines` has the first column's numbers across. A cell is blank, a number
/// (`1,027`, `.0971`), or one with its deviation behind it (`.0971 (.0038)`, `.0820 ± .0083`).
/// DataError naming the page's line, and what was expected there.
std::vector<PagePlot> page_plots(const std::string& page, std::string_view text);

}  // namespace seqrec::report

#pragma once

#include <string_view>

namespace seqrec::report {

/// The style sheet of a report: light and dark, and for print.
std::string_view style();

}  // namespace seqrec::report

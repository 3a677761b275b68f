#pragma once

#include <string>
#include <string_view>

namespace seqrec::report {

/// The style sheet of a drawing: its colours, light and dark.
std::string_view style_of_drawings();
/// That of a report, with its drawings', and for print.
std::string style();

}  // namespace seqrec::report

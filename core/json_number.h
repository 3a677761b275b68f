#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seqrec {

/// Appends a number as JSON has it, which reads back as the same double and not as an integer: the shortest such text
/// (libseqrec, which writes numbers in messages alone, does with a short one). Null where it is not finite.
void append_json_number(std::string& out, double value);

/// The double next to a number as JSON has it; nothing where that would be infinite, or 0 without being it.
std::optional<double> read_json_number(std::string_view text);

}  // namespace seqrec

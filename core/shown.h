#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seqrec {

/// A text in which a terminal, a log or a JSON reader finds nothing but characters: control characters and bytes that
/// are not UTF-8 become \n, \t, \x00. Those in `kept` stay.
std::string escaped(std::string_view text, std::string_view kept = "");

/// A value from outside as a message shows it: escaped, and where that gives more than `longest` bytes, its begin and
/// end: "aaa...[8000000 bytes]...aaa".
std::string shown(std::string_view text, std::size_t longest = 80, std::string_view kept = "");

}  // namespace seqrec

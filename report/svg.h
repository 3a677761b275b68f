#pragma once

#include <string>

namespace seqrec::report {

/// Parts of a drawing, in the units of its view box. `anchor`: start, middle or end; `more`: attributes.
std::string svg_text(double x, double y, const char* anchor, const std::string& words, const std::string& more = "");
std::string svg_line(double x1, double y1, double x2, double y2, const char* css);
/// The most room that a text of such a drawing takes, about: fonts differ.
double text_width(const std::string& words);

}  // namespace seqrec::report

#include "report/svg.h"

#include <algorithm>

#include "core/concat.h"
#include "report/html.h"

namespace seqrec::report {

std::string svg_text(double x, double y, const char* anchor, const std::string& words, const std::string& more) {
  return concat("<text x=\"", decimal(x, 1), "\" y=\"", decimal(y, 1), "\" text-anchor=\"", anchor, "\"", more, ">",
                html(words), "</text>");
}

std::string svg_line(double x1, double y1, double x2, double y2, const char* css) {
  return concat("<line x1=\"", decimal(x1, 1), "\" y1=\"", decimal(y1, 1), "\" x2=\"", decimal(x2, 1), "\" y2=\"",
                decimal(y2, 1), "\" class=\"", css, "\"/>");
}

double text_width(const std::string& words) {
  return 7 * static_cast<double>(std::ranges::count_if(words, [](char c) { return (c & 0xc0) != 0x80; }));  // of UTF-8
}

}  // namespace seqrec::report

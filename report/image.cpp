#include "report/image.h"

#include <algorithm>

#include "core/concat.h"
#include "report/html.h"
#include "report/style.h"
#include "report/svg.h"

namespace seqrec::report {
namespace {

constexpr double kMargin = 14, kTitle = 26, kKey = 24, kAfterKey = 6, kApart = 18, kKeyLine = 18;

/// The series' names from the left to the right, in as many lines as they take.
struct Legend {
  std::string elements;
  double height = 0;
  Legend(const std::vector<std::string>& series, double top, double width) {
    double x = 0, y = top;
    for (std::size_t i = 0; i < series.size(); ++i) {
      const double wide = kKey + kAfterKey + text_width(series[i]);
      if (x > 0 && x + wide > width) {
        x = 0;
        y += kKeyLine;
      }
      elements += svg_line(x, y, x + kKey, y, ("curve " + series_class(i)).c_str());
      elements += svg_text(x + kKey + kAfterKey, y + 4, "start", series[i]);
      x += wide + kApart;
    }
    height = series.empty() ? 0 : y - top + kKeyLine;
  }
};

}  // namespace

std::string image(const std::string& title, const Drawing& drawing, const std::vector<std::string>& series) {
  const double inner = std::max(drawing.width, text_width(title) * 1.2);  // a title is bold
  const Legend legend(series, kTitle + drawing.height + kKeyLine / 2, inner);
  const double width = inner + 2 * kMargin, height = kTitle + drawing.height + legend.height + 2 * kMargin;
  return concat(
      "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" width=\"", decimal(width, 0), "\" height=\"",
      decimal(height, 0), "\" viewBox=\"0 0 ", decimal(width, 0), " ", decimal(height, 0),
      "\" role=\"img\" aria-label=\"", html(title), "\">\n<style>\n", style_of_drawings(),
      ".page { fill: var(--card); stroke: var(--line); } svg .title { font-weight: bold; font-size: 14px; }\n",
      "</style>\n<rect x=\"0.5\" y=\"0.5\" width=\"", decimal(width - 1, 0), "\" height=\"", decimal(height - 1, 0),
      "\" rx=\"6\" class=\"page\"/>\n<g transform=\"translate(", kMargin, " ", kMargin, ")\">\n",
      svg_text(0, 12, "start", title, " class=\"title\""), "\n<g transform=\"translate(0 ", kTitle, ")\">",
      drawing.elements, "</g>\n", legend.elements, "\n</g>\n</svg>\n");
}

}  // namespace seqrec::report

#include "report/dots.h"

#include <algorithm>
#include <limits>

#include "core/concat.h"
#include "report/html.h"
#include "report/scale.h"
#include "report/svg.h"

namespace seqrec::report {
namespace {

constexpr double kDotsWide = 420, kDotsRight = 24, kDotsTop = 6, kDotsBottom = 40;  // what is plotted, and around it
constexpr double kDotLine = 9, kRowsApart = 10;                                     // of a series, and between two rows

}  // namespace

Drawing draw(const DotChart& chart) {
  double least = std::numeric_limits<double>::infinity(), most = -least, left = 0;
  std::size_t lines = 1;
  for (const DotChart::Row& row : chart.rows) {
    left = std::max(left, text_width(row.name) + 12);
    for (const Bar& dot : row.dots) {
      least = std::min(least, dot.low);
      most = std::max(most, dot.high);
      lines = std::max(lines, dot.series + 1);
    }
  }
  const double tall = kDotLine * static_cast<double>(lines) + kRowsApart;
  const double bottom = kDotsTop + tall * static_cast<double>(chart.rows.size()), right = left + kDotsWide;
  Drawing out{right + kDotsRight, bottom + kDotsBottom, ""};
  if (least > most) return out;

  const Scale scale =
      chart.logarithmic ? Scale::logarithmic_around(least, most, 7) : Scale::around(std::min(0.0, least), most, 7);
  const auto at = [&](double value) { return left + scale.share(value) * kDotsWide; };
  for (const double tick : scale.ticks()) {
    out.elements += svg_line(at(tick), kDotsTop, at(tick), bottom, "grid");
    out.elements += svg_text(at(tick), bottom + 16, "middle", scale.label(tick));
  }
  out.elements += svg_text((left + right) / 2, bottom + 34, "middle", chart.label);
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const double top = kDotsTop + tall * static_cast<double>(i);
    out.elements += svg_line(0, top, right, top, "grid");
    out.elements += svg_text(left - 8, top + tall / 2 + 4, "end", chart.rows[i].name);
    for (const Bar& dot : chart.rows[i].dots) {
      const double y = top + kRowsApart / 2 + kDotLine * (static_cast<double>(dot.series) + 0.5);
      const std::string css = series_class(dot.series);
      if (dot.low < dot.high) out.elements += svg_line(at(dot.low), y, at(dot.high), y, ("curve " + css).c_str());
      out.elements += concat("<circle cx=\"", decimal(at(dot.value), 1), "\" cy=\"", decimal(y, 1),
                             "\" r=\"3.5\" class=\"dot ", css, "\"/>");
    }
  }
  out.elements += svg_line(left, bottom, right, bottom, "axis");
  return out;
}

}  // namespace seqrec::report

#include "report/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/concat.h"
#include "report/html.h"
#include "report/scale.h"
#include "report/svg.h"

namespace seqrec::report {
namespace {

constexpr double kWidth = 480, kHeight = 260;                         // of a chart's view box
constexpr double kLeft = 86, kRight = 14, kTop = 10, kBottom = 44;    // around what is plotted
constexpr double kCellWidth = 160, kCellHeight = 14, kCellInset = 5;  // of a table's drawing
constexpr std::size_t kColours = 8;

bool drawable(const Point& point) { return std::abs(point.x) < 1e300 && std::abs(point.y) < 1e300; }

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  bool empty() const { return least > most; }
};

/// Where a point lies in the view box.
struct Plane {
  Scale x, y;
  double right = kWidth - std::max(kRight, text_width(x.label(x.high)) / 2);
  double left(double value) const { return kLeft + x.share(value) * (right - kLeft); }
  double top(double value) const { return kHeight - kBottom - y.share(value) * (kHeight - kTop - kBottom); }
};

std::string axes(const LineChart& chart, const Plane& plane) {
  std::string out;
  const double bottom = kHeight - kBottom, right = plane.right;
  for (const double tick : plane.y.ticks()) {
    out += svg_line(kLeft, plane.top(tick), right, plane.top(tick), "grid");
    out += svg_text(kLeft - 6, plane.top(tick) + 4, "end", plane.y.label(tick));
  }
  for (const double tick : plane.x.ticks()) {
    out += svg_line(plane.left(tick), bottom, plane.left(tick), bottom + 4, "axis");
    out += svg_text(plane.left(tick), bottom + 20, "middle", plane.x.label(tick));
  }
  out += svg_line(kLeft, bottom, right, bottom, "axis");
  out += svg_text((kLeft + right) / 2, kHeight - 8, "middle", chart.x_label);
  out += svg_text(12, (kTop + bottom) / 2, "middle", chart.y_label,
                  concat(" transform=\"rotate(-90 12 ", decimal((kTop + bottom) / 2, 1), ")\""));
  return out;
}

/// The lines of a curve; points that can't be told apart are drawn once.
std::string path(const Curve& curve, const Plane& plane) {
  std::string out, last;
  bool apart = true;
  for (const Point& point : curve.points) {
    if (!drawable(point)) {
      apart = true;
      continue;
    }
    const std::string at = concat(decimal(plane.left(point.x), 1), " ", decimal(plane.top(point.y), 1));
    if (apart || at != last) out += concat(apart ? "M" : "L", at);
    last = at;
    apart = false;
  }
  return out;
}

std::string drawing(const Curve& curve, const Plane& plane, const std::string& css) {
  std::string out = concat("<path d=\"", path(curve, plane), "\" class=\"curve ", css, "\"/>");
  const auto alone = std::ranges::find_if(curve.points, drawable);
  if (std::ranges::count_if(curve.points, drawable) == 1)
    out += concat("<circle cx=\"", decimal(plane.left(alone->x), 1), "\" cy=\"", decimal(plane.top(alone->y), 1),
                  "\" r=\"2.5\" class=\"dot ", css, "\"/>");
  if (curve.mark && drawable(*curve.mark))
    out += concat("<circle cx=\"", decimal(plane.left(curve.mark->x), 1), "\" cy=\"",
                  decimal(plane.top(curve.mark->y), 1), "\" r=\"5\" class=\"ring ", css, "\"/>");
  return out;
}

std::string legend(const LineChart& chart) {
  std::string out;
  for (std::size_t i = 0; i < chart.curves.size(); ++i)
    if (std::ranges::any_of(chart.curves[i].points, drawable))
      out += concat(
          "<li><svg class=\"key\" viewBox=\"0 0 24 10\" aria-hidden=\"true\"><line x1=\"0\" y1=\"5\" x2=\"24\" "
          "y2=\"5\" ",
          "class=\"curve ", series_class(i), "\"/></svg>", html(chart.curves[i].name), "</li>");
  return concat("<ul class=\"legend\">", out, "</ul>");
}

double in_cell(double value, double most) {
  const double share = most > 0 ? value / most : 0;
  return kCellInset + share * (kCellWidth - 2 * kCellInset);
}

std::string cell(const std::string& drawn) {
  return concat("<svg class=\"cell\" viewBox=\"0 0 ", kCellWidth, " ", kCellHeight, "\" aria-hidden=\"true\">", drawn,
                "</svg>");
}

}  // namespace

std::string series_class(std::size_t n) { return concat("s", n % kColours, n / kColours % 2 == 1 ? " dashed" : ""); }

Drawing draw(const LineChart& chart) {
  Drawing out{kWidth, kHeight, ""};
  Range x, y;
  for (const Curve& curve : chart.curves)
    for (const Point& point : curve.points)
      if (drawable(point)) {
        x.add(point.x);
        y.add(point.y);
      }
  if (x.empty()) return out;
  if (chart.from_zero) y.add(0);
  const Plane plane =
      chart.logarithmic
          ? Plane{Scale::logarithmic_around(x.least, x.most, 5), Scale::logarithmic_around(y.least, y.most, 6)}
          : Plane{Scale::around(x.least, x.most, 8, true), Scale::around(y.least, y.most, 6)};
  out.elements = axes(chart, plane);
  for (std::size_t i = 0; i < chart.curves.size(); ++i)
    out.elements += drawing(chart.curves[i], plane, series_class(i));
  return out;
}

std::string line_chart(const LineChart& chart) {
  const Drawing drawn = draw(chart);
  if (drawn.elements.empty()) return "";
  return concat("<figure><figcaption>", html(chart.title), "</figcaption>\n<svg class=\"chart\" viewBox=\"0 0 ",
                drawn.width, " ", drawn.height, "\" role=\"img\" aria-label=\"", html(chart.title), "\">",
                drawn.elements, "</svg>\n", legend(chart), "</figure>\n");
}

std::string interval_bar(const Bar& bar, double most) {
  const double middle = kCellHeight / 2;
  const std::string css = concat("curve ", series_class(bar.series));
  std::string drawn;
  if (bar.low < bar.high)
    drawn += svg_line(in_cell(bar.low, most), middle, in_cell(bar.high, most), middle, css.c_str());
  drawn += concat("<circle cx=\"", decimal(in_cell(bar.value, most), 1), "\" cy=\"", decimal(middle, 1),
                  "\" r=\"3.5\" class=\"dot ", series_class(bar.series), "\"/>");
  return cell(drawn);
}

std::string count_bar(double value, double most) {
  const double width = most > 0 ? value / most * kCellWidth : 0;
  return cell(concat("<rect x=\"0\" y=\"2\" width=\"", decimal(width, 1), "\" height=\"", decimal(kCellHeight - 4, 1),
                     "\" class=\"bar\"/>"));
}

}  // namespace seqrec::report

#include "report/parallel.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <string_view>

#include "core/concat.h"
#include "core/text_stream.h"
#include "core/utf8.h"
#include "report/html.h"
#include "report/svg.h"

namespace seqrec::report {
namespace {

using Rank = ParallelLine::Rank;

constexpr double kApart = 136, kBefore = 64, kAfter = 104;  // from axis to axis, and around them
constexpr double kTall = 280, kAbove = 40, kBelow = 16;
constexpr std::size_t kNameLength = 18, kWordLength = 14, kMostWords = 12;

/// At most so many characters, where a font's take 7 units each.
std::string cut(const std::string& text, std::size_t longest) {
  std::size_t characters = 0, end = 0;  // in bytes, of what stays if it is cut
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == longest - 2) end = at;
    const std::size_t length = utf8_length(std::string_view(text).substr(at));
    if (length == 0) return "?";
    at += length;
  }
  return characters <= longest ? text : text.substr(0, end) + "..";
}

/// Where the numbers of an axis lie: 0 at the bottom, 1 at the top.
class AxisRange {
 public:
  AxisRange(const ParallelAxis& axis, std::size_t at, const std::vector<ParallelLine>& lines) : axis_(axis) {
    if (!axis.words.empty()) {
      least_ = 0;
      most_ = static_cast<double>(axis.words.size() - 1);
      return;
    }
    for (const ParallelLine& line : lines) {
      least_ = std::min(least_, scaled(line.at[at]));
      most_ = std::max(most_, scaled(line.at[at]));
    }
  }
  double share(double value) const { return most_ > least_ ? (scaled(value) - least_) / (most_ - least_) : 0.5; }
  double least() const { return axis_.logarithmic ? std::exp(least_) : least_; }
  double most() const { return axis_.logarithmic ? std::exp(most_) : most_; }

 private:
  double scaled(double value) const { return axis_.logarithmic ? std::log(value) : value; }

  const ParallelAxis& axis_;
  double least_ = std::numeric_limits<double>::infinity(), most_ = -least_;
};

double across(std::size_t axis) { return kBefore + kApart * static_cast<double>(axis); }
double up(double share) { return kTall - kBelow - share * (kTall - kAbove - kBelow); }

std::string drawn_axis(const ParallelAxis& axis, const AxisRange& range, std::size_t at) {
  std::string out = svg_line(across(at), up(0), across(at), up(1), "axis") +
                    svg_text(across(at), 16, "middle", cut(axis.name, kNameLength));
  const auto label = [&](double value, const std::string& words) {
    out += svg_text(across(at) + 6, up(range.share(value)) + 4, "start", words);
  };
  if (axis.words.empty()) {
    label(range.least(), short_number(range.least()));
    if (range.most() > range.least()) label(range.most(), short_number(range.most()));
  }
  const std::size_t every = (axis.words.size() + kMostWords - 1) / kMostWords;
  for (std::size_t i = 0; i < axis.words.size(); i += every)
    label(static_cast<double>(i), cut(axis.words[i], kWordLength));
  return out;
}

const char* css_of(Rank rank) {
  switch (rank) {
    case Rank::Best: return "s1";
    case Rank::Good: return "s0";
    case Rank::Rest: break;
  }
  return "thin s7";
}

std::string key_of(Rank rank, const char* name) {
  return concat(
      "<li><svg class=\"key\" viewBox=\"0 0 24 10\" aria-hidden=\"true\"><line x1=\"0\" y1=\"5\" x2=\"24\" "
      "y2=\"5\" class=\"curve ",
      css_of(rank), "\"/></svg>", name, "</li>");
}

}  // namespace

std::string short_number(double value) {
  TextStream out;
  out << std::setprecision(4) << value;
  return out.str();
}

std::string parallel_chart(const std::string& title, const std::vector<ParallelAxis>& axes,
                           const std::vector<ParallelLine>& lines) {
  if (lines.empty()) return "";
  std::vector<AxisRange> ranges;
  for (std::size_t i = 0; i < axes.size(); ++i) ranges.emplace_back(axes[i], i, lines);
  std::string drawn;
  for (const Rank rank : {Rank::Rest, Rank::Good, Rank::Best})
    for (const ParallelLine& line : lines) {
      if (line.rank != rank) continue;
      std::string path;
      for (std::size_t i = 0; i < axes.size(); ++i)
        path += concat(i == 0 ? "M" : "L", decimal(across(i), 1), " ", decimal(up(ranges[i].share(line.at[i])), 1));
      drawn += concat("<path d=\"", path, "\" class=\"curve ", css_of(rank), "\"/>");
    }
  for (std::size_t i = 0; i < axes.size(); ++i) drawn += drawn_axis(axes[i], ranges[i], i);
  const double width = across(axes.size() - 1) + kAfter;
  return concat("<figure><figcaption>", html(title),
                "</figcaption>\n<div class=\"wide\"><svg class=\"chart parallel\" ",
                "style=\"min-width:", decimal(width / 2, 0), "px;max-width:", decimal(width * 1.2, 0),
                "px\" viewBox=\"0 0 ", decimal(width, 1), " ", kTall, "\" role=\"img\" aria-label=\"", html(title),
                "\">", drawn, "</svg></div>\n<ul class=\"legend\">", key_of(Rank::Best, "the best"),
                key_of(Rank::Good, "the best tenth"), key_of(Rank::Rest, "the others"), "</ul></figure>\n");
}

}  // namespace seqrec::report

#include "report/scale.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "report/html.h"

namespace seqrec::report {
namespace {

std::string scientific(double value, int places) {
  std::array<char, 400> text;
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, places).ptr};
}

}  // namespace

Scale Scale::around(double least, double most, int ticks, bool whole) {
  const double size = std::max(std::abs(least), std::abs(most));
  if (most - least <= size * 1e-5 || most - least < 1e-300) {  // a range must have a width
    const double aside = std::max(size * 0.1, whole ? 1 : 1e-6);
    least -= aside;
    most += aside;
  }
  const double rough = (most - least) / ticks, power = std::pow(10, std::floor(std::log10(rough)));
  Scale out;
  for (const double of : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0}) {
    out.step = of * power;
    if (whole) out.step = std::max(1.0, std::round(out.step));
    out.low = std::floor(least / out.step) * out.step;
    out.high = std::ceil(most / out.step) * out.step;
    if (std::lround((out.high - out.low) / out.step) <= ticks) break;
  }
  return out;
}

std::vector<double> Scale::ticks() const {
  std::vector<double> out;
  for (long i = 0; i <= std::lround((high - low) / step); ++i) out.push_back(low + static_cast<double>(i) * step);
  return out;
}

std::string Scale::label(double tick) const {
  const int power = static_cast<int>(std::floor(std::log10(step) + 1e-9)), places = std::max(0, -power);
  const double size = std::max(std::abs(low), std::abs(high));
  if (size >= 1e6 || places > 4) {
    const int digits = std::max(0, static_cast<int>(std::floor(std::log10(size) + 1e-9)) - power);
    return std::round(tick / step) == 0 ? "0" : scientific(tick, digits);
  }
  return places == 0 ? grouped(std::llround(tick)) : decimal(tick, places);
}

}  // namespace seqrec::report

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

/// A number's place in .., 0.5, 1, 2, 5, 10, .., of which 1 is the first, and what stands in a place.
double at_place(long place) {
  const long of_three = ((place % 3) + 3) % 3;
  return std::array{1.0, 2.0, 5.0}[static_cast<std::size_t>(of_three)] *
         std::pow(10, static_cast<double>((place - of_three) / 3));
}
long place_of(double tick) {
  const double power = std::floor(std::log10(tick) + 1e-9), digit = std::round(tick / std::pow(10, power));
  return 3 * std::lround(power) + (digit >= 5 ? 2 : digit >= 2 ? 1 : 0);
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

Scale Scale::logarithmic_around(double least, double most, int ticks) {
  const long decade = 3 * std::lround(std::floor(std::log10(least)));
  Scale out{.logarithmic = true};
  for (const long step : {1L, 3L, 6L, 9L, 30L, 90L}) {
    long low = decade - ((decade % step) + step) % step;
    while (at_place(low + step) <= least * (1 + 1e-9)) low += step;
    long high = low + step;
    while (at_place(high) < most * (1 - 1e-9)) high += step;
    out.low = at_place(low);
    out.high = at_place(high);
    out.step = static_cast<double>(step);
    if ((high - low) / step <= ticks) break;
  }
  return out;
}

double Scale::share(double value) const {
  return logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

std::vector<double> Scale::ticks() const {
  std::vector<double> out;
  if (logarithmic) {
    for (long place = place_of(low); place <= place_of(high); place += std::lround(step))
      out.push_back(at_place(place));
    return out;
  }
  for (long i = 0; i <= std::lround((high - low) / step); ++i) out.push_back(low + static_cast<double>(i) * step);
  return out;
}

std::string Scale::label(double tick) const {
  if (logarithmic) {
    if (tick >= 1e7 || tick < 1e-4) return scientific(tick, 0);
    return tick >= 1 ? grouped(std::llround(tick))
                     : decimal(tick, -static_cast<int>(std::floor(std::log10(tick) + 1e-9)));
  }
  const int power = static_cast<int>(std::floor(std::log10(step) + 1e-9)), places = std::max(0, -power);
  const double size = std::max(std::abs(low), std::abs(high));
  if (size >= 1e6 || places > 4) {
    const int digits = std::max(0, static_cast<int>(std::floor(std::log10(size) + 1e-9)) - power);
    return std::round(tick / step) == 0 ? "0" : scientific(tick, digits);
  }
  return places == 0 ? grouped(std::llround(tick)) : decimal(tick, places);
}

}  // namespace seqrec::report

#include "report/scale.h"

#include <algorithm>
#include <cmath>

#include "report/html.h"

namespace seqrec::report {

Scale Scale::around(double least, double most, int ticks, bool whole) {
  if (least == most) {  // a range must have a width
    const double aside = whole ? 1 : std::max(std::abs(least) * 0.1, 1e-6);
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
  const int places = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  return places == 0 ? grouped(std::llround(tick)) : decimal(tick, places);
}

}  // namespace seqrec::report

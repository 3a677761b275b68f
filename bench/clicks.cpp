#include "bench/clicks.h"

#include <algorithm>
#include <cmath>

Clicks::Clicks(std::int64_t items, Exponents exponents, std::uint64_t seed) : exponents_(exponents), random_(seed) {
  clicked_.resize(static_cast<std::size_t>(items));
  double sum = 0;
  for (double& clicked : clicked_) clicked = sum += power_law(exponents.clicks);
}

std::vector<std::int64_t> Clicks::session() {
  const double length = std::min<double>(power_law(exponents_.length), kLongest);
  std::vector<std::int64_t> out;
  std::uniform_real_distribution<double> clicks(0, clicked_.back());
  while (static_cast<double>(out.size()) + 1 <= length)
    out.push_back(std::ranges::upper_bound(clicked_, clicks(random_)) - clicked_.begin() + 1);
  return out;
}

double Clicks::power_law(double exponent) {
  const double u = std::uniform_real_distribution<double>(0, 1)(random_);
  return std::pow(1 - u, -1 / (exponent - 1));
}

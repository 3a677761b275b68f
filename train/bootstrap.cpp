#include "train/bootstrap.h"

#include <algorithm>
#include <numeric>

#include "core/parallel.h"
#include "core/random.h"

namespace seqrec::train {
namespace {

constexpr std::size_t kMostUnits = 20'000;
constexpr std::int64_t kResamplesAtOnce = 25;

/// The units, put together at random if there are too many.
Units bounded(const Units& units, std::uint64_t seed) {
  if (units.size() <= kMostUnits) return units;
  std::vector<std::size_t> order(units.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random(random_stream(seed, Purpose::Bootstrap)).shuffle(order);
  Units out{units.columns, std::vector<double>(kMostUnits * units.columns), units.divisor};
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t column = 0; column < units.columns; ++column)
      out.sums[i % kMostUnits * units.columns + column] += units.sums[order[i] * units.columns + column];
  return out;
}

void add_unit(const Units& units, std::size_t unit, double times, double* totals) {
  const double* const sums = units.sums.data() + unit * units.columns;
  for (std::size_t column = 0; column < units.columns; ++column) totals[column] += times * sums[column];
}

/// How often each of n units is drawn, in n draws. What a draw lacks in evenness is below n / 2^32.
std::vector<std::int32_t> draw(std::size_t n, const RandomStream& stream) {
  std::vector<std::int32_t> times(n);
  for (std::size_t i = 0; i < n; i += 4) {
    const auto numbers = stream.block(i / 4);
    for (std::size_t j = 0; j < std::min<std::size_t>(4, n - i); ++j) ++times[(numbers[j] * std::uint64_t{n}) >> 32];
  }
  return times;
}

/// Totals as means; those of `otherwise` where there is nothing to divide by.
void divide(const Units& units, double* totals, const double* otherwise) {
  const std::vector<double> before(totals, totals + units.columns);
  for (std::size_t column = 0; column < units.columns; ++column) {
    const double by = before[units.divisor[column]];
    if (units.divisor[column] == column) continue;
    totals[column] = by != 0 ? before[column] / by : otherwise ? otherwise[column] : 0;
  }
}

}  // namespace

Bootstrap bootstrap(const Units& all, std::int64_t resamples, std::uint64_t seed) {
  const Units units = bounded(all, seed);
  const std::size_t columns = units.columns, n = units.size();
  Bootstrap out{std::vector<double>(columns), std::vector<double>(static_cast<std::size_t>(resamples) * columns)};
  for (std::size_t unit = 0; unit < n; ++unit) add_unit(units, unit, 1, out.means.data());
  divide(units, out.means.data(), nullptr);
  parallel_for(resamples, kResamplesAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const auto times = draw(n, random_stream(seed, Purpose::Bootstrap, static_cast<std::uint64_t>(r) + 1));
      double* const totals = out.resamples.data() + static_cast<std::size_t>(r) * columns;
      for (std::size_t unit = 0; unit < n; ++unit)
        if (times[unit] > 0) add_unit(units, unit, times[unit], totals);
      divide(units, totals, out.means.data());
    }
  });
  return out;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> out(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
    out[order[i]] = largest;
  }
  return out;
}

}  // namespace seqrec::train

#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "bench/peak_fma.h"
#include "core/parallel.h"

namespace seqrec::bench {
namespace {

/// The least seconds of several runs.
template <class F>
double least_seconds(F run) {
  double least = INFINITY;
  for (int i = 0; i < 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

template <class T>
double measure_flops() {
  std::vector<double> done(num_threads());
  const double seconds = least_seconds([&] {
    parallel_for(num_threads(), 1, [&](std::int64_t thread, std::int64_t) {
      T sink[2] = {T(0.5), T(0.5)};
      done[thread] = static_cast<double>(kernels::cpu::multiply_adds<T>(500000, sink)) + (sink[0] < 0);
    });
  });
  double total = 0;
  for (const double count : done) total += count;
  return 2 * total / seconds;
}

double measure_bandwidth(std::size_t bytes) {
  const std::size_t half = bytes / 2;
  const std::vector<char> from(half, 1);
  std::vector<char> to(half);
  const std::size_t grain = std::max<std::size_t>(1, half / static_cast<std::size_t>(num_threads()));
  const std::size_t repeats = std::max<std::size_t>(1, (std::size_t{64} << 20) / bytes);
  const double seconds = least_seconds([&] {
    for (std::size_t i = 0; i < repeats; ++i)
      parallel_for(static_cast<std::int64_t>(half), static_cast<std::int64_t>(grain),
                   [&](std::int64_t begin, std::int64_t end) {
                     std::memcpy(to.data() + begin, from.data() + begin, static_cast<std::size_t>(end - begin));
                   });
  });
  return static_cast<double>(2 * half * repeats) / seconds;
}

}  // namespace

double peak_flops(DType dtype) {
  static const double f32 = measure_flops<float>(), f64 = measure_flops<double>();
  return dtype == DType::F64 ? f64 : f32;
}

double peak_bandwidth(double bytes) {
  static std::map<int, double> measured;  // by power of two
  const int power = std::clamp(static_cast<int>(std::lround(std::log2(std::max(1.0, bytes)))), 16, 28);
  const auto [it, absent] = measured.try_emplace(power, 0);
  if (absent) it->second = measure_bandwidth(std::size_t{1} << power);
  return it->second;
}

}  // namespace seqrec::bench

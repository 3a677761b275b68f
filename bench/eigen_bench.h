#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"

/// The parts of eigen_bench. Each prints a table, Eigen's column before ours.
namespace seqrec::bench {

/// Whether results depend on the block, the place or the address that they are computed at, and what becomes of
/// infinities and NaN.
void print_bits();
/// The worst error of each function, in units of the last place of the true value.
void print_accuracy();
/// Eigen's time, as a multiple of ours, and the speed of matrix products.
void print_speed();

template <class T>
std::vector<T> random_numbers(std::int64_t count) {
  Random random(random_stream(1, Purpose::Test));
  std::vector<T> numbers(count);
  for (T& number : numbers) number = static_cast<T>(random.normal());
  return numbers;
}

}  // namespace seqrec::bench

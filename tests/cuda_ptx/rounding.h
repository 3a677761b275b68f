#pragma once

#include <cmath>
#include <cstdint>

/// Sums of floats, rounded towards a side: from the nearest one and the exact error that it leaves.
namespace cuda_ptx {

template <class T>
struct Sum {
  T nearest, error;
};

/// a + b = nearest + error, exactly (Knuth).
template <class T>
Sum<T> two_sum(T a, T b) {
  const T sum = a + b, of_b = sum - a;
  return {sum, (a - (sum - of_b)) + (b - of_b)};
}

/// Where the exact value lies: below (-1), at (0) or above (1) the nearest float. Nothing lies beside an infinity or
/// NaN.
template <class T>
int side_of(const Sum<T>& sum, float nearest) {
  if (!std::isfinite(nearest)) return 0;
  if (sum.nearest != static_cast<T>(nearest)) return sum.nearest < static_cast<T>(nearest) ? -1 : 1;
  return (sum.error > 0) - (sum.error < 0);
}

template <class T>
float downwards(const Sum<T>& sum) {
  const auto nearest = static_cast<float>(sum.nearest);
  return side_of(sum, nearest) < 0 ? std::nextafter(nearest, -INFINITY) : nearest;
}
template <class T>
float upwards(const Sum<T>& sum) {
  const auto nearest = static_cast<float>(sum.nearest);
  return side_of(sum, nearest) > 0 ? std::nextafter(nearest, INFINITY) : nearest;
}
template <class T>
float towards_zero(const Sum<T>& sum) {
  return sum.nearest < 0 ? upwards(sum) : downwards(sum);
}

}  // namespace cuda_ptx

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/tensor.h"

namespace seqrec {
namespace {

/// `value` as T, which must hold it: floating types round it, the others don't.
template <class T>
T exactly(const char* op, double value) {
  if constexpr (std::is_integral_v<T>) {
    // The largest i64 is no double: 2^63 is the first that doesn't fit.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    const bool fits = value >= static_cast<double>(std::numeric_limits<T>::lowest()) && value < end;
    require<ShapeError>(fits && value == std::floor(value), "[", op, "] ", dtype_of<T>, " can't hold ", value);
  }
  return static_cast<T>(value);
}

}  // namespace

Tensor Tensor::full(Shape shape, double value, DType dtype, Device device) {
  const Tensor result(shape, dtype, device);
  visit_any(dtype, [&](auto type) {
    using T = decltype(type);
    const T element = exactly<T>("full", value);
    if (device == kCpu) {
      std::fill_n(result.data<T>(), result.numel(), element);
    } else {
      const Tensor host = full(shape, value, dtype);
      memory(device).copy_from_host(result.raw(), host.raw(), host.storage_->bytes());
    }
  });
  return result;
}

Tensor Tensor::arange(std::int64_t n, DType dtype, Device device) {
  require<ShapeError>(n >= 0, "[arange] expected a size of at least 0, got ", n);
  return visit_any(dtype, [&](auto type) {
    using T = decltype(type);
    if (n > 0) exactly<T>("arange", static_cast<double>(n - 1));
    const Tensor host({n}, dtype);
    for (std::int64_t i = 0; i < n; ++i) host.data<T>()[i] = static_cast<T>(i);
    return device == kCpu ? host : from_bytes(host.raw(), n, {n}, dtype, device);
  });
}

}  // namespace seqrec

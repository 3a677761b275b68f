#include "nn/initial.h"

#include <cmath>

#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/visit.h"

namespace seqrec::nn {
namespace {

/// next() for every element, one after the other.
template <class F>
void fill(Tensor& values, F&& next) {
  kernels::visit_real(values.dtype(), "initial", [&](auto zero) {
    using T = decltype(zero);
    for (T& element : values.span<T>()) element = static_cast<T>(next());
  });
}

double fan_sum(const Shape& shape) {
  require<ShapeError>(shape.rank() == 2, "xavier needs a weight [out, in], got ", shape);
  return static_cast<double>(shape[0] + shape[1]);
}

}  // namespace

Initial zeros() { return constant(0.0); }

Initial constant(double value) {
  if constexpr (!kTraining) return nullptr;
  return [value](Tensor& values, Random&) { fill(values, [value] { return value; }); };
}

Initial normal(double deviation) {
  if constexpr (!kTraining) return nullptr;
  return [deviation](Tensor& values, Random& random) { fill(values, [&] { return deviation * random.normal(); }); };
}

Initial uniform(double bound) {
  if constexpr (!kTraining) return nullptr;
  return
      [bound](Tensor& values, Random& random) { fill(values, [&] { return bound * (2.0 * random.uniform() - 1.0); }); };
}

Initial xavier_normal() {
  if constexpr (!kTraining) return nullptr;
  return [](Tensor& values, Random& random) { normal(std::sqrt(2.0 / fan_sum(values.shape())))(values, random); };
}

Initial xavier_uniform() {
  if constexpr (!kTraining) return nullptr;
  return [](Tensor& values, Random& random) { uniform(std::sqrt(6.0 / fan_sum(values.shape())))(values, random); };
}

Initial values(Tensor from) {
  return [from](Tensor& values, Random&) {
    require<ShapeError>(from.shape() == values.shape(), "expected initial values of shape ", values.shape(), ", got ",
                        from.shape());
    kernels::copy(kernels::to_device(from, kCpu), values);
  };
}

double fan_in_bound(std::int64_t fan_in) { return fan_in > 0 ? 1.0 / std::sqrt(static_cast<double>(fan_in)) : 0.0; }

}  // namespace seqrec::nn

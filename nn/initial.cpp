#include "nn/initial.h"

#include <cmath>
#include <cstdint>
#include <span>

#include "core/error.h"
#include "core/parallel.h"
#include "kernels/copy.h"
#include "kernels/visit.h"

namespace seqrec::nn {
namespace {

constexpr std::int64_t kGrain = 4096;

/// next(random) for every element, which takes so many numbers.
template <class F>
void draw(Tensor& values, Random& random, std::uint64_t numbers, F&& next) {
  kernels::visit_real(values.dtype(), "initial", [&](auto zero) {
    using T = decltype(zero);
    const std::span<T> elements = values.span<T>();
    parallel_for(std::ssize(elements), kGrain, [&](std::int64_t begin, std::int64_t end) {
      Random own = random.after(numbers * static_cast<std::uint64_t>(begin));
      for (std::int64_t i = begin; i < end; ++i) elements[static_cast<std::size_t>(i)] = static_cast<T>(next(own));
    });
  });
  random = random.after(numbers * static_cast<std::uint64_t>(values.numel()));
}

double fan_sum(const Shape& shape) {
  require<ShapeError>(shape.rank() == 2, "xavier needs a weight [out, in], got ", shape);
  return static_cast<double>(shape[0] + shape[1]);
}

}  // namespace

Initial zeros() { return constant(0.0); }

Initial constant(double value) {
  if constexpr (!kTraining) return nullptr;
  return [value](Tensor& values, Random&) { kernels::fill(value, values); };
}

Initial normal(double deviation) {
  if constexpr (!kTraining) return nullptr;
  return [deviation](Tensor& values, Random& random) {
    draw(values, random, 4, [&](Random& own) { return deviation * own.normal(); });
  };
}

Initial uniform(double bound) {
  if constexpr (!kTraining) return nullptr;
  return [bound](Tensor& values, Random& random) {
    draw(values, random, 2, [&](Random& own) { return bound * (2.0 * own.uniform() - 1.0); });
  };
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

#include "nn/init.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::nn {

Init Init::blank(DType dtype, Device device, std::int64_t elements) {
  Init init(0, dtype, device);
  init.blank_ = true;
  init.elements_left_ = elements;
  return init;
}

void Init::count(const Shape& shape) {
  std::int64_t elements = 1;
  bool fits = true;
  for (const std::int64_t size : shape) fits &= !__builtin_mul_overflow(elements, size, &elements);
  elements = std::max(elements, kSmallest);
  require<FormatError>(fits && elements <= elements_left_, "a parameter of shape ", shape,
                       " is too large for what the file holds: are the hyper-parameters another model's?");
  elements_left_ -= elements;
}

template <class F>
Tensor Init::draw(Shape shape, F&& next) {
  if (blank_) {
    count(shape);
    return Tensor(shape, dtype_, device_);
  }
  Tensor tensor(shape, dtype_);
  Random random(random_stream(seed_, Purpose::Initialise, parameter_++));
  visit_float(dtype_, "init", [&](auto zero) {
    using T = decltype(zero);
    for (T& element : tensor.span<T>()) element = static_cast<T>(next(random));
  });
  return kernels::to_device(tensor, device_);
}

static double fan_sum(const Shape& shape) {
  require<ShapeError>(shape.rank() == 2, "[init] xavier needs a weight [out, in], got ", shape);
  return static_cast<double>(shape[0] + shape[1]);
}

Tensor Init::zeros(Shape shape) { return constant(shape, 0.0); }

Tensor Init::constant(Shape shape, double value) {
  return draw(shape, [value](Random&) { return value; });
}

Tensor Init::normal(Shape shape, double deviation) {
  return draw(shape, [deviation](Random& random) { return deviation * random.normal(); });
}

Tensor Init::uniform(Shape shape, double bound) {
  return draw(shape, [bound](Random& random) { return bound * (2.0 * random.uniform() - 1.0); });
}

Tensor Init::xavier_normal(Shape shape) { return normal(shape, std::sqrt(2.0 / fan_sum(shape))); }

Tensor Init::xavier_uniform(Shape shape) { return uniform(shape, std::sqrt(6.0 / fan_sum(shape))); }

double fan_in_bound(std::int64_t fan_in) { return fan_in > 0 ? 1.0 / std::sqrt(static_cast<double>(fan_in)) : 0.0; }

}  // namespace seqrec::nn

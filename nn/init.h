#pragma once

#include <cstdint>

#include "core/random.h"
#include "core/tensor.h"

namespace seqrec::nn {

/// Makes fresh parameters on a device. Each has random numbers of its own, addressed by the seed and the order of
/// creation, so one parameter's shape doesn't change another's numbers. They are drawn on the host: the same for every
/// device.
class Init {
 public:
  Init(std::uint64_t seed, DType dtype, Device device = kCpu) : seed_(seed), dtype_(dtype), device_(device) {}
  /// Leaves the values open, for a model that a file is about to fill: FormatError once it asks for more than
  /// `elements` of them (each parameter counts for kSmallest at least), so that hostile sizes don't take the machine's
  /// memory.
  static Init blank(DType dtype, Device device, std::int64_t elements);
  static constexpr std::int64_t kSmallest = 1024;

  Tensor zeros(Shape shape);
  Tensor constant(Shape shape, double value);
  /// N(0, deviation^2).
  Tensor normal(Shape shape, double deviation);
  /// U[-bound, bound).
  Tensor uniform(Shape shape, double bound);
  /// Xavier (Glorot, Bengio 2010): N(0, 2 / (fan_in + fan_out)) for a weight [out, in].
  Tensor xavier_normal(Shape shape);
  /// U(+-sqrt(6 / (fan_in + fan_out))).
  Tensor xavier_uniform(Shape shape);

 private:
  template <class F>
  Tensor draw(Shape shape, F&& next);
  void count(const Shape& shape);

  std::uint64_t seed_;
  std::uint64_t parameter_ = 0;
  DType dtype_;
  Device device_;
  bool blank_ = false;
  std::int64_t elements_left_ = 0;  // while blank
};

/// 1 / sqrt(fan_in), 0 without inputs: PyTorch draws a layer's weights and biases from U(+- this).
double fan_in_bound(std::int64_t fan_in);

}  // namespace seqrec::nn

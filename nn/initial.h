#pragma once

#include <functional>

#include "core/random.h"
#include "core/tensor.h"

namespace seqrec::nn {

/// How a fresh parameter begins: fills a contiguous f32 or f64 tensor on the host, with random numbers that are the
/// parameter's own. One's own is any function of this form.
using Initial = std::function<void(Tensor& values, Random& random)>;

Initial zeros();
Initial constant(double value);
/// N(0, deviation^2).
Initial normal(double deviation);
/// U[-bound, bound).
Initial uniform(double bound);
/// Xavier (Glorot, Bengio 2010): N(0, 2 / (fan_in + fan_out)) for a weight [out, in]. ShapeError for another rank.
Initial xavier_normal();
/// U(+-sqrt(6 / (fan_in + fan_out))).
Initial xavier_uniform();

/// A copy of a tensor: vectors from elsewhere, numbers of a test. ShapeError for one of another shape.
Initial values(Tensor from);

/// 1 / sqrt(fan_in), 0 without inputs: PyTorch draws a layer's weights and biases from U(+- this).
double fan_in_bound(std::int64_t fan_in);

}  // namespace seqrec::nn

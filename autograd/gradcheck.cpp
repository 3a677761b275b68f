#include "autograd/gradcheck.h"

#include <cmath>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "core/random.h"
#include "kernels/copy.h"

namespace seqrec::autograd {
namespace {

constexpr double kStep = 1e-6;

Tensor random_weights(const Shape& shape) {
  Tensor weights(shape, DType::F64);
  Random random(random_stream(7, Purpose::Test));
  for (double& weight : weights.span<double>()) weight = 0.5 + random.uniform();
  return weights;
}

/// Pointers to the elements of a tensor of any strides, in row-major order.
std::vector<double*> elements(const Tensor& tensor) {
  std::vector<double*> out{tensor.data<double>()};
  if (tensor.numel() == 0) return {};
  for (int axis = 0; axis < tensor.rank(); ++axis) {
    std::vector<double*> next;
    for (double* base : out) {
      for (std::int64_t i = 0; i < tensor.size(axis); ++i) next.push_back(base + i * tensor.strides()[axis]);
    }
    out = std::move(next);
  }
  return out;
}

}  // namespace

GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs, double tolerance) {
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) {
    require<ShapeError>(input.dtype() == DType::F64, "[gradcheck] inputs must be f64, got ", input.dtype());
    variables.emplace_back(input, true);
  }
  const Variable output = function(variables);
  const Variable weights(random_weights(output.shape()));
  if (output.requires_grad()) backward(sum(output * weights));

  const auto loss = [&] {
    const NoGrad no_grad;
    return sum(function(variables) * weights).value().item();
  };
  GradcheckResult result;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Gradient& grad = variables[i].grad();
    const std::vector<double> analytic = grad.defined()
                                             ? kernels::contiguous(grad.dense()).to_vector<double>()
                                             : std::vector<double>(static_cast<std::size_t>(inputs[i].numel()));
    const std::vector<double*> places = elements(inputs[i]);
    for (std::size_t e = 0; e < places.size(); ++e) {
      const double kept = *places[e];
      *places[e] = kept + kStep;
      const double above = loss();
      *places[e] = kept - kStep;
      const double below = loss();
      *places[e] = kept;
      const double numerical = (above - below) / (2 * kStep);
      const double error = std::abs(analytic[e] - numerical) / (1 + std::abs(numerical));
      if (!(error <= result.error)) {
        result.error = error;
        result.where = concat("input ", i, ", element ", e, ": backward ", analytic[e], ", numerical ", numerical);
      }
    }
  }
  result.passed = result.error <= tolerance;
  return result;
}

}  // namespace seqrec::autograd

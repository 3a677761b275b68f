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

std::vector<double> elements(const Tensor& tensor) { return kernels::contiguous(tensor).to_vector<double>(); }

void set_elements(Tensor tensor, const std::vector<double>& elements) {
  kernels::copy(Tensor::from(elements, tensor.shape(), tensor.device()), tensor);
}

}  // namespace

GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs, double tolerance) {
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) {
    require<ShapeError>(input.dtype() == DType::F64, "[gradcheck] inputs must be f64, got ", input.dtype());
    variables.emplace_back(input, true);
  }
  const Variable output = function(variables);
  const Variable weights(kernels::to_device(random_weights(output.shape()), output.device()));
  if (output.requires_grad()) backward(sum(output * weights));

  const auto loss = [&] {
    const NoGrad no_grad;
    return sum(function(variables) * weights).value().item();
  };
  GradcheckResult result;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Gradient& grad = variables[i].grad();
    const std::vector<double> values = elements(inputs[i]);
    const std::vector<double> analytic = grad.defined() ? elements(grad.dense()) : std::vector<double>(values.size());
    const auto loss_with = [&](std::size_t element, double value) {
      std::vector<double> changed = values;
      changed[element] = value;
      set_elements(inputs[i], changed);
      return loss();
    };
    for (std::size_t e = 0; e < values.size(); ++e) {
      const double above = loss_with(e, values[e] + kStep), below = loss_with(e, values[e] - kStep);
      const double numerical = (above - below) / (2 * kStep);
      const double error = std::abs(analytic[e] - numerical) / (1 + std::abs(numerical));
      if (!(error <= result.error)) {
        result.error = error;
        result.where = concat("input ", i, ", element ", e, ": backward ", analytic[e], ", numerical ", numerical);
      }
    }
    set_elements(inputs[i], values);
  }
  result.passed = result.error <= tolerance;
  return result;
}

}  // namespace seqrec::autograd

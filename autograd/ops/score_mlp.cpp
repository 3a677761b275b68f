#include "autograd/ops/score_mlp.h"

#include "kernels/copy.h"
#include "kernels/elementwise.h"

namespace seqrec::autograd {
namespace {

std::vector<Tensor> values_of(const std::vector<Variable>& parameters) {
  std::vector<Tensor> values;
  for (const Variable& parameter : parameters) values.push_back(kernels::contiguous(parameter.value()));
  return values;
}

std::vector<Tensor> empty_like(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> out;
  for (const Tensor& tensor : tensors) out.push_back(seqrec::empty_like(tensor));
  return out;
}

std::vector<Variable> inputs_of(const Variable& x, const std::vector<Variable>& parameters) {
  std::vector<Variable> inputs{x};
  inputs.insert(inputs.end(), parameters.begin(), parameters.end());
  return inputs;
}

/// Where each hidden layer's values are kept for the backward, which else makes them again: a quarter of all products,
/// for most of a step's memory. That pays where memory is as fast as a device's.
std::vector<Tensor> space_for_hidden(const Tensor& x, const std::vector<Tensor>& parameters) {
  std::vector<Tensor> hidden;
  if (!recording() || x.device() == kCpu) return hidden;
  for (std::size_t i = 0; i + 2 < parameters.size(); i += 2)
    hidden.emplace_back(Shape{x.size(0), parameters[i].size(0)}, x.dtype(), x.device());
  return hidden;
}

}  // namespace

Variable score_mlp(const Variable& x, const std::vector<Variable>& parameters, kernels::Activation activation) {
  require<ShapeError>(x.value().rank() == 2, "[score_mlp] expected x [rows, in], got ", x.shape());
  const Tensor rows = kernels::contiguous(x.value());
  const std::vector<Tensor> values = values_of(parameters);
  const std::vector<Tensor> hidden = space_for_hidden(rows, values);
  Tensor scores({rows.size(0)}, rows.dtype(), rows.device());
  kernels::score_mlp(rows, values, activation, hidden, scores);
  const std::vector<Variable> inputs = inputs_of(x, parameters);
  return record("score_mlp", std::span(inputs), scores, [rows, values, activation, hidden](Backward& b) {
    Tensor grad_x = seqrec::empty_like(rows);
    const std::vector<Tensor> grads = empty_like(values);
    kernels::score_mlp_backward(rows, values, activation, hidden, b.grad(), grad_x, grads);
    b.give(0, grad_x);
    for (std::size_t i = 0; i < grads.size(); ++i) b.give(i + 1, grads[i]);
  });
}

// The gradients are those of the loss: each times the gradient of the loss.
Variable score_mlp_loss(const Variable& x, const std::vector<Variable>& parameters, kernels::Activation activation,
                        const Tensor& targets, const Tensor& weights) {
  require<ShapeError>(x.value().rank() == 2, "[score_mlp_loss] expected x [rows, in], got ", x.shape());
  const Tensor rows = kernels::contiguous(x.value());
  const std::vector<Tensor> values = values_of(parameters), grads = empty_like(values);
  Tensor loss({1}, rows.dtype(), rows.device()), grad_x = seqrec::empty_like(rows);
  kernels::score_mlp_loss(rows, values, activation, targets, weights, loss, grad_x, grads);
  const std::vector<Variable> inputs = inputs_of(x, parameters);
  return record("score_mlp_loss", std::span(inputs), loss.reshape({}), [grad_x, grads](Backward& b) {
    const auto give = [&b](std::size_t input, Tensor grad) {
      kernels::binary(kernels::Binary::Mul, grad, b.grad(), grad);
      b.give(input, grad);
    };
    give(0, grad_x);
    for (std::size_t i = 0; i < grads.size(); ++i) give(i + 1, grads[i]);
  });
}

}  // namespace seqrec::autograd

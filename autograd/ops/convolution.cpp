#include "autograd/ops/convolution.h"

#include <utility>

namespace seqrec::autograd {

Variable window_convolution_max(const Variable& table, const std::vector<Variable>& filters,
                                const kernels::PaddedWindows& windows) {
  require<ShapeError>(!filters.empty() && filters[0].value().rank() == 3,
                      "[window_convolution_max] filters: expected [n, height, width] for each height, got ",
                      filters.empty() ? "none" : concat(filters[0].shape()));
  const Tensor& x = table.value();
  std::vector<Tensor> weights;
  std::vector<Variable> inputs{table};
  for (const Variable& filter : filters) {
    weights.push_back(filter.value());
    inputs.push_back(filter);
  }
  Tensor out({windows.windows.size(), filters[0].shape()[0] * std::ssize(filters)}, x.dtype(), x.device());
  Tensor argmax(out.shape(), DType::I32, out.device());
  kernels::window_convolution_max(x, weights, windows, out, argmax);
  return record("window_convolution_max", std::span(std::as_const(inputs)), out,
                [x, weights, argmax, windows](Backward& b) {
                  Tensor grad_table;
                  if (b.needs(0)) grad_table = Tensor(x.shape(), x.dtype(), x.device());
                  bool needs_filters = false;
                  for (std::size_t k = 0; k < weights.size(); ++k) needs_filters |= b.needs(k + 1);
                  std::vector<Tensor> grads;
                  for (const Tensor& weight : weights)
                    if (needs_filters) grads.emplace_back(weight.shape(), x.dtype(), x.device());
                  kernels::window_convolution_max_backward(b.grad(), argmax, x, weights, windows, grad_table, grads);
                  if (grad_table.defined()) b.give(0, grad_table);
                  for (std::size_t k = 0; k < grads.size(); ++k)
                    if (b.needs(k + 1)) b.give(k + 1, grads[k]);
                });
}

}  // namespace seqrec::autograd

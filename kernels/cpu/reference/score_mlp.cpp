#include "kernels/score_mlp.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

/// y_0 = x, the hidden layers' values, the scores [rows, 1].
std::vector<Array> values_of(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation) {
  std::vector<Array> y{matrix(x)};
  for (std::size_t p = 0; p < parameters.size(); p += 2) {
    Array sums = product(y.back(), matrix(parameters[p]).transpose());
    sums.rowwise() += row(parameters[p + 1]);
    if (activation && p + 2 < parameters.size())
      sums = sums.unaryExpr([&](double element) { return evaluate(*activation, element); });
    y.push_back(sums);
  }
  return y;
}

/// The gradient of the scores goes back through the layers.
void write_gradients(const std::vector<Array>& y, const std::vector<Tensor>& parameters, Activation activation,
                     Array grad, Tensor& grad_x, const std::vector<Tensor>& grad_parameters) {
  for (std::size_t l = parameters.size() / 2; l-- > 0;) {
    write(grad_parameters[2 * l], product(grad.transpose(), y[l]));
    write(grad_parameters[2 * l + 1], grad.colwise().sum());
    grad = product(grad, matrix(parameters[2 * l]));
    if (activation && l > 0) grad *= y[l].unaryExpr([&](double v) { return derivative(*activation, NAN, v); });
  }
  write(grad_x, grad);
}

}  // namespace

void score_mlp(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
               const std::vector<Tensor>& hidden, Tensor& scores) {
  const std::vector<Array> y = values_of(x, parameters, activation);
  for (std::size_t l = 0; l < hidden.size(); ++l) write(hidden[l], y[l + 1]);
  write(scores, y.back());
}

void score_mlp_backward(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                        const std::vector<Tensor>&, const Tensor& grad_scores, Tensor& grad_x,
                        const std::vector<Tensor>& grad_parameters) {
  write_gradients(values_of(x, parameters, activation), parameters, activation, column(grad_scores), grad_x,
                  grad_parameters);
}

void score_mlp_loss(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                    const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
                    const std::vector<Tensor>& grad_parameters) {
  const std::vector<Array> y = values_of(x, parameters, activation);
  const Column s = y.back().col(0), target = column(targets), weight = column(weights);
  write(loss, row_sums((weight * (s.unaryExpr(&softplus) - s * target)).transpose()));
  write_gradients(y, parameters, activation, weight * (s.unaryExpr(&sigmoid) - target), grad_x, grad_parameters);
}

}  // namespace seqrec::kernels::reference

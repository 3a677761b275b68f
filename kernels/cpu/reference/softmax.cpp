#include "kernels/softmax.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void softmax(const Tensor& x, Tensor& y) { write(y, softmax_rows(matrix(x))); }

void log_softmax(const Tensor& x, Tensor& y) {
  Array xs = matrix(x);
  if (xs.size() > 0) xs.colwise() -= xs.rowwise().maxCoeff().eval();
  write(y, xs.colwise() - row_sums(xs.unaryExpr(&exp)).unaryExpr(&log));
}

void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  const Array ys = matrix(y), grad = matrix(grad_y);
  write(grad_x, ys * (grad.colwise() - row_sums(ys * grad)));
}

void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  const Array grad = matrix(grad_y);
  write(grad_x, grad - matrix(y).unaryExpr(&exp).colwise() * row_sums(grad));
}

}  // namespace seqrec::kernels::reference

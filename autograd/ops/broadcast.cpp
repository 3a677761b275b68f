#include "autograd/ops/broadcast.h"

#include "kernels/reduce.h"

namespace seqrec::autograd {

Tensor binary(kernels::Binary op, const Tensor& a, const Tensor& b) {
  Tensor out(broadcast(a.shape(), b.shape(), kernels::name_of(op)), a.dtype(), a.device());
  kernels::binary(op, a, b, out);
  return out;
}

Tensor choose(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const Shape both = broadcast(a.shape(), b.shape(), "where");
  Tensor out(broadcast(condition.shape(), both, "where"), a.dtype(), a.device());
  kernels::where(condition, a, b, out);
  return out;
}

Tensor number(double value, const Tensor& like) { return Tensor::full({}, value, like.dtype(), like.device()); }

Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  if (grad.shape() == shape) return grad;
  Shape padded = shape;
  while (padded.rank() < grad.rank()) padded.insert(0, 1);
  Tensor out(padded, grad.dtype(), grad.device());
  kernels::sum(grad, out);
  return out.reshape(shape);
}

}  // namespace seqrec::autograd

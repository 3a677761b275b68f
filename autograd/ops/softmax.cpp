#include "autograd/ops/softmax.h"

#include "kernels/softmax.h"

namespace seqrec::autograd {

Variable softmax(const Variable& x) {
  Tensor y = empty_like(x.value());
  kernels::softmax(x.value(), y);
  return record("softmax", {x}, y, [y](Backward& b) {
    Tensor grad = empty_like(y);
    kernels::softmax_backward(y, b.grad(), grad);
    b.give(0, grad);
  });
}

Variable log_softmax(const Variable& x) {
  Tensor y = empty_like(x.value());
  kernels::log_softmax(x.value(), y);
  return record("log_softmax", {x}, y, [y](Backward& b) {
    Tensor grad = empty_like(y);
    kernels::log_softmax_backward(y, b.grad(), grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd

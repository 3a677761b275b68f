#include "autograd/ops/dropout.h"

#include "kernels/dropout.h"

namespace seqrec::autograd {

Variable dropout(const Variable& x, double p, RandomStream stream, std::uint64_t offset) {
  Tensor y = empty_like(x.value());
  kernels::dropout(x.value(), p, stream, offset, y);
  return record("dropout", {x}, y, [p, stream, offset](Backward& b) {
    Tensor grad = empty_like(b.grad());
    kernels::dropout(b.grad(), p, stream, offset, grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd

#include "kernels/copy.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::copy(const Tensor& source, Tensor& out) {
  Arguments{"copy"}.input("out", out, source.shape(), out.dtype());
}

void check::fill(double, Tensor&) {}

Tensor contiguous(const Tensor& tensor) { return tensor.is_contiguous() ? tensor : clone(tensor); }

Tensor convert(const Tensor& tensor, DType dtype) {
  Tensor out(tensor.shape(), dtype, tensor.device());
  copy(tensor, out);
  return out;
}

Tensor clone(const Tensor& tensor) { return convert(tensor, tensor.dtype()); }

}  // namespace seqrec::kernels

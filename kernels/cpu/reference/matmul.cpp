#include "kernels/matmul.h"

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// Matrix number `batch` of [..., m, n]; a tensor without batch dimensions is the same for all.
static Tensor matrix(Tensor tensor, std::int64_t batch) {
  while (tensor.rank() > 2) {
    std::int64_t inner = 1;
    for (int axis = 1; axis + 2 < tensor.rank(); ++axis) inner *= tensor.size(axis);
    tensor = tensor.select(0, batch / inner);
    batch %= inner;
  }
  return tensor;
}

void matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write write,
            Tensor& out) {
  const Tensor left = transpose_a ? a.transpose(-1, -2) : a;
  const Tensor right = transpose_b ? b.transpose(-1, -2) : b;
  std::int64_t batches = 1;
  for (int axis = 0; axis + 2 < out.rank(); ++axis) batches *= out.size(axis);
  if (out.numel() == 0) return;
  visit_float(a.dtype(), "matmul", [&](auto t) {
    using T = decltype(t);
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      const Elements<T> x(matrix(left, batch)), y(matrix(right, batch)), to(matrix(out, batch));
      for (std::int64_t i = 0; i < out.size(-2); ++i)
        for (std::int64_t j = 0; j < out.size(-1); ++j) {
          double sum = 0;
          for (std::int64_t k = 0; k < left.size(-1); ++k) sum += static_cast<double>(x(i, k)) * y(k, j);
          to(i, j) = static_cast<T>(alpha * sum + (write == Write::Accumulate ? to(i, j) : 0));
        }
    }
  });
}

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out) {
  reference::matmul(x, false, weight, true, 1, Write::Overwrite, out);
  if (bias.defined()) reference::binary(Binary::Add, out, bias, out);
  if (activation) reference::unary(*activation, out, out);
}

}  // namespace seqrec::kernels::reference

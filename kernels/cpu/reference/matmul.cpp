#include "kernels/matmul.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write mode,
            Tensor& out) {
  if (out.rank() > 2) {  // a tensor without batch dimensions is the same for all
    for (std::int64_t i = 0; i < out.size(0); ++i) {
      Tensor to = out.select(0, i);
      reference::matmul(a.rank() == 2 ? a : a.select(0, i), transpose_a, b.rank() == 2 ? b : b.select(0, i),
                        transpose_b, alpha, mode, to);
    }
    return;
  }
  const Array left = matrix(transpose_a ? a.transpose(0, 1) : a), right = matrix(transpose_b ? b.transpose(0, 1) : b);
  Array sums = alpha * product(left, right);
  if (mode == Write::Accumulate) sums += matrix(out);
  write(out, sums);
}

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out) {
  Array z = product(matrix(x), matrix(weight).transpose());
  if (bias.defined()) z.rowwise() += row(bias);
  if (activation) z = z.unaryExpr([&](double element) { return evaluate(*activation, element); });
  write(out, z);
}

}  // namespace seqrec::kernels::reference

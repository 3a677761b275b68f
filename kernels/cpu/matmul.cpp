#include "kernels/matmul.h"

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kLarge = 1 << 20;  // multiply-adds from which one product is worth all threads

/// The offset, in elements, of matrix `batch` (of all, in row-major order) in a tensor [..., m, n]; 0 in one without
/// batch dimensions.
std::int64_t matrix_offset(const Tensor& tensor, std::int64_t batch) {
  std::int64_t offset = 0;
  for (int axis = tensor.rank() - 3; axis >= 0; --axis) {
    offset += batch % tensor.size(axis) * tensor.strides()[axis];
    batch /= tensor.size(axis);
  }
  return offset;
}

template <class T>
Strided<T> operand(const Tensor& matrix, bool transposed) {
  const Strided<T> plain = strided<T>(matrix);
  return transposed ? Strided<T>{plain.data, plain.columns, plain.rows} : plain;
}

/// Products of [m, k] and [k, n], one for each matrix of the batch.
template <class T>
void multiply_batches(std::int64_t batches, const Tensor& a, const Tensor& b, const Product<T>& first) {
  const auto product = [&](std::int64_t batch) {
    Product<T> next = first;
    next.a.data += matrix_offset(a, batch);
    next.b.data += matrix_offset(b, batch);
    next.c += batch * first.m * first.n;
    return next;
  };
  const std::int64_t work = std::max<std::int64_t>(1, first.m * first.n * first.k);
  if (work >= kLarge) {
    for (std::int64_t batch = 0; batch < batches; ++batch) multiply_parallel<T>(product(batch));
  } else {
    for_ranges(batches, std::max<std::int64_t>(1, kLarge / 8 / work), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t batch = begin; batch < end; ++batch) multiply<T>(product(batch));
    });
  }
}

}  // namespace

void matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write write,
            Tensor& out) {
  if (out.numel() == 0) return;
  const std::int64_t n = out.size(-1), k = a.size(transpose_a ? -2 : -1);
  const bool one_matrix = b.rank() == 2 && !transpose_a && a.is_contiguous();  // for all rows: one product
  const std::int64_t m = one_matrix ? out.numel() / n : out.size(-2), batches = out.numel() / (m * n);
  visit_real(a.dtype(), "matmul", [&](auto t) {
    using T = decltype(t);
    Strided<T> left = operand<T>(a, transpose_a);
    if (one_matrix) left.rows = k;
    const Product<T> product{
        m, n, k, static_cast<T>(alpha), left, operand<T>(b, transpose_b), write == Write::Accumulate, out.data<T>(), n};
    if (batches == 1)
      multiply_parallel<T>(product);
    else
      multiply_batches<T>(batches, a, b, product);
  });
}

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out) {
  visit_real(x.dtype(), "linear", [&](auto t) {
    using T = decltype(t);
    const Tensor shift = bias.defined() ? contiguous(bias) : bias;
    const std::int64_t width = out.size(1);
    const auto finish = [&](std::int64_t begin, std::int64_t end) {
      if (shift.defined())
        for (std::int64_t i = begin; i < end; ++i) row_add<T>(width, shift.data<T>(), out.data<T>() + i * width);
      if (activation) {
        Tensor rows = out.slice(0, begin, end);
        unary(*activation, rows, rows);
      }
    };
    multiply_parallel<T>({out.size(0), width, x.size(1), T{1}, strided<T>(x), strided<T>(weight.transpose(0, 1)), false,
                          out.data<T>(), width},
                         finish);
  });
}

}  // namespace seqrec::kernels::cpu

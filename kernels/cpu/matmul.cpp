#include "kernels/matmul.h"

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/rows.h"

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
void multiply_batches(const Tensor& a, const Tensor& b, T alpha, bool add, Tensor& out) {
  const std::int64_t m = out.size(-2), n = out.size(-1), k = a.size(-1), batches = out.numel() / (m * n);
  const auto product = [&](std::int64_t batch) {
    Strided<T> left = strided<T>(a), right = strided<T>(b);
    left.data += matrix_offset(a, batch);
    right.data += matrix_offset(b, batch);
    return Product<T>{m, n, k, alpha, left, right, add, out.data<T>() + batch * m * n, n};
  };
  const std::int64_t work = std::max<std::int64_t>(1, m * n * k);
  if (batches == 1 || work >= kLarge) {
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
  Tensor left = transpose_a ? a.transpose(-1, -2) : a;
  const Tensor right = transpose_b ? b.transpose(-1, -2) : b;
  Tensor to = out;
  if (right.rank() == 2 && left.rank() > 2 && left.is_contiguous()) {  // one matrix for all: one product
    const std::int64_t rows = out.numel() / out.size(-1);
    left = left.reshape({rows, left.size(-1)});
    to = to.reshape({rows, to.size(-1)});
  }
  visit_float(a.dtype(), "matmul", [&](auto t) {
    using T = decltype(t);
    multiply_batches<T>(left, right, static_cast<T>(alpha), write == Write::Accumulate, to);
  });
}

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out) {
  visit_float(x.dtype(), "linear", [&](auto t) {
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

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/map.h"
#include "kernels/matmul.h"
#include "kernels/precision.h"

namespace seqrec::kernels::cuda {
namespace {

/// Row-major matrices: rows `leading` elements apart, matrices `batch` apart.
template <class T>
struct Matrices {
  T* data;
  bool transposed;
  std::int64_t leading;
  std::int64_t batch = 0;
};

template <class T>
Matrices<T> matrices(const Tensor& tensor, bool transposed = false) {
  const bool rows = tensor.size(-2) > 1;
  return {tensor.data<T>(), transposed, rows ? tensor.strides()[-2] : std::max<std::int64_t>(1, tensor.size(-1))};
}

/// The first element of each matrix that makes one of `out`, in the shape of out's batches.
Tensor first_elements(const Tensor& tensor, const Tensor& out) {
  Tensor first = tensor.select(-1, 0).select(-1, 0);
  if (first.rank() == out.rank() - 2) return first;
  Shape batches = out.shape();
  batches.erase(-1);
  batches.erase(-1);
  return first.expand(batches);
}

/// How cuBLAS multiplies.
template <class T>
cublasComputeType_t compute_type() {
  if (std::is_same_v<T, double>) return CUBLAS_COMPUTE_64F;
  switch (product_precision()) {
    case ProductPrecision::F32: return CUBLAS_COMPUTE_32F;
    case ProductPrecision::Tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
    case ProductPrecision::Bf16: return CUBLAS_COMPUTE_32F_FAST_16BF;
  }
  return CUBLAS_COMPUTE_32F;
}

/// c [m, n] = alpha a b + beta c, `count` times. Row-major c is column-major c^T = b^T a^T.
template <class T>
void gemm(Context& gpu, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const Matrices<T>& a,
          const Matrices<T>& b, T beta, const Matrices<T>& c, std::int64_t count) {
  const cublasHandle_t handle = gpu.cublas();
  const cublasOperation_t of_a = a.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t of_b = b.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  constexpr cudaDataType kType = std::is_same_v<T, float> ? CUDA_R_32F : CUDA_R_64F;
  if (count == 1) {  // what it knows of single products is more
    CUBLAS_CALL(cublasGemmEx_64, handle, of_b, of_a, n, m, k, &alpha, b.data, kType, b.leading, a.data, kType,
                a.leading, &beta, c.data, kType, c.leading, compute_type<T>(), CUBLAS_GEMM_DEFAULT);
  } else {
    CUBLAS_CALL(cublasGemmStridedBatchedEx_64, handle, of_b, of_a, n, m, k, &alpha, b.data, kType, b.leading, b.batch,
                a.data, kType, a.leading, a.batch, &beta, c.data, kType, c.leading, c.batch, count, compute_type<T>(),
                CUBLAS_GEMM_DEFAULT);
  }
}

/// What follows a product in one pass.
template <class T>
struct AddAndApply {
  Unary op;

  __device__ T operator()(T product, T bias) const { return evaluate(op, product + bias); }
};

}  // namespace

// Within the backend `out` may have padded rows too.
void matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, double alpha, Write write,
            Tensor& out) {
  const std::int64_t n = out.size(-1), k = a.size(transpose_a ? -2 : -1);
  if (out.numel() == 0) return;
  if (k == 0) {
    if (write == Write::Overwrite) fill(0, out);
    return;
  }
  Context& gpu = context(out);
  // The longest axis of batches that all operands walk evenly is one call's, the others are walked here.
  enum { kA, kB, kOut };
  const auto layout = cuda::strided(first_elements(a, out), first_elements(b, out), first_elements(out, out));
  const int axis = static_cast<int>(std::max_element(layout.sizes, layout.sizes + layout.rank) - layout.sizes);
  visit_float(a.dtype(), "matmul", [&](auto t) {
    using T = decltype(t);
    Matrices<T> left = matrices<T>(a, transpose_a), right = matrices<T>(b, transpose_b), to = matrices<T>(out);
    std::int64_t m = out.size(-2), count = 1;
    Strided<3> outer = layout;
    if (layout.rank > 0) {
      count = layout.sizes[axis];
      left.batch = layout.strides[kA][axis];
      right.batch = layout.strides[kB][axis];
      to.batch = layout.strides[kOut][axis];
      outer.size /= count;
      outer.sizes[axis] = 1;
      // The same b for rows that follow each other: one product.
      if (right.batch == 0 && !transpose_a && left.batch == m * left.leading && to.batch == m * to.leading) {
        m *= count;
        count = 1;
      }
    }
    for (std::int64_t i = 0; i < outer.size; ++i) {
      Matrices<T> x = left, y = right, z = to;
      x.data += outer.offset(kA, i);
      y.data += outer.offset(kB, i);
      z.data += outer.offset(kOut, i);
      gemm<T>(gpu, m, n, k, static_cast<T>(alpha), x, y, write == Write::Accumulate ? T(1) : T(0), z, count);
    }
  });
}

void linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation, Tensor& out) {
  cuda::matmul(x, false, weight, true, 1, Write::Overwrite, out);
  if (!bias.defined()) {
    if (activation) cuda::unary(*activation, out, out);
  } else if (!activation) {
    cuda::binary(Binary::Add, out, bias, out);
  } else {
    visit_float(out.dtype(), "linear", [&](auto t) {
      using T = decltype(t);
      map<T>(AddAndApply<T>{*activation}, out, out, bias.expand(out.shape()));
    });
  }
}

}  // namespace seqrec::kernels::cuda

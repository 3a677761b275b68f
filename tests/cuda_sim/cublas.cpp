// The part of cuBLAS that kernels/cuda calls, as obvious loops: proves argument order, leading dimensions, transposes,
// alpha and beta.
#include <cstdint>

#include <cublas_v2.h>

#include "kernels/precision.h"
#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/streams.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
};

namespace {

/// A matrix in device memory, column-major, read transposed if asked.
template <class T>
struct Matrix {
  T* data;
  std::int64_t leading;
  bool transposed;
  T& operator()(std::int64_t row, std::int64_t column) const {
    return transposed ? data[column + row * leading] : data[row + column * leading];
  }
};

/// The bytes that a rows x columns matrix spans, refused unless they are the device's.
void check_matrix(const char* name, const void* data, std::int64_t rows, std::int64_t columns, std::int64_t leading,
                  std::size_t element, cudaStream_t stream) {
  if (rows == 0 || columns == 0) return;
  const std::size_t bytes = static_cast<std::size_t>((columns - 1) * leading + rows) * element;
  if (cuda_sim::device_of(data, bytes) != stream->device) {
    cuda_sim::fail(std::string("cublas: matrix ") + name + " isn't within one block of the device's memory");
  }
}

using seqrec::kernels::ProductPrecision;

double operand(double x, ProductPrecision) { return x; }
double operand(float x, ProductPrecision precision) { return seqrec::kernels::rounded(x, precision); }

template <class T>
cublasStatus_t gemm(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, std::int64_t m,
                    std::int64_t n, std::int64_t k, const T* alpha, const T* a, std::int64_t lda, long long stride_a,
                    const T* b, std::int64_t ldb, long long stride_b, const T* beta, T* c, std::int64_t ldc,
                    long long stride_c, std::int64_t count, ProductPrecision precision = ProductPrecision::F32) {
  const bool ta = op_a != CUBLAS_OP_N, tb = op_b != CUBLAS_OP_N;
  const auto at_least = [](std::int64_t leading, std::int64_t rows) { return leading >= (rows > 1 ? rows : 1); };
  if (m < 0 || n < 0 || k < 0 || count < 0 || !at_least(lda, ta ? k : m) || !at_least(ldb, tb ? n : k) ||
      !at_least(ldc, m)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const std::scoped_lock lock(cuda_sim::mutex());
  if (handle->stream == nullptr) cuda_sim::fail("cublas: no stream was set");
  const T scale = *alpha, keep = *beta;
  for (std::int64_t batch = 0; batch < count; ++batch) {
    if (scale != 0) {
      check_matrix("A", a + batch * stride_a, ta ? k : m, ta ? m : k, lda, sizeof(T), handle->stream);
      check_matrix("B", b + batch * stride_b, tb ? n : k, tb ? k : n, ldb, sizeof(T), handle->stream);
    }
    check_matrix("C", c + batch * stride_c, m, n, ldc, sizeof(T), handle->stream);
  }
  cuda_sim::count_product();
  cuda_sim::enqueue(handle->stream, [=] {
    for (std::int64_t batch = 0; batch < count; ++batch) {
      const Matrix<const T> left{a + batch * stride_a, lda, ta}, right{b + batch * stride_b, ldb, tb};
      const Matrix<T> out{c + batch * stride_c, ldc, false};
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < m; ++i) {
          double sum = 0;
          for (std::int64_t p = 0; p < k; ++p) sum += operand(left(i, p), precision) * operand(right(p, j), precision);
          // What beta = 0 overwrites may be NaN.
          out(i, j) = static_cast<T>(scale * sum + (keep == 0 ? 0.0 : static_cast<double>(keep) * out(i, j)));
        }
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void* workspace, std::size_t bytes) {
  return cuda_sim::device_of(workspace, bytes) >= 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_INVALID_VALUE ? "an invalid value" : "a status that the simulator doesn't name";
}

// What cuda_bench measures beside, and tests call themselves.
cublasStatus_t cublasSgemm_v2_64(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, std::int64_t m,
                                 std::int64_t n, std::int64_t k, const float* alpha, const float* a, std::int64_t lda,
                                 const float* b, std::int64_t ldb, const float* beta, float* c, std::int64_t ldc) {
  return gemm(handle, op_a, op_b, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

cublasStatus_t cublasGemmStridedBatchedEx_64(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
                                             std::int64_t m, std::int64_t n, std::int64_t k, const void* alpha,
                                             const void* a, cudaDataType_t type_a, std::int64_t lda, long long stride_a,
                                             const void* b, cudaDataType_t type_b, std::int64_t ldb, long long stride_b,
                                             const void* beta, void* c, cudaDataType_t type_c, std::int64_t ldc,
                                             long long stride_c, std::int64_t count, cublasComputeType_t compute,
                                             cublasGemmAlgo_t) {
  if (type_a != type_b || type_b != type_c) return CUBLAS_STATUS_NOT_SUPPORTED;
  const auto run = [&](auto zero, ProductPrecision precision) {
    using T = decltype(zero);
    return gemm(handle, op_a, op_b, m, n, k, static_cast<const T*>(alpha), static_cast<const T*>(a), lda, stride_a,
                static_cast<const T*>(b), ldb, stride_b, static_cast<const T*>(beta), static_cast<T*>(c), ldc, stride_c,
                count, precision);
  };
  if (type_a == CUDA_R_64F && compute == CUBLAS_COMPUTE_64F) return run(double{}, ProductPrecision::F32);
  if (type_a == CUDA_R_32F && compute == CUBLAS_COMPUTE_32F) return run(float{}, ProductPrecision::F32);
  if (type_a == CUDA_R_32F && compute == CUBLAS_COMPUTE_32F_FAST_TF32) return run(float{}, ProductPrecision::Tf32);
  if (type_a == CUDA_R_32F && compute == CUBLAS_COMPUTE_32F_FAST_16BF) return run(float{}, ProductPrecision::Bf16);
  return CUBLAS_STATUS_NOT_SUPPORTED;
}
cublasStatus_t cublasGemmEx_64(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, std::int64_t m,
                               std::int64_t n, std::int64_t k, const void* alpha, const void* a, cudaDataType_t type_a,
                               std::int64_t lda, const void* b, cudaDataType_t type_b, std::int64_t ldb,
                               const void* beta, void* c, cudaDataType_t type_c, std::int64_t ldc,
                               cublasComputeType_t compute, cublasGemmAlgo_t algorithm) {
  return cublasGemmStridedBatchedEx_64(handle, op_a, op_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b, ldb, 0, beta,
                                       c, type_c, ldc, 0, 1, compute, algorithm);
}
}

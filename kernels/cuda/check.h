#pragma once

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include "kernels/cuda/libraries.h"

namespace seqrec::kernels::cuda {

/// DeviceError "[cudaMalloc] failed: out of memory (code 2)" unless the call succeeded.
void check(cudaError_t code, const char* call);
void check(cublasStatus_t code, const char* call);
void check(cudnnStatus_t code, const char* call);

}  // namespace seqrec::kernels::cuda

// Every call goes through one of these: CUDA_CALL(cudaMalloc, &data, bytes).
#define CUDA_CALL(function, ...) ::seqrec::kernels::cuda::check(function(__VA_ARGS__), #function)
#define CUBLAS_CALL(function, ...) \
  ::seqrec::kernels::cuda::check(SEQREC_LOADED(Cublas, function)(__VA_ARGS__), #function)
#define CUDNN_CALL(function, ...) ::seqrec::kernels::cuda::check(SEQREC_LOADED(Cudnn, function)(__VA_ARGS__), #function)

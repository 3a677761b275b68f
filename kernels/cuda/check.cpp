#include "kernels/cuda/check.h"

#include "core/error.h"
#include "kernels/cuda/launch.h"

namespace seqrec::kernels::cuda {

static void fail(const char* call, const char* text, int code) {
  throw DeviceError(concat("[", call, "] failed: ", text, " (code ", code, ")"));
}

void check(cudaError_t code, const char* call) {
  if (code != cudaSuccess) fail(call, cudaGetErrorString(code), code);
}

void check(cublasStatus_t code, const char* call) {
  if (code != CUBLAS_STATUS_SUCCESS) fail(call, SEQREC_LOADED(Cublas, cublasGetStatusString)(code), code);
}

void check(cudnnStatus_t code, const char* call) {
  if (code != CUDNN_STATUS_SUCCESS) fail(call, SEQREC_LOADED(Cudnn, cudnnGetErrorString)(code), code);
}

void check_launch(cudaError_t code, const Launch& shape) {
  if (code == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // it would show at the next launch
  const auto text = [](const dim3& size) { return concat(size.x, " x ", size.y, " x ", size.z); };
  const std::string place = concat("kernel at ", shape.file, ":", shape.line, " with ", text(shape.grid), " blocks of ",
                                   text(shape.block), " threads, ", shape.shared, " shared bytes");
  fail(place.c_str(), cudaGetErrorString(code), code);
}

}  // namespace seqrec::kernels::cuda

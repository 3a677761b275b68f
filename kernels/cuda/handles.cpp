#include "kernels/cuda/handles.h"

namespace seqrec::kernels::cuda {

// Errors are ignored: nothing can be done about them, and the driver may be gone at the program's end.
void detail::destroy(cudaStream_t stream) { static_cast<void>(cudaStreamDestroy(stream)); }
void detail::destroy(cudaEvent_t event) { static_cast<void>(cudaEventDestroy(event)); }
void detail::destroy(cublasHandle_t handle) { static_cast<void>(SEQREC_LOADED(Cublas, cublasDestroy)(handle)); }
void detail::destroy(cudnnHandle_t handle) { static_cast<void>(SEQREC_LOADED(Cudnn, cudnnDestroy)(handle)); }
void detail::destroy(cudnnTensorDescriptor_t descriptor) {
  static_cast<void>(SEQREC_LOADED(Cudnn, cudnnDestroyTensorDescriptor)(descriptor));
}

Stream make_stream() {
  cudaStream_t stream = nullptr;
  CUDA_CALL(cudaStreamCreateWithFlags, &stream, cudaStreamNonBlocking);
  return Stream(stream);
}

Event make_event(bool timing) {
  cudaEvent_t event = nullptr;
  CUDA_CALL(cudaEventCreateWithFlags, &event, timing ? cudaEventDefault : cudaEventDisableTiming);
  return Event(event);
}

CublasHandle make_cublas(cudaStream_t stream) {
  cublasHandle_t handle = nullptr;
  CUBLAS_CALL(cublasCreate, &handle);
  CublasHandle owner(handle);
  CUBLAS_CALL(cublasSetStream, handle, stream);
  return owner;
}

CudnnHandle make_cudnn(cudaStream_t stream) {
  cudnnHandle_t handle = nullptr;
  CUDNN_CALL(cudnnCreate, &handle);
  CudnnHandle owner(handle);
  CUDNN_CALL(cudnnSetStream, handle, stream);
  return owner;
}

TensorDescriptor make_tensor_descriptor(cudnnDataType_t type, int n, int c, int h, int w) {
  cudnnTensorDescriptor_t descriptor = nullptr;
  CUDNN_CALL(cudnnCreateTensorDescriptor, &descriptor);
  TensorDescriptor owner(descriptor);
  CUDNN_CALL(cudnnSetTensor4dDescriptor, descriptor, CUDNN_TENSOR_NCHW, type, n, c, h, w);
  return owner;
}

}  // namespace seqrec::kernels::cuda

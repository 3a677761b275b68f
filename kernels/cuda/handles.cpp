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
void detail::destroy(cudnnDropoutDescriptor_t descriptor) {
  static_cast<void>(SEQREC_LOADED(Cudnn, cudnnDestroyDropoutDescriptor)(descriptor));
}
void detail::destroy(cudnnRNNDescriptor_t descriptor) {
  static_cast<void>(SEQREC_LOADED(Cudnn, cudnnDestroyRNNDescriptor)(descriptor));
}
void detail::destroy(cudnnRNNDataDescriptor_t descriptor) {
  static_cast<void>(SEQREC_LOADED(Cudnn, cudnnDestroyRNNDataDescriptor)(descriptor));
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

TensorDescriptor make_tensor_descriptor() {
  cudnnTensorDescriptor_t descriptor = nullptr;
  CUDNN_CALL(cudnnCreateTensorDescriptor, &descriptor);
  return TensorDescriptor(descriptor);
}

TensorDescriptor make_tensor_descriptor(cudnnDataType_t type, int n, int c, int h, int w) {
  TensorDescriptor owner = make_tensor_descriptor();
  CUDNN_CALL(cudnnSetTensor4dDescriptor, owner.get(), CUDNN_TENSOR_NCHW, type, n, c, h, w);
  return owner;
}

TensorDescriptor make_tensor_descriptor(cudnnDataType_t type, int layers, int rows, int width) {
  TensorDescriptor owner = make_tensor_descriptor();
  const int sizes[] = {layers, rows, width}, strides[] = {rows * width, width, 1};
  CUDNN_CALL(cudnnSetTensorNdDescriptor, owner.get(), type, 3, sizes, strides);
  return owner;
}

DropoutDescriptor make_dropout_descriptor(cudnnHandle_t handle) {
  cudnnDropoutDescriptor_t descriptor = nullptr;
  CUDNN_CALL(cudnnCreateDropoutDescriptor, &descriptor);
  DropoutDescriptor owner(descriptor);
  CUDNN_CALL(cudnnSetDropoutDescriptor, descriptor, handle, 0, nullptr, 0, 0);
  return owner;
}

RnnDescriptor make_gru_descriptor(cudnnDataType_t type, int in, int width, const DropoutDescriptor& none) {
  cudnnRNNDescriptor_t descriptor = nullptr;
  CUDNN_CALL(cudnnCreateRNNDescriptor, &descriptor);
  RnnDescriptor owner(descriptor);
  CUDNN_CALL(cudnnSetRNNDescriptor_v8, descriptor, CUDNN_RNN_ALGO_STANDARD, CUDNN_GRU, CUDNN_RNN_DOUBLE_BIAS,
             CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT, type, type,
             type == CUDNN_DATA_FLOAT ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH, in, width, width, 1, none.get(), 0);
  return owner;
}

RnnDataDescriptor make_packed_descriptor(cudnnDataType_t type, const std::vector<int>& lengths, int width) {
  cudnnRNNDataDescriptor_t descriptor = nullptr;
  CUDNN_CALL(cudnnCreateRNNDataDescriptor, &descriptor);
  RnnDataDescriptor owner(descriptor);
  CUDNN_CALL(cudnnSetRNNDataDescriptor, descriptor, type, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED, lengths.front(),
             static_cast<int>(lengths.size()), width, lengths.data(), nullptr);
  return owner;
}

}  // namespace seqrec::kernels::cuda

// The part of cuDNN that kernels/cuda calls, as obvious loops. It proves arguments, not what cuDNN supports.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tests/cuda_sim/cudnn_objects.h"
#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/streams.h"

namespace {

/// Over c for every (n, h, w), as CUDNN_SOFTMAX_MODE_CHANNEL.
template <class T>
void softmax_channels(const cudnnTensorStruct& shape, T alpha, const T* x, T beta, T* y) {
  const std::int64_t inner = std::int64_t{shape.h} * shape.w;
  for (std::int64_t i = 0; i < shape.n * inner; ++i) {
    const std::int64_t first = i / inner * shape.c * inner + i % inner;
    double largest = -INFINITY, sum = 0;
    for (int c = 0; c < shape.c; ++c) largest = std::max(largest, static_cast<double>(x[first + c * inner]));
    for (int c = 0; c < shape.c; ++c) sum += std::exp(x[first + c * inner] - largest);
    for (int c = 0; c < shape.c; ++c) {
      T& out = y[first + c * inner];
      out = static_cast<T>(alpha * std::exp(x[first + c * inner] - largest) / sum + (beta == 0 ? 0 : beta * out));
    }
  }
}

template <class T>
void enqueue_softmax(cudaStream_t stream, const cudnnTensorStruct& shape, const void* alpha, const void* x,
                     const void* beta, void* y) {
  const T scale = *static_cast<const T*>(alpha), keep = *static_cast<const T*>(beta);
  const auto bytes = static_cast<std::size_t>(shape.size()) * sizeof(T);
  if (cuda_sim::device_of(x, bytes) != stream->device || cuda_sim::device_of(y, bytes) != stream->device) {
    cuda_sim::fail("cudnn: a tensor isn't within one block of the device's memory");
  }
  cuda_sim::enqueue(stream,
                    [=] { softmax_channels(shape, scale, static_cast<const T*>(x), keep, static_cast<T*>(y)); });
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  *handle = new cudnnContext;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_BAD_PARAM ? "CUDNN_STATUS_BAD_PARAM" : "a status that the simulator doesn't name";
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* descriptor) {
  *descriptor = new cudnnTensorStruct{};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t descriptor, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w) {
  if (format != CUDNN_TENSOR_NCHW || n <= 0 || c <= 0 || h <= 0 || w <= 0) return CUDNN_STATUS_BAD_PARAM;
  *descriptor = {type, n, c, h, w};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t descriptor, cudnnDataType_t type, int dimensions,
                                         const int sizes[], const int strides[]) {
  if (dimensions != 3 || strides[2] != 1 || strides[1] != sizes[2] || strides[0] != sizes[1] * sizes[2])
    return CUDNN_STATUS_BAD_PARAM;
  *descriptor = {type, sizes[0], sizes[1], sizes[2], 1};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSoftmaxForward(cudnnHandle_t handle, cudnnSoftmaxAlgorithm_t algorithm, cudnnSoftmaxMode_t mode,
                                  const void* alpha, const cudnnTensorDescriptor_t x_shape, const void* x,
                                  const void* beta, const cudnnTensorDescriptor_t y_shape, void* y) {
  if (algorithm != CUDNN_SOFTMAX_ACCURATE || mode != CUDNN_SOFTMAX_MODE_CHANNEL) return CUDNN_STATUS_BAD_PARAM;
  if (x_shape->type != y_shape->type || x_shape->size() != y_shape->size()) return CUDNN_STATUS_BAD_PARAM;
  if (x_shape->type == CUDNN_DATA_FLOAT) {
    enqueue_softmax<float>(handle->stream, *x_shape, alpha, x, beta, y);
  } else {
    enqueue_softmax<double>(handle->stream, *x_shape, alpha, x, beta, y);
  }
  return CUDNN_STATUS_SUCCESS;
}
}

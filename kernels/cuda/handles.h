#pragma once

#include <span>
#include <utility>
#include <vector>

#include "kernels/cuda/check.h"

/// CUDA's, cuBLAS's and cuDNN's objects, each destroyed with its owner. Made on the current device.
namespace seqrec::kernels::cuda {

/// An object that `destroy` takes away; destroying never throws.
template <class T, void (*destroy)(T)>
class Handle {
 public:
  explicit Handle(T handle) : handle_(handle) {}
  ~Handle() {
    if (handle_ != nullptr) destroy(handle_);
  }
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  T get() const { return handle_; }

 private:
  T handle_;
};

namespace detail {
void destroy(cudaStream_t stream);
void destroy(cudaEvent_t event);
void destroy(cublasHandle_t handle);
void destroy(cudnnHandle_t handle);
void destroy(cudnnTensorDescriptor_t descriptor);
void destroy(cudnnDropoutDescriptor_t descriptor);
void destroy(cudnnRNNDescriptor_t descriptor);
void destroy(cudnnRNNDataDescriptor_t descriptor);
}  // namespace detail

using Stream = Handle<cudaStream_t, detail::destroy>;
using Event = Handle<cudaEvent_t, detail::destroy>;
using CublasHandle = Handle<cublasHandle_t, detail::destroy>;
using CudnnHandle = Handle<cudnnHandle_t, detail::destroy>;
using TensorDescriptor = Handle<cudnnTensorDescriptor_t, detail::destroy>;
using DropoutDescriptor = Handle<cudnnDropoutDescriptor_t, detail::destroy>;
using RnnDescriptor = Handle<cudnnRNNDescriptor_t, detail::destroy>;
using RnnDataDescriptor = Handle<cudnnRNNDataDescriptor_t, detail::destroy>;

/// Not ordered with the default stream.
Stream make_stream();
/// `timing`: for elapsed times; else only an order.
Event make_event(bool timing = false);
CublasHandle make_cublas(cudaStream_t stream);
CudnnHandle make_cudnn(cudaStream_t stream);
/// A contiguous tensor of 4 dimensions (cuDNN's order: n, c, h, w).
TensorDescriptor make_tensor_descriptor(cudnnDataType_t type, int n, int c, int h, int w);
/// Of three dimensions, and one that cuDNN fills in.
TensorDescriptor make_tensor_descriptor(cudnnDataType_t type, int layers, int rows, int width);
TensorDescriptor make_tensor_descriptor();
/// Of no dropout.
DropoutDescriptor make_dropout_descriptor(cudnnHandle_t handle);
/// One layer of a GRU with two biases, computed in its own type.
RnnDescriptor make_gru_descriptor(cudnnDataType_t type, int in, int width, const DropoutDescriptor& none);
/// Rows of sequences of falling lengths: the first of all, then the second of all that have one, and so on.
RnnDataDescriptor make_packed_descriptor(cudnnDataType_t type, const std::vector<int>& lengths, int width);

}  // namespace seqrec::kernels::cuda

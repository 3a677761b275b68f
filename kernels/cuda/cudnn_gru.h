#pragma once

#include <cstdint>

#include "core/windows.h"
#include "kernels/cuda/context.h"

namespace seqrec::kernels::cuda {

/// What a GRU learns, or the gradients of that: w_ih [3 width, in], w_hh [3 width, width], b_ih and b_hh [3 width].
struct GruWeights {
  Tensor w_ih, w_hh, b_ih, b_hh;
};

/// cuDNN's GRU over windows, the yardstick of ours (docs/cuda.md says why no model uses it). It takes x of every entry,
/// and multiplies it by w_ih itself. Rows are *packed*: the first entries of all windows by falling length, then the
/// second ones, and so on. f32 and f64.
class CudnnGru {
 public:
  /// At least one window must hold a value. DeviceError without cuDNN.
  CudnnGru(const Windows& windows, std::int64_t in, std::int64_t width, DType dtype, Device device);

  /// Of each packed row: its entry (core/windows.h), and its value.
  const Index& entries() const { return entries_; }
  const Index& values() const { return values_; }

  /// All on the device, contiguous.
  void set_weights(const GruWeights& weights);
  /// x [rows, in], states [rows, width], packed, contiguous. Keeps what `backward` needs.
  void forward(const Tensor& x, Tensor& states);
  /// After `forward`, whose tensors these are. Overwrites grad_x and the weights' gradients.
  void backward(const Tensor& x, const Tensor& states, const Tensor& grad_states, Tensor& grad_x, GruWeights& grads);

 private:
  enum class Way { In, Out };
  void copy_weights(Way way, const Tensor& space, const GruWeights& weights) const;

  Context& gpu_;
  Index entries_, values_;
  DropoutDescriptor dropout_;  // none
  RnnDescriptor rnn_;
  RnnDataDescriptor x_, states_;
  TensorDescriptor h_;
  Tensor weights_, grads_, work_, reserve_;  // bytes, in cuDNN's order
};

}  // namespace seqrec::kernels::cuda

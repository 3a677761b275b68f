#include "kernels/cuda/cudnn_gru.h"

#include <vector>

namespace seqrec::kernels::cuda {
namespace {

cudnnDataType_t type_of(DType dtype) { return dtype == DType::F32 ? CUDNN_DATA_FLOAT : CUDNN_DATA_DOUBLE; }

/// The lengths of the windows that aren't empty, by falling length.
std::vector<int> lengths_of(const Windows& windows) {
  std::vector<int> lengths;
  for (std::int64_t i = 0; i < windows.longer_than(0); ++i) lengths.push_back(windows.length(windows.by_length()[i]));
  require<ShapeError>(!lengths.empty(), "[cudnn_gru] needs a window that isn't empty");
  return lengths;
}

/// For every packed row first[window] + step.
Index packed(const Windows& windows, std::span<const std::int32_t> first) {
  std::vector<std::int32_t> rows;
  for (std::int32_t step = 0; step < windows.max_length(); ++step)
    for (std::int64_t i = 0; i < windows.longer_than(step); ++i) rows.push_back(first[windows.by_length()[i]] + step);
  return Index(std::move(rows));
}

Tensor bytes_on(std::size_t bytes, Device device) {
  return Tensor({static_cast<std::int64_t>(bytes)}, DType::U8, device);
}

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
}

}  // namespace

CudnnGru::CudnnGru(const Windows& windows, std::int64_t in, std::int64_t width, DType dtype, Device device)
    : gpu_(context(device)),
      entries_(packed(windows, windows.offsets())),
      values_(packed(windows, windows.begin())),
      dropout_(make_dropout_descriptor(gpu_.cudnn())),
      rnn_(make_gru_descriptor(type_of(dtype), static_cast<int>(in), static_cast<int>(width), dropout_)),
      x_(make_packed_descriptor(type_of(dtype), lengths_of(windows), static_cast<int>(in))),
      states_(make_packed_descriptor(type_of(dtype), lengths_of(windows), static_cast<int>(width))),
      h_(make_tensor_descriptor(type_of(dtype), 1, static_cast<int>(windows.longer_than(0)), static_cast<int>(width))) {
  std::size_t weights = 0, work = 0, reserve = 0;
  CUDNN_CALL(cudnnGetRNNWeightSpaceSize, gpu_.cudnn(), rnn_.get(), &weights);
  CUDNN_CALL(cudnnGetRNNTempSpaceSizes, gpu_.cudnn(), rnn_.get(), CUDNN_FWD_MODE_TRAINING, x_.get(), &work, &reserve);
  weights_ = bytes_on(weights, device);
  grads_ = bytes_on(weights, device);
  work_ = bytes_on(work, device);
  reserve_ = bytes_on(reserve, device);
}

// cuDNN numbers what x is multiplied by 0 to 2, and what h is 3 to 5, both in the order r, z, n.
void CudnnGru::copy_weights(Way way, const Tensor& space, const GruWeights& weights) const {
  const TensorDescriptor matrix = make_tensor_descriptor(), bias = make_tensor_descriptor();
  const auto copy_part = [&](void* place, const Tensor& all, int gate) {
    const std::size_t bytes = bytes_of(all) / 3;
    void* const ours = all.raw() + static_cast<std::size_t>(gate) * bytes;
    CUDA_CALL(cudaMemcpyAsync, way == Way::In ? place : ours, way == Way::In ? ours : place, bytes,
              cudaMemcpyDeviceToDevice, gpu_.stream());
  };
  for (int part = 0; part < 6; ++part) {
    void *matrix_at = nullptr, *bias_at = nullptr;
    CUDNN_CALL(cudnnGetRNNWeightParams, gpu_.cudnn(), rnn_.get(), 0, bytes_of(space), space.raw(), part, matrix.get(),
               &matrix_at, bias.get(), &bias_at);
    copy_part(matrix_at, part < 3 ? weights.w_ih : weights.w_hh, part % 3);
    copy_part(bias_at, part < 3 ? weights.b_ih : weights.b_hh, part % 3);
  }
}

void CudnnGru::set_weights(const GruWeights& weights) { copy_weights(Way::In, weights_, weights); }

void CudnnGru::forward(const Tensor& x, Tensor& states) {
  CUDNN_CALL(cudnnRNNForward, gpu_.cudnn(), rnn_.get(), CUDNN_FWD_MODE_TRAINING, nullptr, x_.get(), x.raw(),
             states_.get(), states.raw(), h_.get(), nullptr, nullptr, h_.get(), nullptr, nullptr, bytes_of(weights_),
             weights_.raw(), bytes_of(work_), work_.raw(), bytes_of(reserve_), reserve_.raw());
}

void CudnnGru::backward(const Tensor& x, const Tensor& states, const Tensor& grad_states, Tensor& grad_x,
                        GruWeights& grads) {
  CUDNN_CALL(cudnnRNNBackwardData_v8, gpu_.cudnn(), rnn_.get(), nullptr, states_.get(), states.raw(), grad_states.raw(),
             x_.get(), grad_x.raw(), h_.get(), nullptr, nullptr, nullptr, h_.get(), nullptr, nullptr, nullptr,
             bytes_of(weights_), weights_.raw(), bytes_of(work_), work_.raw(), bytes_of(reserve_), reserve_.raw());
  CUDA_CALL(cudaMemsetAsync, grads_.raw(), 0, bytes_of(grads_), gpu_.stream());  // it adds to them
  CUDNN_CALL(cudnnRNNBackwardWeights_v8, gpu_.cudnn(), rnn_.get(), CUDNN_WGRAD_MODE_ADD, nullptr, x_.get(), x.raw(),
             h_.get(), nullptr, states_.get(), states.raw(), bytes_of(grads_), grads_.raw(), bytes_of(work_),
             work_.raw(), bytes_of(reserve_), reserve_.raw());
  copy_weights(Way::Out, grads_, grads);
}

}  // namespace seqrec::kernels::cuda

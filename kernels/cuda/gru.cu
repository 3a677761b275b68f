#include "kernels/copy.h"
#include "kernels/cuda/gru_cell.h"
#include "kernels/cuda/gru_walk.h"
#include "kernels/gru.h"
#include "kernels/matmul.h"

namespace seqrec::kernels::cuda {
namespace {

template <class T>
struct GruBias {
  T input[3], state[3];
};

/// What one unit of an entry reads and leaves, besides its state and W_hh h.
template <class T>
struct GruEntries {
  GruCell cell;
  std::int64_t width;
  const T *input, *scores, *b_ih, *b_hh;
  T *states, *gates;

  __device__ __forceinline__ T score(std::int64_t entry) const { return scores ? scores[entry] : T(1); }

  __device__ __forceinline__ GruBias<T> bias(std::int64_t unit) const {
    GruBias<T> bias;
#pragma unroll
    for (int gate = 0; gate < 3; ++gate) {
      bias.input[gate] = b_ih[gate * width + unit];
      bias.state[gate] = b_hh[gate * width + unit];
    }
    return bias;
  }

  __device__ __forceinline__ void load(std::int64_t value, std::int64_t unit, T (&x)[3]) const {
#pragma unroll
    for (int gate = 0; gate < 3; ++gate) x[gate] = input[value * 3 * width + gate * width + unit];
  }

  /// h becomes the state after the entry.
  __device__ __forceinline__ void step(std::int64_t entry, std::int64_t unit, T a, const T (&x)[3],
                                       const GruBias<T>& bias, const T (&hidden)[3], T& h) const {
    const T scale = cell == GruCell::AiGru ? a : T(1);
    T of_input[3], of_state[3];
#pragma unroll
    for (int gate = 0; gate < 3; ++gate) {
      of_input[gate] = scale * x[gate] + bias.input[gate];
      of_state[gate] = hidden[gate] + bias.state[gate];
    }
    GruGates<T> kept;
    h = gru_unit(cell, a, of_input, of_state, h, kept);
    states[entry * width + unit] = h;
    if (!gates) return;
    T* const to = gates + entry * 4 * width + unit;
    to[0] = kept.r;
    to[width] = kept.z;
    to[2 * width] = kept.n;
    to[3 * width] = kept.hidden;
  }

  template <class F>
  void for_each_pointer(F f) const {
    for (const T* const pointer : {input, scores, b_ih, b_hh}) f(pointer);
    f(states);
    f(gates);
  }
};

/// All steps of all windows, a block a group of them (gru_walk.h). The weights are transposed: neighbouring threads
/// have neighbouring units. Two sets of states take turns, so that one barrier a step is enough.
template <class T, int kWindows>
__global__ void gru_walk_kernel(const __grid_constant__ GruEntries<T> entries, WindowsByLength windows, const T* w_hh,
                                WalkShape shape) {
  SEQREC_DYNAMIC_SHARED(T, weights);
  const int width = shape.width, leading = 3 * width | 1;  // odd: rows begin in different banks
  T* const h = after_weights(weights, width * leading);
  for (int i = threadIdx.x; i < 3 * width * width; i += blockDim.x) weights[i % width * leading + i / width] = w_hh[i];
  const int unit = shape.unit(), slot = shape.slot(), each = shape.slots * kWindows;
  const bool works = slot < shape.slots;
  const GruBias<T> bias = entries.bias(unit);
  for_each_row((windows.size + each - 1) / each, [&](std::int64_t group) {
    WindowsByLength::Window mine[kWindows];
    T state[kWindows] = {};
#pragma unroll
    for (int w = 0; w < kWindows; ++w)
      if (works) mine[w] = windows[group * each + slot * kWindows + w];
    const int steps = windows[group * each].length;
    __syncthreads();  // the weights are there, and the last group's states have been read
    if (works) store_slot(state, h + unit * shape.stride + slot * kWindows);
    for (int step = 0; step < steps; ++step) {
      T x[kWindows][3] = {}, a[kWindows] = {}, sums[3][kWindows] = {};
#pragma unroll
      for (int w = 0; w < kWindows; ++w) {
        if (step >= mine[w].length) continue;
        entries.load(mine[w].value + step, unit, x[w]);
        a[w] = entries.score(mine[w].entry + step);
      }
      __syncthreads();  // the states are there, and the other set has been read
      if (!works) continue;
      const T* const from = h + step % 2 * width * shape.stride + slot * kWindows;
      multiply_slot(weights + unit, leading, width, from, shape.stride, width, sums);
#pragma unroll
      for (int w = 0; w < kWindows; ++w) {
        if (step >= mine[w].length) continue;
        const T hidden[3] = {sums[0][w], sums[1][w], sums[2][w]};
        entries.step(mine[w].entry + step, unit, a[w], x[w], bias, hidden, state[w]);
      }
      store_slot(state, h + ((step + 1) % 2 * width + unit) * shape.stride + slot * kWindows);
    }
  });
}

/// One step of the first `active` windows. hidden: W_hh h; h [., width] by place.
template <class T>
__global__ void gru_step_kernel(const __grid_constant__ GruEntries<T> entries, WindowsByLength windows,
                                std::int64_t active, std::int64_t step, const T* hidden, T* h) {
  for_each_index(active * entries.width, [&](std::int64_t i) {
    const std::int64_t place = i / entries.width, unit = i - place * entries.width;
    const auto window = windows[place];
    T x[3], of_state[3];
    entries.load(window.value + step, unit, x);
#pragma unroll
    for (int gate = 0; gate < 3; ++gate) of_state[gate] = hidden[(place * 3 + gate) * entries.width + unit];
    const std::int64_t entry = window.entry + step;
    entries.step(entry, unit, entries.score(entry), x, entries.bias(unit), of_state, h[i]);
  });
}

/// Weights that don't fit a block: a product and a kernel a step, over the windows that have one.
template <class T>
void gru_by_steps(const Context& gpu, const GruEntries<T>& entries, const Windows& windows, const Tensor& w_hh) {
  const WindowsByLength by_length(windows, gpu.device());
  const Tensor h = Tensor::zeros({by_length.size, entries.width}, w_hh.dtype(), gpu.device());
  const Tensor hidden = Tensor::zeros({by_length.size, 3 * entries.width}, w_hh.dtype(), gpu.device());
  for (std::int64_t step = 0; step < windows.max_length(); ++step) {
    const std::int64_t active = windows.longer_than(step);
    Tensor product = hidden.slice(0, 0, active);
    if (step > 0) cuda::matmul(h.slice(0, 0, active), false, w_hh, true, 1, Write::Overwrite, product);
    launch(gpu.over(active * entries.width), gru_step_kernel<T>, entries, by_length, active, step, hidden.data<T>(),
           h.data<T>());
  }
}

}  // namespace

void gru(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
         const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates) {
  if (states.numel() == 0) return;
  const Context& gpu = context(states);
  const std::int64_t width = states.size(1);
  const Tensor x = contiguous(input), a = scores.defined() ? contiguous(scores) : scores, weights = contiguous(w_hh),
               bi = contiguous(b_ih), bh = contiguous(b_hh);
  visit_float(x.dtype(), "gru", [&](auto t) {
    using T = decltype(t);
    const GruEntries<T> entries{
        cell,         width,        x.data<T>(),      a.defined() ? a.data<T>() : nullptr,
        bi.data<T>(), bh.data<T>(), states.data<T>(), gates.defined() ? gates.data<T>() : nullptr};
    const auto walk = plan_walk<T>(gpu, width, windows.longer_than(0), width * (3 * width | 1), 2 * width);
    if (!walk) return gru_by_steps(gpu, entries, windows, weights);
    const auto kernel = walk->packs == 2 ? gru_walk_kernel<T, 2 * kLanes<T>> : gru_walk_kernel<T, kLanes<T>>;
    launch(walk->launch, kernel, entries, WindowsByLength(windows, gpu.device()), weights.data<T>(), walk->shape);
  });
}

}  // namespace seqrec::kernels::cuda

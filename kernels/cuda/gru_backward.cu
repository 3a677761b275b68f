#include "kernels/copy.h"
#include "kernels/cuda/gru_cell.h"
#include "kernels/cuda/gru_walk.h"
#include "kernels/cuda/sums.h"
#include "kernels/gru.h"
#include "kernels/matmul.h"

namespace seqrec::kernels::cuda {
namespace {

/// What the walk back leaves of an entry: the state before it, then gradients: of the sums whose functions are n, r and
/// z, and of W_hn h + b_hn. So both what x + b_ih gets (n, r, z) and what W_hh h + b_hh gets (r, z, and the last) lie
/// side by side.
enum { kBefore, kOfN, kOfR, kOfZ, kOfHidden, kParts };

/// Where the gradient of column `column` of x + b_ih stands; gates are in the order r, z, n there.
__device__ __forceinline__ std::int64_t of_input(std::int64_t column, std::int64_t width) {
  return column < 2 * width ? column + kOfR * width : column - (2 - kOfN) * width;
}

/// What one unit of an entry gives and gets on the way back, besides what comes from the next one.
template <class T>
struct GruEntriesBackward {
  GruCell cell;
  std::int64_t width;
  const T *input, *scores, *states, *gates, *grad_states;
  T *by_entry, *grad_scores;

  struct Unit {
    GruGates<T> gates;
    T before, grad, score;
  };
  /// `first`: the window's first entry, before which the state is 0.
  __device__ __forceinline__ Unit load(std::int64_t entry, std::int64_t unit, bool first) const {
    const T* const from = gates + entry * 4 * width + unit;
    const T* const state = states + entry * width + unit;
    return {{from[0], from[width], from[2 * width], from[3 * width]},
            first ? T(0) : state[-width],
            grad_states[entry * width + unit],
            scores ? scores[entry] : T(1)};
  }

  /// `grad`: of the state after the entry. The gradients' `score` becomes the unit's share of the score's.
  __device__ __forceinline__ GruGradients<T> step(std::int64_t entry, std::int64_t value, std::int64_t unit,
                                                  const Unit& from, T grad) const {
    GruGradients<T> to = gru_unit_backward(cell, from.score, from.gates, from.before, grad);
    T* const out = by_entry + entry * kParts * width + unit;
    out[kBefore * width] = from.before;
    out[kOfN * width] = to.n;
    out[kOfR * width] = to.r;
    out[kOfZ * width] = to.z;
    out[kOfHidden * width] = to.hidden;
    if (cell == GruCell::AiGru) {
      const T* const x = input + value * 3 * width + unit;
      to.score = to.r * x[0] + to.z * x[width] + to.n * x[2 * width];
    }
    return to;
  }

  template <class F>
  void for_each_pointer(F f) const {
    for (const T* const pointer : {input, scores, states, gates, grad_states}) f(pointer);
    f(by_entry);
    f(grad_scores);
  }
};

/// All steps of all windows, the last first, a block a group of them (gru_walk.h). Its rows are the gradients of r, z
/// and W_hn h by unit, then the units' shares of the scores' where there are any.
template <class T, int kWindows>
__global__ void gru_walk_backward_kernel(const __grid_constant__ GruEntriesBackward<T> entries, WindowsByLength windows,
                                         const T* w_hh, WalkShape shape) {
  SEQREC_DYNAMIC_SHARED(T, weights);
  using Unit = typename GruEntriesBackward<T>::Unit;
  const int width = shape.width, stride = shape.stride;
  T* const rows = after_weights(weights, 3 * width * width);
  for (int i = threadIdx.x; i < 3 * width * width; i += blockDim.x) weights[i] = w_hh[i];
  const int unit = shape.unit(), slot = shape.slot(), each = shape.slots * kWindows;
  const bool works = slot < shape.slots;
  for_each_row((windows.size + each - 1) / each, [&](std::int64_t group) {
    WindowsByLength::Window mine[kWindows];
    Unit read[kWindows] = {};
    T grad[1][kWindows] = {};
    const int steps = windows[group * each].length;
    const auto read_step = [&](int step) {
#pragma unroll
      for (int w = 0; w < kWindows; ++w)
        if (step < mine[w].length) read[w] = entries.load(mine[w].entry + step, unit, step == 0);
    };
#pragma unroll
    for (int w = 0; w < kWindows; ++w)
      if (works) mine[w] = windows[group * each + slot * kWindows + w];
    read_step(steps - 1);
    for (int step = steps - 1; step >= 0; --step) {
      T gradients[4][kWindows] = {};
#pragma unroll
      for (int w = 0; w < kWindows; ++w) {
        if (step >= mine[w].length) continue;
        const GruGradients<T> to =
            entries.step(mine[w].entry + step, mine[w].value + step, unit, read[w], read[w].grad + grad[0][w]);
        gradients[0][w] = to.r;
        gradients[1][w] = to.z;
        gradients[2][w] = to.hidden;
        gradients[3][w] = to.score;
        grad[0][w] = to.h;
      }
      if (works) {
#pragma unroll
        for (int part = 0; part < 4; ++part)
          if (part < 3 || entries.grad_scores)
            store_slot(gradients[part], rows + (part * width + unit) * stride + slot * kWindows);
      }
      __syncthreads();  // the rows are there, and the weights
      if (step > 0) {
        read_step(step - 1);  // under way while it multiplies
        if (works) multiply_slot(weights + unit, width, 0, rows + slot * kWindows, stride, 3 * width, grad);
      }
      if (entries.grad_scores) {
        for (int place = threadIdx.x; place < each; place += blockDim.x) {
          const auto window = windows[group * each + place];
          if (step >= window.length) continue;
          T sum = 0;
          for (int row = 3 * width; row < 4 * width; ++row) sum += rows[row * stride + place];
          entries.grad_scores[window.entry + step] = sum;
        }
      }
      __syncthreads();  // the rows have been read
    }
  });
}

/// One step of the first `active` windows, a team a window. grad_hidden, the gradient of W_hh h + b_hh, and grad_h
/// [., width] by place; grad_h comes from the next step and goes to the last without what passes through w_hh.
template <class Team, class T>
__global__ void gru_step_backward_kernel(Team, const __grid_constant__ GruEntriesBackward<T> entries,
                                         WindowsByLength windows, std::int64_t active, std::int64_t step,
                                         T* grad_hidden, T* grad_h) {
  Team::for_each_row(active, [&](std::int64_t place) {
    const auto window = windows[place];
    const std::int64_t entry = window.entry + step, width = entries.width;
    T* const hidden = grad_hidden + place * 3 * width;
    T score = 0;
    Team::for_each(width, [&](std::int64_t unit) {
      const auto from = entries.load(entry, unit, step == 0);
      T& h = grad_h[place * width + unit];
      const GruGradients<T> to = entries.step(entry, window.value + step, unit, from, from.grad + h);
      hidden[unit] = to.r;
      hidden[width + unit] = to.z;
      hidden[2 * width + unit] = to.hidden;
      h = to.h;
      score += to.score;
    });
    if (!entries.grad_scores) return;
    score = Team::reduce(score, Plus{});
    if (Team::leads()) entries.grad_scores[entry] = score;
  });
}

template <class T>
void gru_backward_by_steps(const Context& gpu, const GruEntriesBackward<T>& entries, const Windows& windows,
                           const Tensor& w_hh) {
  const WindowsByLength by_length(windows, gpu.device());
  const Tensor grad_hidden({by_length.size, 3 * entries.width}, w_hh.dtype(), gpu.device());
  const Tensor grad_h = Tensor::zeros({by_length.size, entries.width}, w_hh.dtype(), gpu.device());
  for (std::int64_t step = windows.max_length() - 1; step >= 0; --step) {
    const std::int64_t active = windows.longer_than(step);
    by_rows(gpu, active, entries.width, [&](auto team, const Launch& shape) {
      launch(shape, gru_step_backward_kernel<decltype(team), T>, team, entries, by_length, active, step,
             grad_hidden.data<T>(), grad_h.data<T>());
    });
    Tensor before = grad_h.slice(0, 0, active);
    if (step > 0) cuda::matmul(grad_hidden.slice(0, 0, active), false, w_hh, false, 1, Write::Accumulate, before);
  }
}

/// Of an entry: what both biases get.
template <class T>
struct GruBiasTerms {
  static constexpr int kCount = 2;
  const T* by_entry;
  std::int64_t width;

  struct Output {
    const T *input, *hidden;
    std::int64_t stride;
    __device__ __forceinline__ void add(std::int64_t entry, double (&sums)[kCount]) const {
      sums[0] += input[entry * stride];
      sums[1] += hidden[entry * stride];
    }
  };
  __device__ __forceinline__ Output of(std::int64_t column) const {
    return {by_entry + of_input(column, width), by_entry + kOfR * width + column, kParts * width};
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(by_entry);
  }
};

/// Of the windows that hold a value: what x gets in their entry, `factors` of it (1 where null).
template <class T>
struct GruInputTerms {
  const T *by_entry, *factors;
  const std::int32_t* holders;
  WindowEntries entries;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t value, std::int64_t place,
                                      std::int64_t column) const {
    const std::int64_t entry = entries.entry(holders[place], value);
    add_row(sum, factors ? factors[entry] : T(1), by_entry + entry * kParts * width + of_input(column, width));
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(by_entry);
    f(factors);
    f(holders);
    entries.for_each_pointer(f);
  }
};

}  // namespace

void gru_backward(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
                  const Tensor& states, const Tensor& gates, const Tensor& grad_states, Tensor& grad_input,
                  Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih, Tensor& grad_b_hh) {
  const Context& gpu = context(grad_input);
  const Device device = gpu.device();
  const std::int64_t width = states.size(1);
  if (width == 0) {
    if (grad_scores.defined()) fill(0, grad_scores);
    return;
  }
  const Tensor x = contiguous(input), a = scores.defined() ? contiguous(scores) : scores, weights = contiguous(w_hh),
               h = contiguous(states), kept = contiguous(gates), grads = contiguous(grad_states);
  const Tensor by_entry({windows.entries(), kParts * width}, x.dtype(), device);
  visit_float(x.dtype(), "gru_backward", [&](auto t) {
    using T = decltype(t);
    const GruEntriesBackward<T> entries{cell,
                                        width,
                                        x.data<T>(),
                                        a.defined() ? a.data<T>() : nullptr,
                                        h.data<T>(),
                                        kept.data<T>(),
                                        grads.data<T>(),
                                        by_entry.data<T>(),
                                        grad_scores.defined() ? grad_scores.data<T>() : nullptr};
    const auto walk =
        plan_walk<T>(gpu, width, windows.longer_than(0), 3 * width * width, (grad_scores.defined() ? 4 : 3) * width);
    if (walk) {
      const auto kernel =
          walk->packs == 2 ? gru_walk_backward_kernel<T, 2 * kLanes<T>> : gru_walk_backward_kernel<T, kLanes<T>>;
      launch(walk->launch, kernel, entries, WindowsByLength(windows, device), weights.data<T>(), walk->shape);
    } else {
      gru_backward_by_steps(gpu, entries, windows, weights);
    }
    cuda::matmul(by_entry.slice(1, kOfR * width, kParts * width), true, by_entry.slice(1, 0, width), false, 1,
                 Write::Overwrite, grad_w_hh);
    sums<Along::Outputs>(gpu, 3 * width, windows.entries(), GruBiasTerms<T>{by_entry.data<T>(), width},
                         FinalSums<T, 2>{{grad_b_ih.data<T>(), grad_b_hh.data<T>()}});
    const GruInputTerms<T> terms{by_entry.data<T>(), cell == GruCell::AiGru ? a.data<T>() : nullptr,
                                 holders_on(windows, device), WindowEntries(windows, device), width};
    sum_holders<T>(windows, terms, is_packable(by_entry), grad_input);
  });
}

}  // namespace seqrec::kernels::cuda

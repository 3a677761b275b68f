#include <algorithm>

#include "kernels/cuda/pack.h"
#include "kernels/cuda/reduction.h"
#include "kernels/optimizer_rules.h"

namespace seqrec::kernels::cuda {
namespace {

constexpr int kWarps = Context::kThreads / kWarp;
constexpr std::int64_t kBlockElements = 2048;  // that a block takes at once, about

/// Which elements of a parameter a step walks, and where their gradients are.
enum class Walk {
  All,       ///< all, with a dense gradient
  AllRows,   ///< all, by rows: the gradient holds some of them
  HeldRows,  ///< the rows that the gradient holds
};

template <class T, class Factors>
struct Parameter {
  T* parameter;
  T* slots[2];  // null where not used
  const T* grad;
  const std::int32_t* rows;  // that grad holds, ascending
  std::int64_t held;         // their number
  std::int64_t count;        // elements or rows to walk
  std::int64_t width;        // of a row
  Walk walk;
  std::int32_t warp_rows;  // that a warp takes at once
  bool packed;
  Factors factors;
};

/// As many parameters as fit into a kernel's arguments (4 KB), and the first block of each.
template <class T, class Factors>
struct Parameters {
  static constexpr int kMost = (4096 - 16) / (sizeof(Parameter<T, Factors>) + sizeof(std::int64_t));
  int count = 0;
  std::int64_t first_block[kMost + 1] = {};
  Parameter<T, Factors> of[kMost] = {};

  template <class F>
  void for_each_pointer(F f) const {
    for (const Parameter<T, Factors>& one : of)
      f(one.parameter), f(one.slots[0]), f(one.slots[1]), f(one.grad), f(one.rows);
  }
};

template <class T>
__device__ void move(const SgdFactors<T>& f, T g, T& p, T& m, T&) {
  g += f.weight_decay * p;
  if (!f.first) g += f.momentum * m;
  m = g;
  p -= f.learning_rate * g;
}

template <class T>
__device__ void move(const AdamFactors<T>& f, T g, T& p, T& m, T& v) {
  g += f.weight_decay * p;
  m = f.beta1 * m + f.rest1 * g;
  v = f.beta2 * v + f.rest2 * (g * g);
  p = f.shrink * p - f.step_size * m / (sqrt(v) * f.inverse_root + f.eps);
}

template <class T>
__device__ void move(const AdagradFactors<T>& f, T g, T& p, T& s, T&) {
  g += f.weight_decay * p;
  s += g * g;
  p -= f.learning_rate * g / (sqrt(s) + f.eps);
}

template <class T>
__device__ void move(const RmspropFactors<T>& f, T g, T& p, T& s, T&) {
  g += f.weight_decay * p;
  s = f.alpha * s + f.rest * (g * g);
  p -= f.learning_rate * g / (sqrt(s) + f.eps);
}

/// N elements from `place` on; a null `grad` is 0.
template <int N, class T, class Factors>
__device__ __forceinline__ void update(const Parameter<T, Factors>& one, std::int64_t place, const T* grad) {
  Pack<T, N> g{}, p, slots[2] = {};
  if (grad) load(g, grad);
  load(p, one.parameter + place);
#pragma unroll
  for (int k = 0; k < 2; ++k)
    if (one.slots[k]) load(slots[k], one.slots[k] + place);
#pragma unroll
  for (int l = 0; l < N; ++l) move(one.factors, g.lane[l], p.lane[l], slots[0].lane[l], slots[1].lane[l]);
  store(p, one.parameter + place);
#pragma unroll
  for (int k = 0; k < 2; ++k)
    if (one.slots[k]) store(slots[k], one.slots[k] + place);
}

template <class T, class Factors>
__device__ void update_all(const Parameter<T, Factors>& one, std::int64_t block) {
  constexpr int kN = kLanes<T>;
  const std::int64_t begin = block * kBlockElements, end = min(one.count, begin + kBlockElements);
  const std::int64_t packed = one.packed ? begin + (end - begin) / kN * kN : begin;
  for (std::int64_t i = begin + threadIdx.x * kN; i < packed; i += blockDim.x * kN) update<kN>(one, i, one.grad + i);
  for (std::int64_t i = packed + threadIdx.x; i < end; i += blockDim.x) update<1>(one, i, one.grad + i);
}

/// Where the gradient holds `row`, -1 if it doesn't.
template <class T, class Factors>
__device__ std::int64_t find_row(const Parameter<T, Factors>& one, std::int64_t row) {
  std::int64_t low = 0, high = one.held;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (one.rows[middle] < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < one.held && one.rows[low] == row ? low : -1;
}

/// A warp takes some rows: each lane looks one of them up, then all walk their elements.
template <int N, class T, class Factors>
__device__ void update_rows(const Parameter<T, Factors>& one, std::int64_t block) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  const std::int64_t first = (block * kWarps + warp) * one.warp_rows;
  const std::int64_t rows = max(std::int64_t{0}, min(std::int64_t{one.warp_rows}, one.count - first));
  std::int64_t row = first + lane, held = row;
  if (lane < rows) {
    if (one.walk == Walk::HeldRows) {
      row = one.rows[held];
    } else {
      held = find_row(one, row);
    }
  }
  const std::int64_t elements = rows * one.width;
  for (std::int64_t base = 0; base < elements; base += kWarp * N) {
    const std::int64_t i = base + lane * N, of = min(i, elements - 1) / one.width, column = i - of * one.width;
    const std::int64_t to = __shfl_sync(kAllLanes, row, static_cast<int>(of));
    const std::int64_t from = __shfl_sync(kAllLanes, held, static_cast<int>(of));
    if (i >= elements) continue;
    update<N>(one, to * one.width + column, from < 0 ? nullptr : one.grad + from * one.width + column);
  }
}

template <class T, class Factors>
__global__ void optimizer_kernel(const __grid_constant__ Parameters<T, Factors> all) {
  for_each_row(all.first_block[all.count], [&](std::int64_t block) {
    int i = 0;
    while (all.first_block[i + 1] <= block) ++i;
    const Parameter<T, Factors>& one = all.of[i];
    block -= all.first_block[i];
    if (one.walk == Walk::All) {
      update_all(one, block);
    } else if (one.packed) {
      update_rows<kLanes<T>>(one, block);
    } else {
      update_rows<1>(one, block);
    }
  });
}

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

template <class T, class Options>
auto parameter_of(const Options& options, const ParameterStep& step) {
  Parameter<T, decltype(factors_of<T>(options, 1))> one{};
  one.parameter = step.parameter.data<T>();
  for (int k = 0; k < 2; ++k) one.slots[k] = slot_data<T>(options, step, k);
  one.grad = step.grad.data<T>();
  one.factors = factors_of<T>(options, step.step);
  one.packed = is_packable(step.parameter, step.grad);
  for (int k = 0; k < slots_of(options); ++k) one.packed &= is_packable(step.slots[static_cast<std::size_t>(k)]);
  if (has_dense_grad(step)) {
    one.walk = Walk::All;
    one.count = step.parameter.numel();
    return one;
  }
  const std::int64_t rows = step.parameter.size(0);
  one.walk = step.only_rows || skips_rows(options) ? Walk::HeldRows : Walk::AllRows;
  one.rows = step.rows.on(step.parameter.device()).template data<std::int32_t>();
  one.held = step.rows.size();
  one.count = one.walk == Walk::HeldRows ? one.held : rows;
  one.width = step.parameter.numel() / rows;
  one.packed &= one.width % kLanes<T> == 0;
  one.warp_rows = static_cast<std::int32_t>(std::clamp<std::int64_t>(kBlockElements / kWarps / one.width, 1, kWarp));
  return one;
}

/// The parameters of dtype T, some dozens per launch.
template <class T, class Options>
void step_all(const Context& gpu, const Options& options, const ParameterSteps& steps) {
  using Factors = decltype(factors_of<T>(options, 1));
  static_assert(sizeof(Parameters<T, Factors>) <= 4096);
  Parameters<T, Factors> all;
  const auto flush = [&] {
    launch(gpu.rows(all.first_block[all.count]), optimizer_kernel<T, Factors>, all);
    all = {};
  };
  for (const ParameterStep& step : steps) {
    if (step.parameter.dtype() != dtype_of<T> || step.parameter.numel() == 0) continue;
    const auto one = parameter_of<T>(options, step);
    const std::int64_t blocks =
        one.walk == Walk::All ? divide_up(one.count, kBlockElements) : divide_up(one.count, kWarps * one.warp_rows);
    all.of[all.count] = one;
    all.first_block[all.count + 1] = all.first_block[all.count] + blocks;
    if (++all.count == all.kMost) flush();
  }
  flush();
}

template <class Options>
void step_all(const Options& options, const ParameterSteps& steps) {
  const Context& gpu = context(steps.front().parameter);
  step_all<float>(gpu, options, steps);
  step_all<double>(gpu, options, steps);
}

}  // namespace

void sgd_step(const SgdOptions& options, const ParameterSteps& steps) { step_all(options, steps); }
void adam_step(const AdamOptions& options, const ParameterSteps& steps) { step_all(options, steps); }
void adagrad_step(const AdagradOptions& options, const ParameterSteps& steps) { step_all(options, steps); }
void rmsprop_step(const RmspropOptions& options, const ParameterSteps& steps) { step_all(options, steps); }

}  // namespace seqrec::kernels::cuda

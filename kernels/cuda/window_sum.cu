#include "kernels/copy.h"
#include "kernels/cuda/segments.h"
#include "kernels/cuda/window_sums.h"
#include "kernels/window.h"

namespace seqrec::kernels::cuda {
namespace {

constexpr int kEntriesEach = 4;  // whose loads a lane has under way at once

/// A warp a window: `columns` lanes walk the rows of an entry, the warp's kWarp / columns groups of them take turns.
template <class T, int N>
__global__ void window_dots_kernel(const T* by_window, const T* table, const std::int32_t* rows, WindowEntries entries,
                                   std::int64_t windows, std::int64_t width, T* out, int columns) {
  const int lane = threadIdx.x % kWarp, slots = kWarp / columns, slot = lane / columns;
  WarpTeam::for_each_row(windows, [&](std::int64_t w) {
    const std::int64_t length = entries.length(w);
    const std::int32_t* const row = rows + entries.begin[w];
    T* const to = out + entries.offsets[w];
    for (std::int64_t first = 0; first < length; first += slots * kEntriesEach) {
      T sums[kEntriesEach] = {};
      for (std::int64_t column = lane % columns * N; column < width; column += columns * N) {
        Pack<T, N> x, y;
        load(x, by_window + w * width + column);
#pragma unroll
        for (int k = 0; k < kEntriesEach; ++k) {
          // Beyond the window's end its last entry again: no load waits for a branch.
          const std::int64_t entry = min(first + k * slots + slot, length - 1);
          load(y, table + row[entry] * width + column);
          for (int l = 0; l < N; ++l) sums[k] += x.lane[l] * y.lane[l];
        }
      }
      for (int bits = columns / 2; bits > 0; bits /= 2)
        for (T& sum : sums) sum += exchange(sum, bits);
#pragma unroll
      for (int k = 0; k < kEntriesEach; ++k) {
        const std::int64_t entry = first + k * slots + slot;
        if (entry < length && lane % columns == 0) to[entry] = sums[k];
      }
    }
  });
}

}  // namespace

void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  const Device device = out.device();
  const Tensor factors = contiguous(weights), source = contiguous(table);
  visit_float(out.dtype(), "window_weighted_sum", [&](auto t) {
    using T = decltype(t);
    const EntryTerms<T> terms{source.data<T>(),
                              factors.data<T>(),
                              rows.on(device).data<std::int32_t>(),
                              WindowEntries(windows, device),
                              table.size(1),
                              false};
    sum_lists<T>(windows.offsets_on(device), windows.entries(), terms, is_packable(source), out);
  });
}

void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  const Context& gpu = context(grad_weights);
  const Tensor grads = contiguous(grad_out), source = contiguous(table);
  const std::int64_t width = table.size(1);
  visit_float(grads.dtype(), "window_weighted_sum_backward_weights", [&](auto t) {
    using T = decltype(t);
    const auto run = [&](auto kernel, std::int64_t packs) {
      launch(gpu.over(windows.size() * kWarp), kernel, grads.data<T>(), source.data<T>(),
             rows.on(gpu.device()).data<std::int32_t>(), WindowEntries(windows, gpu.device()), windows.size(), width,
             grad_weights.data<T>(), sum_tiles(packs, 0, 0).columns);
    };
    if (width % kLanes<T> == 0 && is_packable(grads, source)) {
      run(window_dots_kernel<T, kLanes<T>>, width / kLanes<T>);
    } else {
      run(window_dots_kernel<T, 1>, width);
    }
  });
}

// By value first, over the windows that hold it, then by row, over its values: the second sum is evenly spread however
// many values are the same row.
void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  const Device device = grad_table.device();
  const Tensor grads = contiguous(grad_out), factors = contiguous(weights);
  const std::int64_t width = grad_table.size(1);
  Tensor by_value({windows.values(), width}, grads.dtype(), device);
  visit_float(grads.dtype(), "window_weighted_sum_backward_table", [&](auto t) {
    using T = decltype(t);
    const HolderTerms<T> terms{
        grads.data<T>(), factors.data<T>(), holders_on(windows, device), WindowEntries(windows, device), width, false};
    sum_holders<T>(windows, terms, is_packable(grads), by_value);
    if (std::ssize(rows.groups().ids) < grad_table.size(0)) fill(0, grad_table);
    sum_groups<T>(rows, by_value, {}, {}, true, grad_table);
  });
}

void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  const Device device = out.device();
  const Tensor source = contiguous(values);
  visit_float(values.dtype(), "window_sum", [&](auto t) {
    using T = decltype(t);
    const EntryTerms<T> terms{source.data<T>(), nullptr, nullptr, WindowEntries(windows, device), values.size(1), mean};
    sum_lists<T>(windows.offsets_on(device), windows.entries(), terms, is_packable(source), out);
  });
}

void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  const Device device = grad_values.device();
  const Tensor grads = contiguous(grad_out);
  visit_float(grads.dtype(), "window_sum_backward", [&](auto t) {
    using T = decltype(t);
    const HolderTerms<T> terms{grads.data<T>(), nullptr, holders_on(windows, device), WindowEntries(windows, device),
                               grads.size(1),   mean};
    sum_holders<T>(windows, terms, is_packable(grads), grad_values);
  });
}

}  // namespace seqrec::kernels::cuda

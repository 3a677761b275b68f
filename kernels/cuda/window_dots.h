#pragma once

#include "kernels/cuda/window_sums.h"

/// For .cu files only. A number for each entry of windows: what a product of its window's row and its value's row adds
/// up to over their columns.
namespace seqrec::kernels::cuda {

/// The plain one. A product is a kernel's argument.
template <class T>
struct Products {
  template <int N>
  __device__ __forceinline__ void add(T& sum, const Pack<T, N>& x, const Pack<T, N>& y, std::int64_t) const {
    for (int l = 0; l < N; ++l) sum += x.lane[l] * y.lane[l];
  }
};

inline constexpr int kEntriesEach = 4;  // whose loads a lane has under way at once

/// A warp a window: `columns` lanes walk the rows of an entry, the warp's kWarp / columns groups of them take turns.
template <class T, int N, class Product>
__global__ void window_dots_kernel(Product product, const T* by_window, const T* table, const std::int32_t* rows,
                                   WindowEntries entries, std::int64_t windows, std::int64_t width, T* out,
                                   int columns) {
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
          product.add(sums[k], x, y, column);
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

/// out[e] = what product.add(sum, x, y, column) makes of x = by_window[w] and y = table[rows[v]] for entry e of window
/// w, value v: by_window [windows, width], table [., width], contiguous; `packable` says that the product's tensors
/// are.
template <class T, class Product>
void window_dots(const Tensor& by_window, const Tensor& table, const Index& rows, const Windows& windows,
                 const Product& product, bool packable, Tensor& out, SEQREC_HERE) {
  const Context& gpu = context(out);
  const std::int64_t width = table.size(1);
  const auto run = [&](auto kernel, std::int64_t packs) {
    launch(gpu.over(windows.size() * kWarp, Context::kThreads, file, line), kernel, product, by_window.data<T>(),
           table.data<T>(), rows.on(gpu.device()).template data<std::int32_t>(), WindowEntries(windows, gpu.device()),
           windows.size(), width, out.data<T>(), columns_of(packs));
  };
  if (packable && width % kLanes<T> == 0 && is_packable(by_window, table)) {
    run(window_dots_kernel<T, kLanes<T>, Product>, width / kLanes<T>);
  } else {
    run(window_dots_kernel<T, 1, Product>, width);
  }
}

}  // namespace seqrec::kernels::cuda

#include <algorithm>
#include <numeric>

#include "kernels/convolution.h"
#include "kernels/copy.h"
#include "kernels/cuda/taps.h"
#include "kernels/cuda/window_sums.h"

// By bands of heights, as the forward: the gradient of what each row of the table gives to a band's taps is made in the
// second-level cache and used up by two products.
namespace seqrec::kernels::cuda {
namespace {

constexpr int kTapThreads = 64;
constexpr int kMostTaps = 64;  // that a block works on at once: what it keeps in shared memory
constexpr int kTapLoads = 4;   // entries whose loads a thread has under way at once

/// For every row of the table the entries that show it, in order: rows + 1 offsets, then the windows of all these
/// entries, then their places in the windows.
Index entries_by_row(const PaddedWindows& of, std::int64_t rows) {
  const Windows& all = of.windows;
  std::vector<std::int32_t> table(static_cast<std::size_t>(rows + 1 + 2 * all.entries()));
  std::int32_t *const offsets = table.data(), *const windows = offsets + rows + 1,
                      *const places = windows + all.entries();
  const auto for_each_entry = [&](auto f) {
    for (std::int64_t w = 0; w < all.size(); ++w)
      for (std::int32_t j = 0; j < all.length(w); ++j) f(of.rows[all.begin()[w] + j], w, j);
  };
  for_each_entry([&](std::int32_t row, std::int64_t, std::int32_t) { ++offsets[row + 1]; });
  std::partial_sum(offsets, windows, offsets);
  std::vector<std::int32_t> next(offsets, offsets + rows);
  for_each_entry([&](std::int32_t row, std::int64_t w, std::int32_t j) {
    const std::int32_t at = next[row]++;
    windows[at] = static_cast<std::int32_t>(w);
    places[at] = j;
  });
  return Index(std::move(table));
}

/// The same on a device, and what else tells where a maximum came from: as a kernel's argument.
struct Entries {
  const std::int32_t *offsets, *windows, *places;
  const std::int32_t *begin, *end;
  std::int64_t count, padding;  ///< windows

  Entries(const Index& by_row, std::int64_t rows, const PaddedWindows& padded, Device device)
      : offsets(by_row.on(device).data<std::int32_t>()),
        windows(offsets + rows + 1),
        places(windows + padded.windows.entries()),
        begin(padded.windows.begin_on(device).data<std::int32_t>()),
        end(padded.windows.end_on(device).data<std::int32_t>()),
        count(padded.windows.size()),
        padding(padded.padding) {}

  template <class F>
  void for_each_pointer(F f) const {
    f(offsets), f(windows), f(places), f(begin), f(end);
  }
};

/// The gradient of a band's filters by window: rows `stride` apart, and where each began.
template <class T>
struct Maxima {
  const T* grad;
  const std::int32_t* argmax;
  std::int64_t n, stride;

  template <class F>
  void for_each_pointer(F f) const {
    f(grad), f(argmax);
  }
};

/// Adds the gradients of the windows of places [begin, end) of a list, `step` apart, to their taps' sums, `taps` of
/// them, kTapThreads apart: tap_of(place, window, start) is the tap.
template <class T, class Window, class Tap>
__device__ __forceinline__ void add_maxima(const Maxima<T>& maxima, std::int64_t column, std::int64_t begin,
                                           std::int64_t end, std::int64_t step, Window window_of, Tap tap_of,
                                           std::int64_t taps, T* sums) {
  for (std::int64_t first = begin; first < end; first += step * kTapLoads) {
    T grads[kTapLoads];
    std::int64_t of[kTapLoads];
#pragma unroll
    for (int k = 0; k < kTapLoads; ++k) {
      const std::int64_t place = first + k * step;
      of[k] = -1;
      if (place >= end) continue;
      const std::int64_t w = window_of(place), at = w * maxima.stride + column;
      of[k] = tap_of(place, w, maxima.argmax[at]);
      grads[k] = maxima.grad[at];
    }
#pragma unroll
    for (int k = 0; k < kTapLoads; ++k)
      if (of[k] >= 0 && of[k] < taps) sums[of[k] * kTapThreads] += grads[k];
  }
}

/// grad_taps [rows, taps n] of a band. A block makes some taps of a row: `columns` threads side by side along the
/// filters, and the groups of them take turns at the entries that show the row. A window's filter saw an entry at tap
/// (place of the entry - argmax); each thread adds what it finds to sums of its own for each tap.
template <class T>
__global__ void grad_taps_kernel(Maxima<T> maxima, Entries entries, const __grid_constant__ Heights heights,
                                 std::int64_t rows, std::int64_t band_taps, T* grad_taps, int columns) {
  SEQREC_DYNAMIC_SHARED(T, shared);
  const std::int64_t height = heights.height[blockIdx.y], tap = heights.first_tap[blockIdx.y], n = maxima.n;
  const std::int64_t blocks = (n + columns - 1) / columns, pieces = (height + kMostTaps - 1) / kMostTaps;
  const int slots = kTapThreads / columns, slot = static_cast<int>(threadIdx.x) / columns;
  T* const sums = shared + threadIdx.x;
  for_each_row(rows * pieces * blocks, [&](std::int64_t i) {
    const std::int64_t row = i / (pieces * blocks), piece = i / blocks % pieces, block = i % blocks;
    const std::int64_t first = piece * kMostTaps, taps = min(std::int64_t{kMostTaps}, height - first);
    const std::int64_t f = block * columns + threadIdx.x % columns, column = blockIdx.y * n + f;
    for (std::int64_t t = 0; t < taps; ++t) sums[t * kTapThreads] = 0;
    if (row == entries.padding && f < n) {
      // What saw the padding from a tap on saw it at all taps after.
      add_maxima(
          maxima, column, slot, entries.count, slots, [](std::int64_t w) { return w; },
          [&](std::int64_t, std::int64_t w, std::int64_t start) {
            return max(std::int64_t{0}, entries.end[w] - entries.begin[w] - start - first);
          },
          taps, sums);
      for (std::int64_t t = 1; t < taps; ++t) sums[t * kTapThreads] += sums[(t - 1) * kTapThreads];
    }
    if (f < n)
      add_maxima(
          maxima, column, entries.offsets[row] + slot, entries.offsets[row + 1], slots,
          [&](std::int64_t place) { return std::int64_t{entries.windows[place]}; },
          [&](std::int64_t place, std::int64_t, std::int64_t start) { return entries.places[place] - start - first; },
          taps, sums);
    __syncthreads();
    for (std::int64_t j = threadIdx.x; j < taps * columns; j += kTapThreads) {
      const std::int64_t t = j / columns, filter = block * columns + j % columns;
      T sum = 0;
      // Neighbouring taps begin with neighbouring slots, which lie in other banks.
      for (int s = 0; s < slots; ++s) sum += shared[t * kTapThreads + (s + t) % slots * columns + j % columns];
      if (filter < n) grad_taps[row * band_taps * n + (tap + first + t) * n + filter] = sum;
    }
    __syncthreads();
  });
}

}  // namespace

// taps = table by_tap^T: dtable = dtaps by_tap, dby_tap = dtaps^T table.
void window_convolution_max_backward(const Tensor& grad_out, const Tensor& argmax, const Tensor& table,
                                     const std::vector<Tensor>& filters, const PaddedWindows& windows,
                                     Tensor& grad_table, const std::vector<Tensor>& grad_filters) {
  const Context& gpu = context(grad_out);
  const Tensor x = contiguous(table), grads = contiguous(grad_out), starts = contiguous(argmax);
  const std::int64_t rows = x.size(0), n = filters[0].size(0);
  const Index by_row = entries_by_row(windows, rows);
  const Entries entries(by_row, rows, windows, gpu.device());
  visit_float(x.dtype(), "window_convolution_max_backward", [&](auto zero) {
    using T = decltype(zero);
    const Tensor by_tap = pack_taps<T>(filters), grad_by_tap = empty_like(by_tap);
    const std::vector<Band> bands = bands_of(filters, rows * n * static_cast<std::int64_t>(sizeof(T)), 0);
    const BandScratch scratch(bands, x, [&](const Band& band) { return rows * band.taps * n; });
    const int columns = columns_of(n);
    for (const Band& band : bands) {
      const std::int64_t column = band.first * n;
      const Maxima<T> maxima{grads.data<T>() + column, starts.data<std::int32_t>() + column, n, grads.size(1)};
      const std::int64_t tallest = *std::max_element(band.heights.height, band.heights.height + band.heights.count);
      const std::int64_t shared = std::min<std::int64_t>(tallest, kMostTaps) * kTapThreads;
      const Tensor grad_taps = scratch.matrix(rows, band.taps * n);
      launch(gpu.rows(rows, kTapThreads, static_cast<std::size_t>(shared) * sizeof(T)).times(band.heights.count),
             grad_taps_kernel<T>, maxima, entries, band.heights, rows, band.taps, grad_taps.data<T>(), columns);
      const Write write = band.first == 0 ? Write::Overwrite : Write::Accumulate;
      if (grad_table.defined()) cuda::matmul(grad_taps, false, band.rows_of(by_tap, n), false, 1, write, grad_table);
      Tensor of_band = band.rows_of(grad_by_tap, n);
      if (!grad_filters.empty()) cuda::matmul(grad_taps, true, x, false, 1, Write::Overwrite, of_band);
    }
    if (!grad_filters.empty()) move_taps<T, false>(grad_filters, grad_by_tap);
  });
}

}  // namespace seqrec::kernels::cuda

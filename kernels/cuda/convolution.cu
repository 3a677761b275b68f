#include "kernels/convolution.h"
#include "kernels/copy.h"
#include "kernels/cuda/best.h"
#include "kernels/cuda/taps.h"

// By bands of heights: what each row of the table gives to a band's taps, the sums of its filters and their maxima meet
// in the second-level cache.
namespace seqrec::kernels::cuda {
namespace {

/// Where filters start, and what they see: as a kernel's argument.
struct Places {
  const std::int32_t *rows, *reach;  ///< [values]
  const std::int32_t *begin, *end;   ///< [windows]
  std::int64_t values, windows, length, padding;

  Places(const PaddedWindows& of, Device device)
      : rows(of.rows.on(device).data<std::int32_t>()),
        reach(of.windows.reach().on(device).data<std::int32_t>()),
        begin(of.windows.begin_on(device).data<std::int32_t>()),
        end(of.windows.end_on(device).data<std::int32_t>()),
        values(of.windows.values()),
        windows(of.windows.size()),
        length(of.length),
        padding(of.padding) {}

  template <class F>
  void for_each_pointer(F f) const {
    f(rows), f(reach), f(begin), f(end);
  }
};

/// What rows of the table give to the taps of a band, [rows, taps n].
template <class T>
struct Taps {
  const T* data;
  std::int64_t n, stride;

  /// `sum` += what the rows `ids` give to as many taps, from `tap` on, of the filters from `column` on.
  template <int N>
  __device__ __forceinline__ void add_to(Pack<T, N>& sum, const std::int32_t* ids, std::int64_t count, std::int64_t tap,
                                         std::int64_t column) const {
    const T* from = data + tap * n + column;
#pragma unroll 4
    for (std::int64_t t = 0; t < count; ++t, from += n) {
      Pack<T, N> x;
      load(x, from + ids[t] * stride);
      add(sum, x);
    }
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(data);
  }
};

/// sums [heights, values, n] = of each filter that starts at a value, where some window has all of it, so once for all
/// windows; tails [taps, n] = what the padding gives to a tap and those after it.
template <class T, int N>
__global__ void sum_filters_kernel(Taps<T> taps, Places places, const __grid_constant__ Heights heights, T* sums,
                                   T* tails) {
  const std::int64_t height = heights.height[blockIdx.y], tap = heights.first_tap[blockIdx.y], packs = taps.n / N;
  for_each_index((places.values + 1) * packs, [&](std::int64_t i) {
    const std::int64_t v = i / packs, column = (i - v * packs) * N;
    Pack<T, N> sum{}, x;
    if (v == places.values) {
      for (std::int64_t t = tap + height - 1; t >= tap; --t) {
        load(x, taps.data + places.padding * taps.stride + t * taps.n + column);
        add(sum, x);
        store(sum, tails + t * taps.n + column);
      }
    } else if (v + height <= places.reach[v]) {
      taps.add_to(sum, places.rows + v, height, tap, column);
      store(sum, sums + (blockIdx.y * places.values + v) * taps.n + column);
    }
  });
}

/// A thread a pack of a window's filters. From the window's end on all starts are the same, and one stands for them.
template <class T, int N>
__global__ void max_of_starts_kernel(Taps<T> taps, Places places, const __grid_constant__ Heights heights,
                                     const T* sums, const T* tails, T* out, std::int32_t* argmax, std::int64_t stride) {
  const std::int64_t height = heights.height[blockIdx.y], tap = heights.first_tap[blockIdx.y], packs = taps.n / N;
  for_each_index(places.windows * packs, [&](std::int64_t i) {
    const std::int64_t w = i / packs, column = (i - w * packs) * N;
    const std::int64_t first = places.begin[w], real = places.end[w] - first;
    const std::int64_t whole = max(std::int64_t{0}, real - height + 1);
    const std::int64_t starts = max(whole, min(real, places.length - height) + 1);
    Best<T> best[N];
#pragma unroll
    for (Best<T>& one : best) one = {T(0), -1};
    const auto compare = [&](const Pack<T, N>& sum, std::int64_t start) {
#pragma unroll
      for (int k = 0; k < N; ++k) best[k] = Better{}(best[k], Best<T>{sum.lane[k], start});
    };
    Pack<T, N> sum, tail;
#pragma unroll 4
    for (std::int64_t start = 0; start < whole; ++start) {
      load(sum, sums + (blockIdx.y * places.values + first + start) * taps.n + column);
      compare(sum, start);
    }
    for (std::int64_t start = whole; start < starts; ++start) {
      sum = {};
      taps.add_to(sum, places.rows + first + start, real - start, tap, column);
      load(tail, tails + (tap + real - start) * taps.n + column);
      add(sum, tail);
      compare(sum, start);
    }
    Pack<T, N> most;
    Pack<std::int32_t, N> start;
#pragma unroll
    for (int k = 0; k < N; ++k) {
      most.lane[k] = best[k].value;
      start.lane[k] = static_cast<std::int32_t>(best[k].place);
    }
    const std::int64_t to = w * stride + blockIdx.y * taps.n + column;
    store(most, out + to);
    store(start, argmax + to);
  });
}

}  // namespace

void window_convolution_max(const Tensor& table, const std::vector<Tensor>& filters, const PaddedWindows& windows,
                            Tensor& out, Tensor& argmax) {
  if (out.numel() == 0) return;
  const Context& gpu = context(out);
  const Tensor x = contiguous(table);
  const Places places(windows, gpu.device());
  const std::int64_t rows = x.size(0), n = filters[0].size(0);
  visit_float(x.dtype(), "window_convolution_max", [&](auto t) {
    using T = decltype(t);
    const Tensor by_tap = pack_taps<T>(filters);
    const std::int64_t bytes = n * static_cast<std::int64_t>(sizeof(T));
    const std::vector<Band> bands = bands_of(filters, rows * bytes, places.values * bytes);
    const BandScratch of_taps(bands, x, [&](const Band& band) { return rows * band.taps * n; });
    const BandScratch of_sums(bands, x, [&](const Band& band) { return places.values * band.heights.count * n; });
    const BandScratch of_tails(bands, x, [&](const Band& band) { return band.taps * n; });
    for (const Band& band : bands) {
      Tensor products = of_taps.matrix(rows, band.taps * n);
      cuda::matmul(x, false, band.rows_of(by_tap, n), true, 1, Write::Overwrite, products);
      const Taps<T> taps{products.data<T>(), n, band.taps * n};
      T *const sums = of_sums.data<T>(), *const tails = of_tails.data<T>();
      const std::int64_t column = band.first * n;
      const auto run = [&](auto sum_filters, auto max_of_starts, std::int64_t packs) {
        launch(gpu.over((places.values + 1) * packs).times(band.heights.count), sum_filters, taps, places, band.heights,
               sums, tails);
        launch(gpu.over(places.windows * packs).times(band.heights.count), max_of_starts, taps, places, band.heights,
               sums, tails, out.data<T>() + column, argmax.data<std::int32_t>() + column, out.size(1));
      };
      if (n % kLanes<T> == 0 && is_packable(out, argmax)) {
        run(sum_filters_kernel<T, kLanes<T>>, max_of_starts_kernel<T, kLanes<T>>, n / kLanes<T>);
      } else {
        run(sum_filters_kernel<T, 1>, max_of_starts_kernel<T, 1>, n);
      }
    }
  });
}

}  // namespace seqrec::kernels::cuda

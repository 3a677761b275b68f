#pragma once

#include <vector>

#include "kernels/copy.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/tiles.h"

/// For .cu files only. The filters of a convolution, [n, height, width] for each height, in bands of neighbouring
/// heights whose taps lie side by side: tap t of a band's height y is that band's tap first_tap[y] + t, and stands for
/// n filters.
namespace seqrec::kernels::cuda {

/// The heights of a band, as a kernel's argument: blockIdx.y is the one that a block works on.
struct Heights {
  static constexpr int kMost = 32;
  int count = 0;
  std::int32_t height[kMost] = {};
  std::int32_t first_tap[kMost] = {};
};

struct Band {
  Heights heights;
  std::int64_t first = 0;      ///< place of its first height in the list
  std::int64_t first_tap = 0;  ///< taps of all heights before it
  std::int64_t taps = 0;

  /// Its rows of a tensor that has `n` for each tap of the list.
  Tensor rows_of(const Tensor& by_tap, std::int64_t n) const {
    return by_tap.slice(0, first_tap * n, (first_tap + taps) * n);
  }
};

/// As many heights to a band as make at most kTileBytes, one at least: a tap takes `tap_bytes`, a height
/// `height_bytes`.
inline std::vector<Band> bands_of(const std::vector<Tensor>& filters, std::int64_t tap_bytes,
                                  std::int64_t height_bytes) {
  std::vector<Band> bands(1);
  std::int64_t bytes = 0;
  for (const Tensor& filter : filters) {
    const std::int64_t height = filter.size(1), more = height * tap_bytes + height_bytes;
    const Band& last = bands.back();
    if (last.heights.count == Heights::kMost || (last.heights.count > 0 && bytes + more > kTileBytes)) {
      bands.push_back({{}, last.first + last.heights.count, last.first_tap + last.taps});
      bytes = 0;
    }
    Band& band = bands.back();
    band.heights.height[band.heights.count] = static_cast<std::int32_t>(height);
    band.heights.first_tap[band.heights.count++] = static_cast<std::int32_t>(band.taps);
    band.taps += height;
    bytes += more;
  }
  return bands;
}

/// Memory for a matrix of each band, one after the other.
class BandScratch {
 public:
  /// elements_of(band) is how many a band's matrix has.
  template <class F>
  BandScratch(const std::vector<Band>& bands, const Tensor& like, F elements_of) {
    std::int64_t most = 0;
    for (const Band& band : bands) most = std::max<std::int64_t>(most, elements_of(band));
    memory_ = Tensor({most}, like.dtype(), like.device());
  }
  Tensor matrix(std::int64_t rows, std::int64_t columns) const {
    return memory_.slice(0, 0, rows * columns).reshape({rows, columns});
  }
  template <class T>
  T* data() const {
    return memory_.data<T>();
  }

 private:
  Tensor memory_;
};

/// The filters of a band's heights, each [n, height, width] and contiguous.
template <class T>
struct Filters {
  T* of[Heights::kMost] = {};

  template <class F>
  void for_each_pointer(F f) const {
    for (T* const pointer : of) f(pointer);
  }
};

/// Filters to rows [taps n, width], tap by tap, or back.
template <class T, int N, bool kPack>
__global__ void move_taps_kernel(const __grid_constant__ Filters<T> filters, const __grid_constant__ Heights heights,
                                 std::int64_t n, std::int64_t width, T* by_tap) {
  const std::int64_t height = heights.height[blockIdx.y], packs = width / N;
  T* const of_height = filters.of[blockIdx.y];
  for_each_index(n * height * packs, [&](std::int64_t i) {
    const std::int64_t row = i / packs, f = row / height, t = row - f * height;
    T* const filter = of_height + i * N;
    T* const tap = by_tap + ((heights.first_tap[blockIdx.y] + t) * n + f) * width + (i - row * packs) * N;
    Pack<T, N> pack;
    load(pack, kPack ? filter : tap);
    store(pack, kPack ? tap : filter);
  });
}

/// Between contiguous filters and all their rows.
template <class T, bool kPack>
void move_taps(const std::vector<Tensor>& filters, const Tensor& by_tap) {
  const Context& gpu = context(by_tap);
  const std::int64_t n = filters[0].size(0), width = filters[0].size(2);
  for (const Band& band : bands_of(filters, 0, 0)) {
    Filters<T> of;
    bool packable = width % kLanes<T> == 0 && is_packable(by_tap);
    for (int y = 0; y < band.heights.count; ++y) {
      const Tensor& filter = filters[band.first + y];
      of.of[y] = filter.data<T>();
      packable = packable && is_packable(filter);
    }
    const auto run = [&](auto kernel, std::int64_t packs) {
      launch(gpu.over(n * band.taps * packs / band.heights.count).times(band.heights.count), kernel, of, band.heights,
             n, width, by_tap.data<T>() + band.first_tap * n * width);
    };
    if (packable) {
      run(move_taps_kernel<T, kLanes<T>, kPack>, width / kLanes<T>);
    } else {
      run(move_taps_kernel<T, 1, kPack>, width);
    }
  }
}

/// The filters of all heights as rows [taps n, width].
template <class T>
Tensor pack_taps(const std::vector<Tensor>& filters) {
  std::vector<Tensor> sources;
  std::int64_t rows = 0;
  for (const Tensor& filter : filters) {
    sources.push_back(contiguous(filter));
    rows += filter.size(0) * filter.size(1);
  }
  const Tensor by_tap({rows, filters[0].size(2)}, filters[0].dtype(), filters[0].device());
  move_taps<T, true>(sources, by_tap);
  return by_tap;
}

}  // namespace seqrec::kernels::cuda

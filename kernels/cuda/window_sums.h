#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/windows.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/reduction.h"

/// For .cu files only. Sums over the entries of each window, or over the windows that hold each value: windows overlap,
/// so gradients gather by Windows::value_windows instead of scattering. A list is summed by some lanes of a warp, in an
/// order that its problem alone decides.
namespace seqrec::kernels::cuda {

/// Where the entries of a window are, as a kernel's argument.
struct WindowEntries {
  const std::int32_t* begin;
  const std::int32_t* offsets;

  explicit WindowEntries(const Windows& windows, Device device)
      : begin(windows.begin_on(device).data<std::int32_t>()),
        offsets(windows.offsets_on(device).data<std::int32_t>()) {}

  __device__ __forceinline__ std::int64_t length(std::int64_t w) const { return offsets[w + 1] - offsets[w]; }
  __device__ __forceinline__ std::int64_t value(std::int64_t w, std::int64_t entry) const {
    return entry - offsets[w] + begin[w];
  }
  __device__ __forceinline__ std::int64_t entry(std::int64_t w, std::int64_t value) const {
    return value - begin[w] + offsets[w];
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(begin);
    f(offsets);
  }
};

/// sum += factor * row
template <class T, int N>
__device__ __forceinline__ void add_row(Pack<T, N>& sum, T factor, const T* row) {
  Pack<T, N> x;
  load(x, row);
  for (int k = 0; k < N; ++k) sum.lane[k] += factor * x.lane[k];
}

/// How many lanes of a warp walk a row of so many packs side by side: a power of two.
inline int columns_of(std::int64_t packs) {
  return static_cast<int>(std::bit_ceil(static_cast<std::uint64_t>(std::min<std::int64_t>(packs, kWarp))));
}

/// The lanes of a list: `columns` side by side along the row that it sums up to, a pack each, times `slots` that take
/// turns along the list. `blocks` such tiles make a whole row.
struct SumTiles {
  int columns, slots;
  std::int64_t blocks;
};

inline SumTiles sum_tiles(std::int64_t packs, std::int64_t lists, std::int64_t places) {
  const int columns = columns_of(packs);
  const auto mean = static_cast<std::uint64_t>(lists == 0 ? 1 : std::max<std::int64_t>(places / lists, 1));
  const auto slots = std::min<std::uint64_t>(std::bit_floor(mean), static_cast<std::uint64_t>(kWarp / columns));
  return {columns, static_cast<int>(slots), (packs + columns - 1) / columns};
}

/// How many sums, one or two, are made from the same terms: their packs follow each other in that which terms.add gets.
template <class Terms>
inline constexpr int kSums = 1;
template <class Terms>
requires requires { Terms::kSums; }
inline constexpr int kSums<Terms> = Terms::kSums;

/// Where they end.
template <class T, int kCount>
struct ListSums {
  T* of[kCount];

  template <class F>
  void for_each_pointer(F f) const {
    for (T* const pointer : of) f(pointer);
  }
};

/// out[i] = what terms.add(sum, i, place, column) adds up to over the places [offsets[i], offsets[i + 1]) of list i.
template <class T, int N, class Terms>
__global__ void sum_lists_kernel(Terms terms, const std::int32_t* offsets, std::int64_t lists,
                                 ListSums<T, kSums<Terms>> out, std::int64_t width, SumTiles tiles) {
  const int lanes = tiles.columns * tiles.slots, lane = static_cast<int>(threadIdx.x) % lanes;
  const int slot = lane / tiles.columns;
  const std::int64_t each = blockDim.x / lanes, count = lists * tiles.blocks;
  // All lanes of a warp come along, with or without a list: they exchange their sums.
  for (std::int64_t first = blockIdx.x * each; first < count; first += gridDim.x * each) {
    const std::int64_t tile = first + threadIdx.x / lanes;
    const std::int64_t list = tiles.blocks == 1 ? tile : tile / tiles.blocks;
    const std::int64_t column = ((tile - list * tiles.blocks) * tiles.columns + lane % tiles.columns) * N;
    const bool has_list = tile < count && column < width;
    Pack<T, N * kSums<Terms>> sum{};
    if (has_list) {
      const std::int64_t end = offsets[list + 1];
#pragma unroll 4
      for (std::int64_t place = offsets[list] + slot; place < end; place += tiles.slots)
        terms.add(sum, list, place, column);
    }
    for (int bits = lanes / 2; bits >= tiles.columns; bits /= 2)
      for (T& x : sum.lane) x += exchange(x, bits);
    if (!has_list || slot > 0) continue;
#pragma unroll
    for (int n = 0; n < kSums<Terms>; ++n) {
      Pack<T, N> part;
      for (int k = 0; k < N; ++k) part.lane[k] = sum.lane[n * N + k];
      store(part, out.of[n] + list * width + column);
    }
  }
}

/// out, and `second` where terms make two sums: [lists, width] or [lists]; `places` is the sum of the lists' lengths;
/// `packable` says that the terms' tensors are.
template <class T, class Terms>
void sum_lists(const Tensor& offsets, std::int64_t places, const Terms& terms, bool packable, Tensor& out,
               const Tensor& second = {}, SEQREC_HERE) {
  constexpr int kCount = kSums<Terms>;
  const Context& gpu = context(out);
  const std::int64_t lists = out.size(0), width = out.rank() == 1 ? 1 : out.size(1);
  ListSums<T, kCount> sums{{out.data<T>()}};
  if constexpr (kCount == 2) sums.of[1] = second.data<T>();
  const auto run = [&](auto kernel, std::int64_t packs) {
    const SumTiles tiles = sum_tiles(packs, lists, places);
    launch(gpu.over(lists * tiles.blocks * tiles.columns * tiles.slots, Context::kThreads, file, line), kernel, terms,
           offsets.data<std::int32_t>(), lists, sums, width, tiles);
  };
  if constexpr (requires(Pack<T, kLanes<T> * kCount> & sum) { terms.add(sum, 0, 0, 0); }) {
    if (packable && width % kLanes<T> == 0 && is_packable(out) && (kCount == 1 || is_packable(second)))
      return run(sum_lists_kernel<T, kLanes<T>, Terms>, width / kLanes<T>);
  }
  run(sum_lists_kernel<T, 1, Terms>, width);
}

/// Of a window's entries: weights[e] (1 where null; 1 / length with `mean`) times the row of the entry's value.
template <class T>
struct EntryTerms {
  const T* table;
  const T* weights;
  const std::int32_t* rows;  ///< null: row v is value v's
  WindowEntries entries;
  std::int64_t width;
  bool mean;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t w, std::int64_t entry, std::int64_t column) const {
    const std::int64_t value = entries.value(w, entry), row = rows ? rows[value] : value;
    const T factor = weights ? weights[entry] : mean ? 1 / static_cast<T>(entries.length(w)) : T(1);
    add_row(sum, factor, table + row * width + column);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(table);
    f(weights);
    f(rows);
    entries.for_each_pointer(f);
  }
};

/// Of the windows that hold a value: the row of the window, times the weight of their entry (or as EntryTerms has it).
template <class T>
struct HolderTerms {
  const T* by_window;
  const T* weights;
  const std::int32_t* holders;
  WindowEntries entries;
  std::int64_t width;
  bool mean;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t value, std::int64_t place,
                                      std::int64_t column) const {
    const std::int64_t w = holders[place];
    const T factor = weights ? weights[entries.entry(w, value)] : mean ? 1 / static_cast<T>(entries.length(w)) : T(1);
    add_row(sum, factor, by_window + w * width + column);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(by_window);
    f(weights);
    f(holders);
    entries.for_each_pointer(f);
  }
};

/// sum_lists over the windows that hold each value.
template <class T, class Terms>
void sum_holders(const Windows& windows, const Terms& terms, bool packable, Tensor& out, SEQREC_HERE) {
  sum_lists<T>(windows.value_offsets().on(out.device()), windows.entries(), terms, packable, out, {}, file, line);
}

inline const std::int32_t* holders_on(const Windows& windows, Device device) {
  return windows.value_windows().on(device).data<std::int32_t>();
}

}  // namespace seqrec::kernels::cuda

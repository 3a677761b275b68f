#pragma once

#include <optional>
#include <utility>

#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/strided.h"

/// out = f(in...), element by element: what all elementwise kernels share.
namespace seqrec::kernels::cuda {

/// N tensors of one shape as rows of neighbouring elements, any distance apart; `step` is 1, or 0 where all of a row is
/// one element. Flat tensors are one row, and so are [rows, width] (op) [width], (op) [rows, 1] and (op) a scalar.
template <int N>
struct Rows {
  std::int64_t size = 0;
  std::int64_t width = 0;
  std::int64_t count = 1;
  /// A thread takes the same place of each part of the rows, up to four, and so what all rows share once for them. A
  /// part is this many rows after each other, a multiple of 8: it begins at a whole sector, as the first one does.
  std::int64_t part = 1;
  std::int64_t stride[N] = {};
  bool step[N] = {};
};

template <int N>
std::optional<Rows<N>> as_rows(const Strided<N>& layout) {
  if (layout.rank > 2) return std::nullopt;
  Rows<N> rows{.size = layout.size, .width = layout.rank > 0 ? layout.sizes[layout.rank - 1] : 1};
  for (int k = 0; k < N; ++k) {
    const std::int64_t step = layout.rank > 0 ? layout.strides[k][layout.rank - 1] : 1;
    if (step != 0 && step != 1) return std::nullopt;
    rows.step[k] = step == 1;
    rows.stride[k] = layout.rank > 1 ? layout.strides[k][0] : 0;
  }
  if (layout.rank > 1) {
    rows.count = layout.sizes[0];
    rows.part = std::min(rows.count, (rows.count + 31) / 32 * 8);
  }
  return rows;
}

/// Whether every row can be walked by packs.
template <class T, int N, std::same_as<Tensor>... Tensors>
bool is_packable(const Rows<N>& rows, const Tensors&... tensors) {
  const Tensor* const all[] = {&tensors...};
  bool packable = rows.width == rows.size || rows.width % kLanes<T> == 0;
  for (int k = 0; k < N; ++k) {
    packable = packable && (!rows.step[k] || (rows.stride[k] % kLanes<T> == 0 && is_packable(*all[k])));
  }
  return packable;
}

#if defined(SEQREC_CUDA_SIM) || defined(__CUDACC__)
template <int N, class T, class F, class... In>
__global__ void map_rows_kernel(F f, T* out, Rows<1 + sizeof...(In)> rows, const In*... in) {
  constexpr int kIn = sizeof...(In);
  // nvcc 13.0 expands a pack that two nested generic lambdas capture to its first element (scripts/cuda_parameters).
  const T* const inputs[] = {in...};
  for_each_pack<T, N>(rows.part * rows.width, [&](auto pack, std::int64_t i) {
    using Lanes = decltype(pack);
    std::int64_t row = rows.part == 1 ? 0 : i / rows.width;
    const std::int64_t column = i - row * rows.width;
    Lanes operands[kIn];
    const auto fetch = [&](int k) {
      const T* const from = inputs[k] + row * rows.stride[k + 1];
      if (rows.step[k + 1]) return load(operands[k], from + column);
      const T one = *from;
      for (T& lane : operands[k].lane) lane = one;
    };
#pragma unroll
    for (int k = 0; k < kIn; ++k)
      if (rows.stride[k + 1] == 0) fetch(k);
    for (; row < rows.count; row += rows.part) {
#pragma unroll
      for (int k = 0; k < kIn; ++k)
        if (rows.stride[k + 1] != 0) fetch(k);
      [&]<int... K>(std::integer_sequence<int, K...>) {
        for (int l = 0; l < static_cast<int>(std::size(pack.lane)); ++l) pack.lane[l] = f(operands[K].lane[l]...);
      }
      (std::make_integer_sequence<int, kIn>());
      store(pack, out + row * rows.stride[0] + column);
    }
  });
}

template <class T, class F, class... In>
__global__ void map_strided_kernel(F f, T* out, Strided<1 + sizeof...(In)> layout, const In*... in) {
  for_each_index(layout.size, [&](std::int64_t i) {
    const auto at = layout.offsets(i);
    [&]<int... K>(std::integer_sequence<int, K...>) { out[at.of[0]] = f(in[at.of[K + 1]]...); }
    (std::make_integer_sequence<int, sizeof...(In)>());
  });
}

template <class, class T>
using Same = T;

/// Tensors of `out`'s shape and of dtype T, any strides, `out` among them or not; f(in...) is made on the device.
template <class T, class F, std::same_as<Tensor>... In>
void map(F f, Tensor& out, const In&... in) {
  const Context& gpu = context(out);
  const auto layout = strided(out, in...);
  const auto rows = as_rows(layout);
  const auto run = [&](const Launch& shape, auto kernel, const auto& walk) {
    launch(shape, kernel, f, out.data<T>(), walk, in.template data<T>()...);
  };
  if (!rows) {
    run(gpu.over(layout.size), map_strided_kernel<T, F, Same<In, T>...>, layout);
  } else if (is_packable<T>(*rows, out, in...)) {
    run(gpu.over(packs<T>(rows->part * rows->width)), map_rows_kernel<kLanes<T>, T, F, Same<In, T>...>, *rows);
  } else {
    run(gpu.over(rows->part * rows->width), map_rows_kernel<1, T, F, Same<In, T>...>, *rows);
  }
}
#endif

}  // namespace seqrec::kernels::cuda

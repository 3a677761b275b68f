#pragma once

#include <algorithm>
#include <functional>

#include "core/parallel.h"
#include "core/tensor.h"

namespace seqrec::kernels::cpu {

/// How many elements a thread takes at once where they are read and written once.
inline constexpr std::int64_t kElementGrain = 16384;

/// Rows of `width` elements that make such a piece.
inline std::int64_t row_grain(std::int64_t width, std::int64_t elements = kElementGrain) {
  return std::max<std::int64_t>(1, elements / std::max<std::int64_t>(1, width));
}

/// parallel_for without an allocation, and without anything where one range is all.
template <class F>
void for_ranges(std::int64_t n, std::int64_t grain, F&& body) {
  if (n <= 0) return;
  if (n <= grain) return body(std::int64_t{0}, n);
  parallel_for(n, grain, std::ref(body));
}

/// The tensor, copied to rows where it isn't contiguous.
Tensor dense(const Tensor& tensor);

}  // namespace seqrec::kernels::cpu

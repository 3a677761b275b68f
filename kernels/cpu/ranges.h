#pragma once

#include <algorithm>
#include <functional>

#include "core/parallel.h"

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

/// Calls each(i) for every row i < rows, in parallel; one costs as much as reading and writing `cost` elements.
template <class F>
void for_rows(std::int64_t rows, std::int64_t cost, F&& each) {
  for_ranges(rows, row_grain(cost), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) each(i);
  });
}

}  // namespace seqrec::kernels::cpu

#include "kernels/convolution.h"

#include <algorithm>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/taps.h"

namespace seqrec::kernels::cpu {
namespace {

/// For each value whether some window has a whole filter (`height` real values) that starts there.
std::vector<char> whole_starts(const Windows& windows, std::int64_t height) {
  std::vector<std::int32_t> change(static_cast<std::size_t>(windows.values()) + 1);
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    if (windows.length(w) < height) continue;
    const auto i = static_cast<std::size_t>(w);
    ++change[windows.begin()[i]];
    --change[windows.end()[i] - height + 1];
  }
  std::vector<char> starts(windows.values());
  std::int32_t covering = 0;
  for (std::size_t v = 0; v < starts.size(); ++v) starts[v] = (covering += change[v]) > 0;
  return starts;
}

/// tails[r] [filters] = what the padding row gives to the taps from r on, r <= height.
template <class T>
std::vector<T> padding_tails(const T* padding, std::int64_t height, std::int64_t filters) {
  std::vector<T> tails((height + 1) * filters);
  for (std::int64_t i = height * filters - 1; i >= 0; --i) tails[i] = tails[i + filters] + padding[i];
  return tails;
}

/// The first starts of a window whose filter sees real values alone, and those after them whose filter runs into the
/// padding; from the window's end on all are the same, and one stands for them.
struct Starts {
  std::int64_t whole, cut;
};
Starts starts_of(std::int64_t length, std::int64_t height, std::int64_t last_start) {
  const std::int64_t whole = std::max<std::int64_t>(0, length - height + 1);
  return {whole, std::max<std::int64_t>(0, std::min(length, last_start) - whole + 1)};
}

/// sums [cut, filters]: over a filter's taps on real values, and what the padding gives to the others.
template <class T>
void sum_cut(const Starts& starts, std::int64_t length, const std::int32_t* ids, const T* table, const T* tails,
             std::int64_t height, std::int64_t filters, T* sums) {
  for (std::int64_t i = 0; i < starts.cut; ++i, sums += filters) {
    const std::int64_t start = starts.whole + i, real = length - start;
    tap_sums<T>(1, real, ids + start, table, height, filters, sums);
    row_add<T>(filters, tails + real * filters, sums);
  }
}

}  // namespace

// A filter's sum over real values belongs to where it starts in the history, so it is made once for all windows; where
// the filter runs into the padding it is the sum over its first taps and a constant, and each window's own.
void window_tap_max(const Tensor& taps, const PaddedWindows& padded, Tensor& out, Tensor& argmax) {
  visit_float(taps.dtype(), "window_tap_max", [&](auto zero) {
    using T = decltype(zero);
    const Tensor source = contiguous(taps);
    const T* table = source.data<T>();
    const Windows& windows = padded.windows;
    const std::int32_t* ids = padded.rows.host().data();
    const std::int64_t height = taps.size(1), filters = taps.size(2), last_start = padded.length - height;

    const std::vector<char> whole = whole_starts(windows, height);
    const Workspace<T> sums(windows.values() * filters);
    for_ranges(windows.values(), row_grain(height * filters), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t v = begin, until = begin; v < end; v = until) {
        while (until < end && whole[until] == whole[v]) ++until;
        if (whole[v]) tap_sums<T>(until - v, height, ids + v, table, height, filters, sums.data() + v * filters);
      }
    });

    const std::vector<T> tails = padding_tails(table + padded.padding * height * filters, height, filters);
    T* to = out.data<T>();
    std::int32_t* places = argmax.data<std::int32_t>();
    for_ranges(windows.size(), row_grain(padded.length * filters), [&](std::int64_t begin, std::int64_t end) {
      std::vector<T> cut_sums((last_start + 1) * filters);
      for (std::int64_t w = begin; w < end; ++w) {
        const std::int64_t first = windows.begin()[w], length = windows.length(w);
        const Starts starts = starts_of(length, height, last_start);
        T* row = to + w * filters;
        std::int32_t* place = places + w * filters;
        if (starts.whole > 0) max_rows<T>(starts.whole, sums.data() + first * filters, filters, 0, false, row, place);
        if (starts.cut == 0) continue;
        sum_cut(starts, length, ids + first, table, tails.data(), height, filters, cut_sums.data());
        max_rows<T>(starts.cut, cut_sums.data(), filters, static_cast<std::int32_t>(starts.whole), starts.whole > 0,
                    row, place);
      }
    });
  });
}

namespace {

/// The starts that some window's maximum came from, each with the gradient of its filters: whole ones shared by all
/// windows, those that run into the padding each window's own.
template <class T>
struct Winners {
  std::vector<TapStart> starts;
  std::vector<T> grads;  // [starts, filters]
  std::vector<T> tails;  // [height, filters]: by the first tap that saw the padding
};

template <class T>
Winners<T> collect_winners(const T* grad, const std::int32_t* place, const Windows& windows, std::int64_t height,
                           std::int64_t filters) {
  Winners<T> winners;
  winners.tails.resize(height * filters);
  std::vector<std::int32_t> start_of(windows.values(), -1);  // of whole filters
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    const auto own = winners.starts.size();
    for (std::int64_t f = 0; f < filters; ++f) {
      const T value = grad[w * filters + f];
      if (value == 0) continue;  // most of them, after a ReLU
      const std::int32_t at = place[w * filters + f], first = windows.begin()[w] + at;
      const auto used = static_cast<std::int32_t>(std::clamp<std::int64_t>(windows.length(w) - at, 0, height));
      if (used < height) winners.tails[used * filters + f] += value;
      if (used == 0) continue;
      std::int64_t found = -1;
      if (used == height) {
        found = start_of[first];
      } else {
        for (auto s = own; s < winners.starts.size() && found < 0; ++s)
          if (winners.starts[s].first == first && winners.starts[s].used == used) found = static_cast<std::int64_t>(s);
      }
      if (found < 0) {
        found = std::ssize(winners.starts);
        winners.starts.push_back({first, used});
        winners.grads.resize(winners.grads.size() + static_cast<std::size_t>(filters));
        if (used == height) start_of[first] = static_cast<std::int32_t>(found);
      }
      winners.grads[found * filters + f] += value;
    }
  }
  return winners;
}

}  // namespace

void window_tap_max_backward(const Tensor& grad_out, const Tensor& argmax, const PaddedWindows& padded,
                             Tensor& grad_taps) {
  visit_float(grad_out.dtype(), "window_tap_max_backward", [&](auto zero) {
    using T = decltype(zero);
    const Tensor grads = contiguous(grad_out), starts = contiguous(argmax);
    const std::int64_t height = grad_taps.size(1), filters = grad_taps.size(2);
    const Winners<T> winners =
        collect_winners(grads.data<T>(), starts.data<std::int32_t>(), padded.windows, height, filters);
    cpu::fill(0, grad_taps);
    T* to = grad_taps.data<T>();
    const std::int64_t count = std::ssize(winners.starts);
    // Each thread has some of the taps, for all rows.
    for_ranges(height, row_grain(count * filters), [&](std::int64_t begin, std::int64_t end) {
      tap_scatter<T>(count, winners.starts.data(), winners.grads.data(), padded.rows.host().data(), begin, end, height,
                     filters, to);
    });
    // What saw the padding from tap r on saw it at all taps after.
    T* padding = to + padded.padding * height * filters;
    std::vector<T> sum(filters);
    for (std::int64_t t = 0; t < height; ++t) {
      row_add<T>(filters, winners.tails.data() + t * filters, sum.data());
      row_add<T>(filters, sum.data(), padding + t * filters);
    }
  });
}

}  // namespace seqrec::kernels::cpu

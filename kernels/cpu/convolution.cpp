#include "kernels/convolution.h"

#include <algorithm>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/taps.h"
#include "kernels/cpu/tap_tails.h"
#include "kernels/cpu/workspace.h"
#include "kernels/matmul.h"
#include "kernels/visit.h"

// Height by height: the taps of one height stay in the cache, and those of all would be most of a step's memory.
namespace seqrec::kernels::cpu {
namespace {

/// The filters of one height, and where their columns are in the results of all.
struct OfHeight {
  Tensor by_tap;  ///< [height n, width]: tap by tap, the filters
  std::int64_t height, n, column;
};

/// Calls each(place in the list, its filters).
template <class F>
void for_each_height(const std::vector<Tensor>& filters, F each) {
  for (std::size_t k = 0; k < filters.size(); ++k) {
    const std::int64_t n = filters[k].size(0), height = filters[k].size(1), width = filters[k].size(2);
    const Tensor by_tap = contiguous(filters[k].transpose(0, 1)).reshape({height * n, width});
    each(k, OfHeight{by_tap, height, n, static_cast<std::int64_t>(k) * n});
  }
}

std::int64_t tallest(const std::vector<Tensor>& filters) {
  std::int64_t most = 0;
  for (const Tensor& filter : filters) most = std::max(most, filter.size(1));
  return most;
}

/// Memory for a matrix of each height, one after the other.
class MatrixSpace {
 public:
  MatrixSpace(std::int64_t elements, const Tensor& like) : tensor_({elements}, like.dtype()) {}
  Tensor matrix(std::int64_t rows, std::int64_t columns) const {
    return tensor_.slice(0, 0, rows * columns).reshape({rows, columns});
  }

 private:
  Tensor tensor_;
};

/// What the rows of a table give to the taps [rows, height n]: those of each value, and of the padding.
template <class T>
struct Taps {
  const T* data;
  const std::int32_t* row_of_value;
  std::int64_t padding;  ///< -1: no filter sees it
};

/// sums [values, n]: of each filter that starts at a value, where some window has all of it.
template <class T>
void sum_whole(const Windows& windows, const Taps<T>& from, std::int64_t height, std::int64_t n, T* sums) {
  const T* taps = from.data;
  const std::int32_t *ids = from.row_of_value, *reach = windows.reach().host().data();
  for_ranges(windows.values(), row_grain(height * n), [&](std::int64_t begin, std::int64_t end) {
    const auto is_whole = [&](std::int64_t v) { return v + height <= reach[v]; };
    for (std::int64_t v = begin, until = begin; v < end; v = until) {
      while (until < end && is_whole(until) == is_whole(v)) ++until;
      if (is_whole(v)) tap_sums<T>(until - v, height, ids + v, taps, height, n, sums + v * n);
    }
  });
}

// A filter's sum over real values belongs to where it starts in the history, so it is made once for all windows; where
// the filter runs into the padding it is the sum over its first taps and a constant, and each window's own.
template <class T>
void max_of_height(const PaddedWindows& padded, const Taps<T>& from, const OfHeight& of, T* sums, Tensor& out,
                   Tensor& argmax) {
  const Windows& windows = padded.windows;
  const T* taps = from.data;
  const std::int32_t* ids = from.row_of_value;
  const std::int64_t height = of.height, n = of.n, last_start = padded.length - height, columns = out.size(1);
  sum_whole<T>(windows, from, height, n, sums);
  std::vector<T> tails;
  if (from.padding >= 0) {
    tails.resize((height + 1) * n);
    add_tails(taps + from.padding * height * n, height, n, tails.data());
  }
  T* to = out.data<T>() + of.column;
  std::int32_t* places = argmax.data<std::int32_t>() + of.column;
  for_ranges(windows.size(), row_grain(padded.length * n), [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> cut_sums((last_start + 1) * n);
    for (std::int64_t w = begin; w < end; ++w) {
      const std::int64_t first = windows.begin()[w], length = windows.length(w);
      const Starts starts = starts_of(length, height, last_start);
      T* row = to + w * columns;
      std::int32_t* place = places + w * columns;
      if (starts.whole > 0) max_rows<T>(starts.whole, sums + first * n, n, 0, false, row, place);
      if (starts.cut == 0) continue;
      sum_cut(starts, length, ids + first, taps, tails.data(), height, n, cut_sums.data());
      max_rows<T>(starts.cut, cut_sums.data(), n, static_cast<std::int32_t>(starts.whole), starts.whole > 0, row,
                  place);
    }
  });
}

}  // namespace

void window_convolution_max(const Tensor& table, const std::vector<Tensor>& filters, const PaddedWindows& windows,
                            Tensor& out, Tensor& argmax) {
  if (out.numel() == 0) return;
  visit_real(table.dtype(), "window_convolution_max", [&](auto zero) {
    using T = decltype(zero);
    const Tensor x = contiguous(table);
    const Workspace<T> sums(windows.windows.values() * filters[0].size(0));
    const MatrixSpace scratch(x.size(0) * tallest(filters) * filters[0].size(0), x);
    for_each_height(filters, [&](std::size_t, const OfHeight& of) {
      Tensor taps = scratch.matrix(x.size(0), of.height * of.n);
      cpu::matmul(x, false, of.by_tap, true, 1, Write::Overwrite, taps);
      max_of_height<T>(windows, {taps.data<T>(), windows.rows.host().data(), windows.padding}, of, sums.data(), out,
                       argmax);
    });
  });
}

namespace {

/// The starts that some window's maximum came from, each with the gradient of its filters: whole ones shared by all
/// windows, those that run into the padding each window's own.
template <class T>
struct Winners {
  std::vector<TapStart> starts;
  std::vector<T> grads;  // [starts, n]
  std::vector<T> tails;  // [height, n]: by the first tap that saw the padding
};

template <class T>
Winners<T> collect_winners(const T* grad, const std::int32_t* place, const Windows& windows, std::int64_t height,
                           std::int64_t n) {
  Winners<T> winners;
  winners.tails.resize(height * n);
  std::vector<std::int32_t> start_of(windows.values(), -1);  // of whole filters
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    const auto own = winners.starts.size();
    for (std::int64_t f = 0; f < n; ++f) {
      const T value = grad[w * n + f];
      if (value == 0) continue;  // most of them, after a ReLU
      const std::int32_t at = place[w * n + f], first = windows.begin()[w] + at;
      const auto used = static_cast<std::int32_t>(std::clamp<std::int64_t>(windows.length(w) - at, 0, height));
      if (used < height) winners.tails[used * n + f] += value;
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
        winners.grads.resize(winners.grads.size() + static_cast<std::size_t>(n));
        if (used == height) start_of[first] = static_cast<std::int32_t>(found);
      }
      winners.grads[found * n + f] += value;
    }
  }
  return winners;
}

/// The gradient of what each row gives to each tap, grad_taps [rows, height n].
template <class T>
void scatter_winners(const Winners<T>& winners, const PaddedWindows& padded, std::int64_t height, std::int64_t n,
                     Tensor& grad_taps) {
  cpu::fill(0, grad_taps);
  T* to = grad_taps.data<T>();
  const std::int64_t count = std::ssize(winners.starts);
  // Each thread has some of the taps, for all rows.
  for_ranges(height, row_grain(count * n), [&](std::int64_t begin, std::int64_t end) {
    tap_scatter<T>(count, winners.starts.data(), winners.grads.data(), padded.rows.host().data(), begin, end, height, n,
                   to);
  });
  // What saw the padding from tap r on saw it at all taps after.
  T* padding = to + padded.padding * height * n;
  std::vector<T> sum(n);
  for (std::int64_t t = 0; t < height; ++t) {
    row_add<T>(n, winners.tails.data() + t * n, sum.data());
    row_add<T>(n, sum.data(), padding + t * n);
  }
}

}  // namespace

// taps = table by_tap^T: dtable = dtaps by_tap, dby_tap = dtaps^T table.
void window_convolution_max_backward(const Tensor& grad_out, const Tensor& argmax, const Tensor& table,
                                     const std::vector<Tensor>& filters, const PaddedWindows& windows,
                                     Tensor& grad_table, const std::vector<Tensor>& grad_filters) {
  visit_real(grad_out.dtype(), "window_convolution_max_backward", [&](auto zero) {
    using T = decltype(zero);
    const Tensor x = contiguous(table);
    const std::int64_t most = tallest(filters) * filters[0].size(0);
    const MatrixSpace of_taps(x.size(0) * most, x), of_filters(most * x.size(1), x);
    Write write = Write::Overwrite;
    for_each_height(filters, [&](std::size_t k, const OfHeight& of) {
      // Its columns side by side: rows of all heights are too far apart to be read one by one.
      const Tensor grads = contiguous(grad_out.slice(1, of.column, of.column + of.n));
      const Tensor starts = contiguous(argmax.slice(1, of.column, of.column + of.n));
      const Winners<T> winners =
          collect_winners(grads.data<T>(), starts.data<std::int32_t>(), windows.windows, of.height, of.n);
      Tensor grad_taps = of_taps.matrix(x.size(0), of.height * of.n);
      scatter_winners(winners, windows, of.height, of.n, grad_taps);
      if (grad_table.defined()) cpu::matmul(grad_taps, false, of.by_tap, false, 1, write, grad_table);
      write = Write::Accumulate;
      if (grad_filters.empty()) return;
      Tensor by_tap = of_filters.matrix(of.height * of.n, x.size(1)), to = grad_filters[k];
      cpu::matmul(grad_taps, true, x, false, 1, Write::Overwrite, by_tap);
      cpu::copy(by_tap.reshape({of.height, of.n, x.size(1)}).transpose(0, 1), to);
    });
  });
}

}  // namespace seqrec::kernels::cpu

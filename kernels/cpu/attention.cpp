#include "kernels/attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/copy.h"
#include "kernels/cpu/attention_tile.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/dropout.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/softmax.h"
#include "kernels/visit.h"

// Neighbouring queries whose windows begin together share their keys: tiles of such queries are three products in the
// forward and five in the backward, by head, on scores that stay in cache. The backward makes the weights anew: that is
// less work than to write and read them.
namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kTile = kAttentionTile;  // queries

template <class T>
struct Attention {
  const T *q, *k, *v;
  const Windows& windows;
  std::int64_t width, heads;
  Drop drop;

  std::int64_t columns() const { return width / heads; }
  T scale() const { return static_cast<T>(1 / std::sqrt(static_cast<double>(columns()))); }
  Strided<T> rows(const T* x, std::int64_t row, std::int64_t head) const {
    return {x + row * width + head * columns(), width, 1};
  }
  std::int64_t length(std::int64_t query) const { return windows.length(query); }

  /// What the weights of queries [i, i + m) are multiplied by, entry by entry: 0 or 1 / (1 - p). The queries' entries
  /// lie one after the other, so their numbers are drawn in one go.
  void draw(std::int64_t i, std::int64_t m, std::int64_t head, const T* ones, T* factors) const {
    const auto offsets = windows.offsets().subspan(i, static_cast<std::size_t>(m) + 1);
    const std::int64_t number = head * windows.entries() + offsets.front();
    dropout_loop<T>(drop.stream.seed, drop.stream.stream, drop.offset + static_cast<std::uint64_t>(number),
                    static_cast<std::uint32_t>(std::ceil(drop.p * 0x1p24)), static_cast<T>(1 / (1 - drop.p)),
                    offsets.back() - offsets.front(), ones, factors);
  }
};

/// A thread's memory: two packed matrices, three tiles of scores, the factors of dropout and as many ones.
template <class T>
class Scratch {
 public:
  Scratch(const Attention<T>& a, std::int64_t longest)
      : stride_(num_ranges(longest, kPanels) * kPanels),
        packed_(a.columns() * stride_),
        space_(2 * packed_ + 5 * kTile * stride_) {
    std::fill_n(tile(4), kTile * stride_, T(1));
  }
  T* factors() const { return tile(3); }
  const T* ones() const { return tile(4); }
  std::int64_t stride() const { return stride_; }
  /// rows [begin, end) of x under a head, transposed and packed.
  const T* pack(int which, const Attention<T>& a, const T* x, const WindowRun& run, std::int64_t head) const {
    T* to = space_.data() + which * packed_;
    const Strided<T> from = a.rows(x, run.begin, head);
    pack_panels<T>(a.columns(), 0, run.end - run.begin, {from.data, 1, from.rows}, to);
    return to;
  }
  T* tile(int which) const { return space_.data() + 2 * packed_ + which * kTile * stride_; }

 private:
  static constexpr std::int64_t kPanels = 64;  // a multiple of every variant's panel
  std::int64_t stride_, packed_;
  Workspace<T> space_;
};

/// Queries [i, i + m) of a run, which look at its first n values at most.
struct RunTile {
  std::int64_t i, m, n;
};

/// Calls each(tile) for all queries of the run.
template <class T, class F>
void for_tiles(const Attention<T>& a, const WindowRun& run, F&& each) {
  for (std::int64_t i = run.first; i < run.last; i += kTile) {
    const std::int64_t m = std::min(kTile, run.last - i);
    std::int64_t n = 0;
    for (std::int64_t j = i; j < i + m; ++j) n = std::max(n, a.length(j));
    each(RunTile{i, m, n});
  }
}

/// weights [m, stride] = the softmax of the scores, 0 behind a query's window.
template <class T>
void weigh(const Attention<T>& a, const RunTile& tile, std::int64_t head, const T* keys, T* weights,
           std::int64_t stride) {
  gemm_packed<T>(tile.m, tile.n, a.columns(), a.scale(), a.rows(a.q, tile.i, head), keys, false, weights, stride);
  for (std::int64_t j = 0; j < tile.m; ++j) {
    T* row = weights + j * stride;
    const std::int64_t n = a.length(tile.i + j);
    softmax_row<T>(n, row, row);
    std::fill(row + n, row + tile.n, T(0));
  }
}

/// Calls each(run, scratch) for all runs, in parallel where they share no value.
template <class T, class F>
void for_runs(const Attention<T>& a, F&& each) {
  const WindowRuns& runs = a.windows.runs();
  const std::int64_t parts = std::ssize(runs.parts()) - 1;
  if (parts == 0) return;
  const std::int64_t work = a.windows.entries() * a.width / parts;
  for_ranges(parts, row_grain(work, 1 << 17), [&](std::int64_t begin, std::int64_t end) {
    const Scratch<T> scratch(a, runs.longest());
    for (std::int32_t r = runs.parts()[begin]; r < runs.parts()[end]; ++r) each(runs.all()[r], scratch);
  });
}

/// Rows of queries that look at nothing are 0.
template <class T>
void clear_empty(const Attention<T>& a, T* out) {
  for (std::int64_t i = 0; i < a.windows.size(); ++i)
    if (a.length(i) == 0) std::fill_n(out + i * a.width, a.width, T(0));
}

}  // namespace

void window_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows, std::int64_t heads,
                      Drop drop, Tensor& out) {
  visit_real(q.dtype(), "window_attention", [&](auto t) {
    using T = decltype(t);
    const Tensor queries = contiguous(q), keys = contiguous(k), values = contiguous(v);
    const Attention<T> a{queries.data<T>(), keys.data<T>(), values.data<T>(), windows, q.size(1), heads, drop};
    T* to = out.data<T>();
    clear_empty(a, to);
    for_runs(a, [&](const WindowRun& run, const Scratch<T>& scratch) {
      for (std::int64_t h = 0; h < heads; ++h) {
        const T* packed = scratch.pack(0, a, a.k, run, h);
        for_tiles(a, run, [&](const RunTile& tile) {
          T* weights = scratch.tile(0);
          weigh(a, tile, h, packed, weights, scratch.stride());
          if (kTraining && drop.p > 0) {
            const T* factor = scratch.factors();
            a.draw(tile.i, tile.m, h, scratch.ones(), scratch.factors());
            for (std::int64_t j = 0; j < tile.m; factor += a.length(tile.i + j++))
              row_multiply<T>(a.length(tile.i + j), factor, weights + j * scratch.stride(),
                              weights + j * scratch.stride());
          }
          gemm_rows<T>(tile.m, a.columns(), tile.n, T(1), {weights, scratch.stride(), 1}, a.rows(a.v, run.begin, h),
                       false, to + tile.i * a.width + h * a.columns(), a.width);
        });
      }
    });
  });
}

void window_attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                               std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q, Tensor& grad_k,
                               Tensor& grad_v) {
  visit_real(q.dtype(), "window_attention_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor queries = contiguous(q), keys = contiguous(k), values = contiguous(v), grads = contiguous(grad_out);
    const Attention<T> a{queries.data<T>(), keys.data<T>(), values.data<T>(), windows, q.size(1), heads, drop};
    const T* grad = grads.data<T>();
    T *dq = grad_q.data<T>(), *dk = grad_k.data<T>(), *dv = grad_v.data<T>();
    clear_empty(a, dq);
    cpu::fill(0, grad_k);
    cpu::fill(0, grad_v);
    const std::int64_t columns = a.columns(), width = a.width;
    for_runs(a, [&](const WindowRun& run, const Scratch<T>& scratch) {
      const std::int64_t stride = scratch.stride();
      T *weights = scratch.tile(0), *kept = drop.p > 0 ? scratch.tile(1) : weights, *slopes = scratch.tile(2);
      for (std::int64_t h = 0; h < heads; ++h) {
        const T *packed_keys = scratch.pack(0, a, a.k, run, h), *packed_values = scratch.pack(1, a, a.v, run, h);
        const std::int64_t first = run.begin * width + h * columns;
        for_tiles(a, run, [&](const RunTile& tile) {
          const Strided<T> d = a.rows(grad, tile.i, h);
          weigh(a, tile, h, packed_keys, weights, stride);
          gemm_packed<T>(tile.m, tile.n, columns, T(1), d, packed_values, false, slopes, stride);
          const T* factor = scratch.factors();
          if (drop.p > 0) a.draw(tile.i, tile.m, h, scratch.ones(), scratch.factors());
          for (std::int64_t j = 0; j < tile.m; ++j) {
            const std::int64_t n = a.length(tile.i + j);
            T *w = weights + j * stride, *s = slopes + j * stride;
            if (drop.p > 0) {
              row_multiply<T>(n, factor, w, kept + j * stride);
              row_multiply<T>(n, factor, s, s);
              factor += n;
              std::fill(kept + j * stride + n, kept + j * stride + tile.n, T(0));
            }
            softmax_backward_row<T>(n, w, s, s);
            std::fill(s + n, s + tile.n, T(0));
          }
          gemm_rows<T>(tile.n, columns, tile.m, T(1), {kept, 1, stride}, d, true, dv + first, width);
          gemm_rows<T>(tile.m, columns, tile.n, a.scale(), {slopes, stride, 1}, a.rows(a.k, run.begin, h), false,
                       dq + tile.i * width + h * columns, width);
          gemm_rows<T>(tile.n, columns, tile.m, a.scale(), {slopes, 1, stride}, a.rows(a.q, tile.i, h), true,
                       dk + first, width);
        });
      }
    });
  });
}

}  // namespace seqrec::kernels::cpu

#include <cmath>

#include "kernels/attention.h"
#include "kernels/copy.h"
#include "kernels/cuda/drop_rule.h"
#include "kernels/cuda/owned_rows.h"

// Forward, and for the queries' gradient: a warp owns queries of a run and walks the values that they look at. For the
// gradients of keys and values: it owns values and walks the queries that look at them. So each result has one owner,
// which adds in a fixed order however windows overlap. Nothing is kept by entry: weights are made anew from what those
// of a query are normalised by.
namespace seqrec::kernels::cuda {
namespace {

static_assert(kOwn == kRunTile);

/// The numbers of dropout.cu, by entry.
template <class T>
struct Dropping {
  RandomStream stream;
  std::uint64_t offset;
  DropRule<T> rule;

  __device__ __forceinline__ T factor(std::int64_t entry) const {
    if (rule.threshold == 0) return 1;
    const std::uint64_t number = offset + static_cast<std::uint64_t>(entry);
    const auto four = stream.block(number / 4);
    const std::uint32_t even = number % 4 < 2 ? four[0] : four[2], odd = number % 4 < 2 ? four[1] : four[3];
    return rule.keeps(number % 2 == 0 ? even : odd) ? rule.scale : T(0);
  }
};

/// weights[1][o][lane] = the factor of own row o with the walked row of this lane, whose entry is entry_of(o). A loop
/// that isn't unrolled: eight generators side by side would take a warp's registers.
template <class T, class F>
__device__ __forceinline__ void draw(OwnerScratch<T>& scratch, const Dropping<T>& dropping, int rows, F entry_of) {
#pragma unroll 1
  for (int o = 0; o < rows; ++o) scratch.weights[1][o][lane_of_warp()] = dropping.factor(entry_of(o));
}

/// What a warp owns of the queries: neighbours of one run, under one head.
struct QueryPiece {
  std::int64_t first, begin, head, slice;
  int rows;                   ///< 0: the run has no such piece
  std::int32_t most;          ///< values that a query looks at
  std::int32_t length[kOwn];  ///< of the queries' windows

  __device__ QueryPiece(std::int64_t unit, std::int64_t pieces, const Heads& h, const std::int32_t* runs,
                        const std::int32_t* offsets) {
    slice = unit % h.slices;
    head = unit / h.slices % h.heads;
    const std::int64_t place = unit / h.slices / h.heads;
    const std::int32_t* const run = runs + place / pieces * 4;
    first = run[0] + place % pieces * kOwn;
    begin = run[2];
    rows = static_cast<int>(max(std::int64_t{0}, min(std::int64_t{kOwn}, run[1] - first)));
    most = 0;
#pragma unroll
    for (int o = 0; o < kOwn; ++o) {
      length[o] = o < rows ? offsets[first + o + 1] - offsets[first + o] : 0;
      most = max(most, length[o]);
    }
  }
};

/// What the weights of the own queries are normalised by, over the values that were walked.
template <class T>
struct Normalisers {
  T largest[kOwn];  ///< dot product
  T sum[kOwn];      ///< this lane's of exp(scale (dot - largest))
  T scale;

  __device__ explicit Normalisers(T scale) : scale(scale) {
#pragma unroll
    for (int o = 0; o < kOwn; ++o) {
      largest[o] = -INFINITY;
      sum[o] = 0;
    }
  }
  /// The lane's part of the sum of query o for one more value, if it looks at that; `before` is what earlier parts must
  /// be multiplied by.
  __device__ __forceinline__ T take(int o, T dot, bool looks, T& before) {
    const T most = fmax(largest[o], warp_max(looks ? dot : T(-INFINITY)));
    const T shift = most < 0 && isinf(most) ? T(0) : most;
    before = exp(scale * (largest[o] - shift));
    const T part = looks ? exp(scale * (dot - shift)) : T(0);
    largest[o] = most;
    sum[o] = sum[o] * before + part;
    return part;
  }
};

template <class T, int kC>
__global__ void window_attention_kernel(const T* q, const T* k, const T* v, const std::int32_t* runs,
                                        const std::int32_t* offsets, std::int64_t units, std::int64_t pieces,
                                        std::int64_t entries, Heads h, T scale, Dropping<T> dropping, T* out) {
  SEQREC_SHARED(OwnerScratch<T>, scratches, [kOwners<T>]);
  OwnerScratch<T>& scratch = scratches[threadIdx.x / kWarp];
  WarpTeam::for_each_row(units, [&](std::int64_t unit) {
    const QueryPiece own(unit, pieces, h, runs, offsets);
    if (own.rows == 0) return;
    const std::int64_t at = own.first * h.width + own.head * h.columns;
    Normalisers<T> normalisers(scale);
    T sums[kC][kOwn] = {}, dot[kOwn];
    for (std::int32_t start = 0; start < own.most; start += kWarp) {
      const std::int64_t from = (own.begin + start) * h.width + own.head * h.columns;
      const int count = min(kWarp, own.most - start);
      make_dots(scratch, h, q + at, own.rows, k + from, count, dot);
      draw(scratch, dropping, own.rows,
           [&](int o) { return own.head * entries + offsets[own.first + o] + start + lane_of_warp(); });
#pragma unroll
      for (int o = 0; o < kOwn; ++o) {
        const bool looks = start + lane_of_warp() < own.length[o];
        T before;
        const T weight = normalisers.take(o, dot[o], looks, before);
        scratch.weights[0][o][lane_of_warp()] = looks ? weight * scratch.weights[1][o][lane_of_warp()] : T(0);
#pragma unroll
        for (int c = 0; c < kC; ++c) sums[c][o] *= before;
      }
      __syncwarp();
      add_walked(scratch.weights[0], h, own.slice, v + from, count, sums);
    }
    T factor[kOwn];
#pragma unroll
    for (int o = 0; o < kOwn; ++o) factor[o] = 1 / warp_sum(normalisers.sum[o]);
    write_rows(sums, factor, h, own.slice, own.rows, out + at);
  });
}

/// What the queries' gradient leaves for those of keys and values, [heads, queries] each.
template <class T>
struct Traces {
  T* largest;  ///< dot product
  T* inverse;  ///< of the weights' sum
  T* mean;     ///< of the weights' gradients
  std::int64_t queries;

  template <class F>
  void for_each_pointer(F f) const {
    f(largest);
    f(inverse);
    f(mean);
  }
};

template <class T, int kC>
__global__ void grad_queries_kernel(const T* q, const T* k, const T* v, const T* grad, const std::int32_t* runs,
                                    const std::int32_t* offsets, std::int64_t units, std::int64_t pieces,
                                    std::int64_t entries, Heads h, T scale, Dropping<T> dropping, Traces<T> traces,
                                    T* grad_q) {
  SEQREC_SHARED(OwnerScratch<T>, scratches, [kOwners<T>]);
  OwnerScratch<T>& scratch = scratches[threadIdx.x / kWarp];
  WarpTeam::for_each_row(units, [&](std::int64_t unit) {
    const QueryPiece own(unit, pieces, h, runs, offsets);
    if (own.rows == 0) return;
    const std::int64_t at = own.first * h.width + own.head * h.columns;
    const std::int64_t values = own.begin * h.width + own.head * h.columns;
    Normalisers<T> normalisers(scale);
    T mean[kOwn] = {}, dot[kOwn], slope[kOwn];
    const auto meet = [&](std::int32_t start, int count) {
      make_dots(scratch, h, q + at, own.rows, k + values + start * h.width, count, dot);
      make_dots(scratch, h, grad + at, own.rows, v + values + start * h.width, count, slope);
      draw(scratch, dropping, own.rows,
           [&](int o) { return own.head * entries + offsets[own.first + o] + start + lane_of_warp(); });
#pragma unroll
      for (int o = 0; o < kOwn; ++o)
        if (o < own.rows) slope[o] *= scratch.weights[1][o][lane_of_warp()];
    };
    for (std::int32_t start = 0; start < own.most; start += kWarp) {
      meet(start, min(kWarp, own.most - start));
#pragma unroll
      for (int o = 0; o < kOwn; ++o) {
        const bool looks = start + lane_of_warp() < own.length[o];
        T before;
        const T part = normalisers.take(o, dot[o], looks, before);
        mean[o] = mean[o] * before + (looks ? part * slope[o] : T(0));
      }
    }
    T inverse[kOwn], factor[kOwn], sums[kC][kOwn] = {};
#pragma unroll
    for (int o = 0; o < kOwn; ++o) {
      factor[o] = scale;
      inverse[o] = 1 / warp_sum(normalisers.sum[o]);
      mean[o] = warp_sum(mean[o]) * inverse[o];
      if (lane_of_warp() > 0 || o >= own.rows || own.slice > 0) continue;
      const std::int64_t place = own.head * traces.queries + own.first + o;
      traces.largest[place] = normalisers.largest[o];
      traces.inverse[place] = inverse[o];
      traces.mean[place] = mean[o];
    }
    for (std::int32_t start = 0; start < own.most; start += kWarp) {
      const int count = min(kWarp, own.most - start);
      if (own.most > kWarp) meet(start, count);  // else they are still there
#pragma unroll
      for (int o = 0; o < kOwn; ++o) {
        const T weight = exp(scale * (dot[o] - normalisers.largest[o])) * inverse[o];
        scratch.weights[0][o][lane_of_warp()] =
            start + lane_of_warp() < own.length[o] ? weight * (slope[o] - mean[o]) : T(0);
      }
      __syncwarp();
      add_walked(scratch.weights[0], h, own.slice, k + values + start * h.width, count, sums);
    }
    write_rows(sums, factor, h, own.slice, own.rows, grad_q + at);
  });
}

template <class T, int kC>
__global__ void grad_values_kernel(const T* q, const T* k, const T* v, const T* grad, const std::int32_t* runs,
                                   const std::int32_t* tiles, const std::int32_t* offsets, std::int64_t values,
                                   std::int64_t entries, Heads h, T scale, Dropping<T> dropping, Traces<T> traces,
                                   T* grad_k, T* grad_v) {
  SEQREC_SHARED(OwnerScratch<T>, scratches, [kOwners<T>]);
  OwnerScratch<T>& scratch = scratches[threadIdx.x / kWarp];
  const std::int64_t units = (values + kOwn - 1) / kOwn * h.heads * h.slices;
  WarpTeam::for_each_row(units, [&](std::int64_t unit) {
    const std::int64_t slice = unit % h.slices, head = unit / h.slices % h.heads, tile = unit / h.slices / h.heads;
    const auto first = static_cast<std::int32_t>(tile * kOwn);
    const int rows = static_cast<int>(min(std::int64_t{kOwn}, values - first));
    const std::int64_t at = first * h.width + head * h.columns;
    T of_keys[kC][kOwn] = {}, of_values[kC][kOwn] = {}, dot[kOwn], slope[kOwn], one[kOwn], factor[kOwn];
    for (std::int32_t r = tiles[2 * tile]; r < tiles[2 * tile + 1]; ++r) {
      const std::int32_t* const run = runs + std::int64_t{4} * r;
      const std::int32_t last = run[1], begin = run[2];
      if (run[3] <= first) continue;
      for (std::int32_t start = run[0]; start < last; start += kWarp) {
        const int count = min(kWarp, last - start);
        const std::int64_t query = start + min(lane_of_warp(), count - 1), trace = head * traces.queries + query;
        const std::int64_t entry = offsets[query], from = start * h.width + head * h.columns;
        const std::int32_t end = lane_of_warp() < count ? begin + offsets[query + 1] - offsets[query] : 0;
        if (warp_max(end) <= first) continue;
        make_dots(scratch, h, k + at, rows, q + from, count, dot);
        make_dots(scratch, h, v + at, rows, grad + from, count, slope);
        draw(scratch, dropping, rows, [&](int o) { return head * entries + entry + first + o - begin; });
        const T largest = traces.largest[trace], inverse = traces.inverse[trace], mean = traces.mean[trace];
#pragma unroll
        for (int o = 0; o < kOwn; ++o) {
          const std::int32_t value = first + o;
          T of_query = 0, of_grad = 0;
          if (value >= begin && value < end) {
            const T weight = exp(scale * (dot[o] - largest)) * inverse;
            const T kept = scratch.weights[1][o][lane_of_warp()];
            of_query = weight * (slope[o] * kept - mean);
            of_grad = weight * kept;
          }
          scratch.weights[0][o][lane_of_warp()] = of_query;
          scratch.weights[1][o][lane_of_warp()] = of_grad;
        }
        __syncwarp();
        add_walked(scratch.weights[0], h, slice, q + from, count, of_keys);
        add_walked(scratch.weights[1], h, slice, grad + from, count, of_values);
      }
    }
#pragma unroll
    for (int o = 0; o < kOwn; ++o) {
      one[o] = 1;
      factor[o] = scale;
    }
    write_rows(of_keys, factor, h, slice, rows, grad_k + at);
    write_rows(of_values, one, h, slice, rows, grad_v + at);
  });
}

/// What both directions take from the arguments.
template <class T>
struct AttentionSetting {
  const Context& gpu;
  const Windows& windows;
  DeviceWindowRuns runs = windows.runs_on(gpu.device());
  Tensor offsets = windows.offsets_on(gpu.device());
  Heads heads;
  T scale;
  Dropping<T> dropping;

  AttentionSetting(const Context& gpu, const Windows& windows, std::int64_t width, std::int64_t heads, const Drop& drop)
      : gpu(gpu),
        windows(windows),
        heads{heads, width, width / heads, (width / heads + kMostColumns - 1) / kMostColumns},
        scale(static_cast<T>(1 / std::sqrt(static_cast<double>(width / heads)))),
        dropping{drop.stream, drop.offset, DropRule<T>(drop.p)} {}

  std::int64_t pieces() const { return (windows.runs().largest() + kOwn - 1) / kOwn; }
  /// Warps that own queries, and that own values.
  std::int64_t of_queries() const { return runs.runs.size(0) * pieces() * heads.heads * heads.slices; }
  std::int64_t of_values() const { return runs.tiles.size(0) * heads.heads * heads.slices; }
  Launch warps(std::int64_t n, SEQREC_HERE) const { return gpu.over(n * kWarp, kOwners<T> * kWarp, file, line); }

  static constexpr std::int64_t kMostColumns = 2 * kWarp;  ///< that a warp adds up
  /// Calls f(tiles of 32 columns that a warp adds up).
  template <class F>
  void by_columns(F f) const {
    if (heads.columns <= kWarp) {
      f(std::integral_constant<int, 1>());
    } else {
      f(std::integral_constant<int, 2>());
    }
  }
  /// Rows of queries that look at nothing are 0.
  void clear_empty(Tensor& out) const {
    if (windows.runs().windows() < windows.size()) cuda::fill(0, out);
  }
};

}  // namespace

void window_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows, std::int64_t heads,
                      Drop drop, Tensor& out) {
  visit_float(q.dtype(), "window_attention", [&](auto t) {
    using T = decltype(t);
    const Tensor queries = contiguous(q), keys = contiguous(k), values = contiguous(v);
    AttentionSetting<T> s(context(out), windows, q.size(1), heads, drop);
    s.clear_empty(out);
    s.by_columns([&](auto columns) {
      launch(s.warps(s.of_queries()), window_attention_kernel<T, decltype(columns)::value>, queries.data<T>(),
             keys.data<T>(), values.data<T>(), s.runs.runs.template data<std::int32_t>(),
             s.offsets.template data<std::int32_t>(), s.of_queries(), s.pieces(), windows.entries(), s.heads, s.scale,
             s.dropping, out.data<T>());
    });
  });
}

void window_attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                               std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q, Tensor& grad_k,
                               Tensor& grad_v) {
  visit_float(q.dtype(), "window_attention_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor queries = contiguous(q), keys = contiguous(k), values = contiguous(v), grad = contiguous(grad_out);
    AttentionSetting<T> s(context(grad_q), windows, q.size(1), heads, drop);
    s.clear_empty(grad_q);
    const Tensor kept({3, heads, q.size(0)}, q.dtype(), q.device());
    const auto part = [&](int i) { return kept.select(0, i).template data<T>(); };
    const Traces<T> traces{part(0), part(1), part(2), q.size(0)};
    const auto *runs = s.runs.runs.template data<std::int32_t>(), *tiles = s.runs.tiles.template data<std::int32_t>(),
               *offsets = s.offsets.template data<std::int32_t>();
    s.by_columns([&](auto columns) {
      constexpr int kC = decltype(columns)::value;
      launch(s.warps(s.of_queries()), grad_queries_kernel<T, kC>, queries.data<T>(), keys.data<T>(), values.data<T>(),
             grad.data<T>(), runs, offsets, s.of_queries(), s.pieces(), windows.entries(), s.heads, s.scale, s.dropping,
             traces, grad_q.data<T>());
      launch(s.warps(s.of_values()), grad_values_kernel<T, kC>, queries.data<T>(), keys.data<T>(), values.data<T>(),
             grad.data<T>(), runs, tiles, offsets, windows.values(), windows.entries(), s.heads, s.scale, s.dropping,
             traces, grad_k.data<T>(), grad_v.data<T>());
    });
  });
}

}  // namespace seqrec::kernels::cuda

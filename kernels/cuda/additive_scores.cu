#include "kernels/additive_scores.h"
#include "kernels/copy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/segments.h"
#include "kernels/cuda/window_dots.h"
#include "kernels/reduce.h"

namespace seqrec::kernels::cuda {
namespace {

/// vector . sigmoid(x + y)
template <class T>
struct AdditiveProducts {
  const T* vector;

  template <int N>
  __device__ __forceinline__ void add(T& sum, const Pack<T, N>& x, const Pack<T, N>& y, std::int64_t column) const {
    Pack<T, N> factor;
    load(factor, vector + column);
    for (int l = 0; l < N; ++l) sum += factor.lane[l] * sigmoid(x.lane[l] + y.lane[l]);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(vector);
  }
};

/// What an entry adds to the gradients, made again from its query and its key: that is cheaper than to write and read
/// it.
template <class T>
struct AdditiveGradient {
  const T *grad_scores, *queries, *keys, *vector;
  std::int64_t width;

  /// values: g s; slopes: g vector s (1 - s).
  template <int N>
  __device__ __forceinline__ void get(std::int64_t entry, std::int64_t window, std::int64_t key, std::int64_t column,
                                      Pack<T, N>& slopes, Pack<T, N>& values) const {
    Pack<T, N> x, y, factor;
    load(x, queries + window * width + column);
    load(y, keys + key * width + column);
    load(factor, vector + column);
    const T grad = grad_scores[entry];
    for (int l = 0; l < N; ++l) {
      const T s = sigmoid(x.lane[l] + y.lane[l]);
      values.lane[l] = grad * s;
      slopes.lane[l] = factor.lane[l] * (values.lane[l] * (1 - s));
    }
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(grad_scores), f(queries), f(keys), f(vector);
  }
};

/// Of a window's entries: the gradients of its query, and its part of the vector's.
template <class T>
struct AdditiveQueryTerms {
  static constexpr int kSums = 2;
  AdditiveGradient<T> gradient;
  const std::int32_t* rows;
  WindowEntries entries;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sums, std::int64_t w, std::int64_t entry, std::int64_t column) const {
    Pack<T, N / 2> slopes, values;
    gradient.get(entry, w, rows[entries.value(w, entry)], column, slopes, values);
    for (int l = 0; l < N / 2; ++l) {
      sums.lane[l] += slopes.lane[l];
      sums.lane[N / 2 + l] += values.lane[l];
    }
  }
  template <class F>
  void for_each_pointer(F f) const {
    gradient.for_each_pointer(f);
    f(rows);
    entries.for_each_pointer(f);
  }
};

/// Of an entry: the gradient of its key.
template <class T>
struct AdditiveKeyTerms {
  AdditiveGradient<T> gradient;
  const std::int32_t *windows, *rows;  ///< of each entry

  template <int N>
  __device__ __forceinline__ void load(Pack<T, N>& pack, std::int64_t entry, std::int64_t column) const {
    Pack<T, N> values;
    gradient.get(entry, windows[entry], rows[entry], column, pack, values);
  }
  template <class F>
  void for_each_pointer(F f) const {
    gradient.for_each_pointer(f);
    f(windows), f(rows);
  }
};

}  // namespace

void window_additive_scores(const Tensor& queries, const Tensor& keys, const Tensor& vector, const Index& rows,
                            const Windows& windows, Tensor& scores) {
  const Tensor factor = contiguous(vector);
  visit_float(keys.dtype(), "window_additive_scores", [&](auto t) {
    using T = decltype(t);
    window_dots<T>(contiguous(queries), contiguous(keys), rows, windows, AdditiveProducts<T>{factor.data<T>()},
                   is_packable(factor), scores);
  });
}

void window_additive_scores_backward(const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
                                     const Tensor& vector, const Index& rows, const Windows& windows,
                                     Tensor& grad_queries, Tensor& grad_keys, Tensor& grad_vector) {
  const Device device = grad_keys.device();
  const Tensor grad = contiguous(grad_scores), query = contiguous(queries), key = contiguous(keys),
               factor = contiguous(vector);
  const Index entry_rows = windows.entry_ids(rows);
  const auto on_device = [&](const Index& index) { return index.on(device).template data<std::int32_t>(); };
  visit_float(keys.dtype(), "window_additive_scores_backward", [&](auto t) {
    using T = decltype(t);
    const AdditiveGradient<T> gradient{grad.data<T>(), query.data<T>(), key.data<T>(), factor.data<T>(), keys.size(1)};
    const bool packable = is_packable(query, key, factor);
    const Tensor of_windows(queries.shape(), queries.dtype(), device);  // each one's part of the vector's gradient
    sum_lists<T>(windows.offsets_on(device), windows.entries(),
                 AdditiveQueryTerms<T>{gradient, on_device(rows), WindowEntries(windows, device)}, packable,
                 grad_queries, of_windows);
    sum_groups<T>(entry_rows, AdditiveKeyTerms<T>{gradient, on_device(windows.entry_windows()), on_device(entry_rows)},
                  packable, true, grad_keys);
    Tensor sums = grad_vector.reshape({1, keys.size(1)});
    cuda::sum(of_windows, sums);
  });
}

}  // namespace seqrec::kernels::cuda

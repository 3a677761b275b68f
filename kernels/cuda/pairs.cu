#include "kernels/copy.h"
#include "kernels/cuda/window_sums.h"
#include "kernels/pairs.h"

namespace seqrec::kernels::cuda {
namespace {

template <class T, int N>
__global__ void window_pairs_kernel(const T* queries, const T* keys, const std::int32_t* entry_windows,
                                    WindowEntries entries, std::int64_t count, std::int64_t width, T* pairs) {
  const std::int64_t columns = width / N;
  for_each_index(count * columns, [&](std::int64_t i) {
    const std::int64_t entry = i / columns, column = (i - entry * columns) * N, w = entry_windows[entry];
    Pack<T, N> q, k;
    load(q, queries + w * width + column);
    load(k, keys + entries.value(w, entry) * width + column);
    T* const to = pairs + entry * 3 * width + column;
    store(q, to);
    store(k, to + width);
    for (int l = 0; l < N; ++l) q.lane[l] *= k.lane[l];
    store(q, to + 2 * width);
  });
}

/// sum += own + product * other: parts of an entry's gradient, and a row of what the pair's product was made with.
template <class T, int N>
__device__ __forceinline__ void add_gradient(Pack<T, N>& sum, const T* own, const T* product, const T* other) {
  Pack<T, N> g, p, x;
  load(g, own);
  load(p, product);
  load(x, other);
  for (int l = 0; l < N; ++l) sum.lane[l] += g.lane[l] + p.lane[l] * x.lane[l];
}

/// To a query, from its window's entries.
template <class T>
struct QueryTerms {
  const T* grad_pairs;
  const T* keys;
  WindowEntries entries;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t w, std::int64_t entry, std::int64_t column) const {
    const T* const grad = grad_pairs + entry * 3 * width + column;
    add_gradient(sum, grad, grad + 2 * width, keys + entries.value(w, entry) * width + column);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(grad_pairs);
    f(keys);
    entries.for_each_pointer(f);
  }
};

/// To a key, from the entries of the windows that hold its value.
template <class T>
struct KeyTerms {
  const T* grad_pairs;
  const T* queries;
  const std::int32_t* holders;
  WindowEntries entries;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t value, std::int64_t place,
                                      std::int64_t column) const {
    const std::int64_t w = holders[place];
    const T* const grad = grad_pairs + entries.entry(w, value) * 3 * width + column;
    add_gradient(sum, grad + width, grad + 2 * width, queries + w * width + column);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(grad_pairs);
    f(queries);
    f(holders);
    entries.for_each_pointer(f);
  }
};

}  // namespace

void window_pairs(const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs) {
  const Context& gpu = context(pairs);
  const Tensor q = contiguous(queries), k = contiguous(keys);
  const std::int64_t width = q.size(1);
  visit_float(q.dtype(), "window_pairs", [&](auto t) {
    using T = decltype(t);
    const auto run = [&](auto kernel, std::int64_t packs) {
      launch(gpu.over(windows.entries() * packs), kernel, q.data<T>(), k.data<T>(),
             windows.entry_windows().on(gpu.device()).data<std::int32_t>(), WindowEntries(windows, gpu.device()),
             windows.entries(), width, pairs.data<T>());
    };
    if (width % kLanes<T> == 0 && is_packable(q, k, pairs)) {
      run(window_pairs_kernel<T, kLanes<T>>, width / kLanes<T>);
    } else {
      run(window_pairs_kernel<T, 1>, width);
    }
  });
}

void window_pairs_backward(const Tensor& queries, const Tensor& keys, const Windows& windows, const Tensor& grad_pairs,
                           Tensor& grad_queries, Tensor& grad_keys) {
  const Device device = grad_keys.device();
  const Tensor q = contiguous(queries), k = contiguous(keys), grads = contiguous(grad_pairs);
  const std::int64_t width = q.size(1);
  visit_float(q.dtype(), "window_pairs_backward", [&](auto t) {
    using T = decltype(t);
    const WindowEntries entries(windows, device);
    const QueryTerms<T> to_queries{grads.data<T>(), k.data<T>(), entries, width};
    sum_lists<T>(windows.offsets_on(device), windows.entries(), to_queries, is_packable(grads, k), grad_queries);
    const KeyTerms<T> to_keys{grads.data<T>(), q.data<T>(), holders_on(windows, device), entries, width};
    sum_holders<T>(windows, to_keys, is_packable(grads, q), grad_keys);
  });
}

}  // namespace seqrec::kernels::cuda

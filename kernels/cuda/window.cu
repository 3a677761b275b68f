#include "kernels/copy.h"
#include "kernels/cuda/window_sums.h"
#include "kernels/window.h"

namespace seqrec::kernels::cuda {
namespace {

template <class Team, class T>
__global__ void window_softmax_kernel(Team, const T* logits, WindowEntries entries, std::int64_t windows, T* weights) {
  Team::for_each_row(windows, [&](std::int64_t w) {
    const std::int64_t length = entries.length(w);
    const T* const x = logits + entries.begin[w];
    T* const y = weights + entries.offsets[w];
    T largest = -INFINITY, sum = 0;
    Team::for_each(length, [&](std::int64_t i) { largest = fmax(largest, x[i]); });
    largest = Team::reduce(largest, Larger{});
    Team::for_each(length, [&](std::int64_t i) {
      y[i] = exp(x[i] - largest);
      sum += y[i];
    });
    const T scale = 1 / Team::reduce(sum, Plus{});
    Team::for_each(length, [&](std::int64_t i) { y[i] *= scale; });
  });
}

/// by_entry[e] = weights[e] (grad[e] - sum over e's window of grad weights)
template <class Team, class T>
__global__ void window_softmax_backward_kernel(Team, const T* weights, const T* grad, WindowEntries entries,
                                               std::int64_t windows, T* by_entry) {
  Team::for_each_row(windows, [&](std::int64_t w) {
    const std::int64_t length = entries.length(w), first = entries.offsets[w];
    T dot = 0;
    Team::for_each(length, [&](std::int64_t i) { dot += weights[first + i] * grad[first + i]; });
    dot = Team::reduce(dot, Plus{});
    Team::for_each(length, [&](std::int64_t i) { by_entry[first + i] = weights[first + i] * (grad[first + i] - dot); });
  });
}

/// Of the windows that hold a value: what belongs to the entry.
template <class T>
struct EntryOfHolderTerms {
  const T* by_entry;
  const std::int32_t* holders;
  WindowEntries entries;

  __device__ __forceinline__ void add(Pack<T, 1>& sum, std::int64_t value, std::int64_t place, std::int64_t) const {
    sum.lane[0] += by_entry[entries.entry(holders[place], value)];
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(by_entry);
    f(holders);
    entries.for_each_pointer(f);
  }
};

/// Of the windows that hold a value: their gradient where the value is their maximum.
template <class T>
struct MaximumTerms {
  const T* grad_out;
  const std::int32_t* argmax;
  const std::int32_t* holders;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t value, std::int64_t place,
                                      std::int64_t column) const {
    const std::int64_t at = holders[place] * width + column;
    Pack<T, N> grad;
    Pack<std::int32_t, N> winner;
    load(grad, grad_out + at);
    load(winner, argmax + at);
    for (int k = 0; k < N; ++k) sum.lane[k] += winner.lane[k] == value ? grad.lane[k] : T(0);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(grad_out);
    f(argmax);
    f(holders);
  }
};

/// Of the windows that hold a value: their gradient where the value is their last.
template <class T>
struct LastTerms {
  const T* grad_out;
  const std::int32_t* end;
  const std::int32_t* holders;
  std::int64_t width;

  template <int N>
  __device__ __forceinline__ void add(Pack<T, N>& sum, std::int64_t value, std::int64_t place,
                                      std::int64_t column) const {
    const std::int64_t w = holders[place];
    if (end[w] == value + 1) add_row(sum, T(1), grad_out + w * width + column);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(grad_out);
    f(end);
    f(holders);
  }
};

template <class T, int N>
__global__ void window_max_kernel(const T* values, const std::int32_t* begin, const std::int32_t* end,
                                  std::int64_t windows, std::int64_t width, T* out, std::int32_t* argmax) {
  for_each_index(windows * (width / N), [&](std::int64_t i) {
    const std::int64_t w = i * N / width, column = i * N - w * width;
    Pack<T, N> most{}, x;
    Pack<std::int32_t, N> place;
    for (int k = 0; k < N; ++k) place.lane[k] = -1;
    const std::int32_t last = end[w];
#pragma unroll 4
    for (std::int32_t v = begin[w]; v < last; ++v) {
      load(x, values + v * width + column);
      for (int k = 0; k < N; ++k) {
        const T a = x.lane[k], b = most.lane[k];
        if (place.lane[k] < 0 || a > b || (isnan(a) && !isnan(b))) {
          most.lane[k] = a;
          place.lane[k] = v;
        }
      }
    }
    store(most, out + i * N);
    store(place, argmax + i * N);
  });
}

template <class T, int N>
__global__ void window_last_kernel(const T* values, const std::int32_t* begin, const std::int32_t* end,
                                   std::int64_t windows, std::int64_t width, T* out) {
  for_each_index(windows * (width / N), [&](std::int64_t i) {
    const std::int64_t w = i * N / width, column = i * N - w * width;
    Pack<T, N> x{};
    if (begin[w] < end[w]) load(x, values + (end[w] - 1) * width + column);
    store(x, out + i * N);
  });
}

const std::int32_t* ends_on(const Windows& windows, Device device) {
  return windows.end_on(device).data<std::int32_t>();
}

}  // namespace

void window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  const Context& gpu = context(weights);
  const Tensor x = contiguous(logits);
  visit_float(x.dtype(), "window_softmax", [&](auto t) {
    using T = decltype(t);
    by_rows(gpu, windows.size(), windows.max_length(), [&](auto team, const Launch& shape) {
      launch(shape, window_softmax_kernel<decltype(team), T>, team, x.data<T>(), WindowEntries(windows, gpu.device()),
             windows.size(), weights.data<T>());
    });
  });
}

void window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                             Tensor& grad_logits) {
  const Context& gpu = context(grad_logits);
  const Tensor y = contiguous(weights), grad = contiguous(grad_weights);
  const bool adjacent = windows.is_adjacent();  // a value is an entry
  const Tensor by_entry = adjacent ? grad_logits : Tensor(y.shape(), y.dtype(), gpu.device());
  const WindowEntries entries(windows, gpu.device());
  visit_float(y.dtype(), "window_softmax_backward", [&](auto t) {
    using T = decltype(t);
    by_rows(gpu, windows.size(), windows.max_length(), [&](auto team, const Launch& shape) {
      launch(shape, window_softmax_backward_kernel<decltype(team), T>, team, y.data<T>(), grad.data<T>(), entries,
             windows.size(), by_entry.data<T>());
    });
    if (adjacent) return;
    const EntryOfHolderTerms<T> terms{by_entry.data<T>(), holders_on(windows, gpu.device()), entries};
    sum_holders<T>(windows, terms, false, grad_logits);
  });
}

void window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  const Context& gpu = context(out);
  const Tensor x = contiguous(values);
  const std::int64_t width = x.size(1);
  visit_float(x.dtype(), "window_max", [&](auto t) {
    using T = decltype(t);
    const auto run = [&](auto kernel, std::int64_t packs) {
      launch(gpu.over(windows.size() * packs), kernel, x.data<T>(), windows.begin_on(gpu.device()).data<std::int32_t>(),
             ends_on(windows, gpu.device()), windows.size(), width, out.data<T>(), argmax.data<std::int32_t>());
    };
    if (width % kLanes<T> == 0 && is_packable(x, out, argmax)) {
      run(window_max_kernel<T, kLanes<T>>, width / kLanes<T>);
    } else {
      run(window_max_kernel<T, 1>, width);
    }
  });
}

void window_max_backward(const Tensor& grad_out, const Tensor& argmax, const Windows& windows, Tensor& grad_values) {
  const Device device = grad_values.device();
  const Tensor grads = contiguous(grad_out), winners = contiguous(argmax);
  visit_float(grads.dtype(), "window_max_backward", [&](auto t) {
    using T = decltype(t);
    const MaximumTerms<T> terms{grads.data<T>(), winners.data<std::int32_t>(), holders_on(windows, device),
                                grads.size(1)};
    sum_holders<T>(windows, terms, is_packable(grads, winners), grad_values);
  });
}

void window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  const Context& gpu = context(out);
  const Tensor x = contiguous(values);
  const std::int64_t width = x.size(1);
  visit_float(x.dtype(), "window_last", [&](auto t) {
    using T = decltype(t);
    const auto run = [&](auto kernel, std::int64_t packs) {
      launch(gpu.over(windows.size() * packs), kernel, x.data<T>(), windows.begin_on(gpu.device()).data<std::int32_t>(),
             ends_on(windows, gpu.device()), windows.size(), width, out.data<T>());
    };
    if (width % kLanes<T> == 0 && is_packable(x, out)) {
      run(window_last_kernel<T, kLanes<T>>, width / kLanes<T>);
    } else {
      run(window_last_kernel<T, 1>, width);
    }
  });
}

void window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  const Device device = grad_values.device();
  const Tensor grads = contiguous(grad_out);
  visit_float(grads.dtype(), "window_last_backward", [&](auto t) {
    using T = decltype(t);
    const LastTerms<T> terms{grads.data<T>(), ends_on(windows, device), holders_on(windows, device), grads.size(1)};
    sum_holders<T>(windows, terms, is_packable(grads), grad_values);
  });
}

}  // namespace seqrec::kernels::cuda

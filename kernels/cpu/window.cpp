#include "kernels/window.h"

#include "kernels/copy.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/softmax.h"
#include "kernels/elementwise.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

/// grad_out, each row divided by its window's length where the windows' mean was taken.
Tensor divided_by_length(const Tensor& grad_out, const Windows& windows, bool mean) {
  if (!mean) return contiguous(grad_out);
  Tensor factors({windows.size(), 1}, grad_out.dtype()), scaled = Tensor(grad_out.shape(), grad_out.dtype());
  visit_real(grad_out.dtype(), "window_sum_backward", [&](auto t) {
    using T = decltype(t);
    for (std::int64_t w = 0; w < windows.size(); ++w)
      factors.data<T>()[w] = T(1) / static_cast<T>(std::max(windows.length(w), 1));
  });
  cpu::binary(Binary::Mul, grad_out, factors, scaled);
  return scaled;
}

/// Columns that a thread takes where rows are visited in order.
constexpr std::int64_t kColumns = 16;

}  // namespace

void window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  visit_real(logits.dtype(), "window_softmax", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(logits);
    const T* x = source.data<T>();
    T* y = weights.data<T>();
    for_windows(windows, 4, [&](std::int64_t, std::int64_t value, std::int64_t entry, std::int64_t n) {
      softmax_row<T>(n, x + value, y + entry);
    });
  });
}

void window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                             Tensor& grad_logits) {
  visit_real(weights.dtype(), "window_softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor ys = contiguous(weights), grads = contiguous(grad_weights), by_entry(weights.shape(), weights.dtype());
    T* entries = by_entry.data<T>();
    for_windows(windows, 4, [&](std::int64_t, std::int64_t, std::int64_t entry, std::int64_t n) {
      softmax_backward_row<T>(n, ys.data<T>() + entry, grads.data<T>() + entry, entries + entry);
    });
    T* to = grad_logits.data<T>();
    for_values(windows, 1, [&](std::int64_t v, std::span<const std::int32_t> holders) {
      double sum = 0;
      for (const std::int32_t w : holders) sum += entries[entry_of(windows, w, v)];
      to[v] = static_cast<T>(sum);
    });
  });
}

void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  visit_real(table.dtype(), "window_weighted_sum", [&](auto t) {
    using T = decltype(t);
    const Tensor factors = contiguous(weights), source = contiguous(table);
    const T *a = factors.data<T>(), *x = source.data<T>();
    T* to = out.data<T>();
    const std::int64_t width = table.size(1);
    const std::int32_t* row = rows.host().data();
    for_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
      sum_rows<T>(n, nullptr, a + entry, row + value, x, width, to + w * width);
    });
  });
}

void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  visit_real(table.dtype(), "window_weighted_sum_backward_weights", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out), source = contiguous(table);
    const T *grad = grads.data<T>(), *x = source.data<T>();
    T* to = grad_weights.data<T>();
    const std::int64_t width = table.size(1);
    const std::int32_t* row = rows.host().data();
    for_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t entry, std::int64_t n) {
      dot_rows<T>(n, grad + w * width, row + value, x, width, to + entry);
    });
  });
}

void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  visit_real(grad_out.dtype(), "window_weighted_sum_backward_table", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out), factors = contiguous(weights);
    const T *grad = grads.data<T>(), *a = factors.data<T>();
    T* to = grad_table.data<T>();
    const std::int64_t width = grad_table.size(1);
    const std::int32_t* window = windows.entry_windows().host().data();
    for_table_entries(rows, windows, grad_table.size(0), width,
                      [&](std::int64_t r, std::span<const std::int32_t> entries) {
                        sum_rows<T>(std::ssize(entries), entries.data(), a, window, grad, width, to + r * width);
                      });
  });
}

void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  visit_real(values.dtype(), "window_sum", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(values);
    const T* x = source.data<T>();
    T* to = out.data<T>();
    const std::int64_t width = values.size(1);
    for_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t, std::int64_t n) {
      T* sum = to + w * width;
      sum_rows<T>(n, nullptr, nullptr, nullptr, x + value * width, width, sum);
      if (mean && n > 0) affine_loop<T>(T(1) / static_cast<T>(n), 0, width, sum, sum);
    });
  });
}

void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  visit_real(grad_out.dtype(), "window_sum_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = divided_by_length(grad_out, windows, mean);
    const T* grad = grads.data<T>();
    T* to = grad_values.data<T>();
    const std::int64_t width = grad_out.size(1);
    for_values(windows, width, [&](std::int64_t v, std::span<const std::int32_t> holders) {
      sum_rows<T>(std::ssize(holders), nullptr, nullptr, holders.data(), grad, width, to + v * width);
    });
  });
}

void window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  visit_real(values.dtype(), "window_max", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(values);
    const T* x = source.data<T>();
    T* to = out.data<T>();
    std::int32_t* places = argmax.data<std::int32_t>();
    const std::int64_t width = values.size(1);
    for_windows(windows, width, [&](std::int64_t w, std::int64_t value, std::int64_t, std::int64_t n) {
      if (n > 0)
        return max_rows<T>(n, x + value * width, width, static_cast<std::int32_t>(value), false, to + w * width,
                           places + w * width);
      std::fill_n(to + w * width, width, T(0));
      std::fill_n(places + w * width, width, -1);
    });
  });
}

void window_max_backward(const Tensor& grad_out, const Tensor& argmax, const Windows&, Tensor& grad_values) {
  visit_real(grad_out.dtype(), "window_max_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out), winners = contiguous(argmax);
    const T* grad = grads.data<T>();
    const std::int32_t* place = winners.data<std::int32_t>();
    T* to = grad_values.data<T>();
    const std::int64_t width = grad_out.size(1), rows = grad_out.size(0);
    cpu::fill(0, grad_values);
    for_ranges(width, kColumns, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t w = 0; w < rows; ++w)
        for (std::int64_t j = begin; j < end; ++j)
          if (place[w * width + j] >= 0) to[place[w * width + j] * width + j] += grad[w * width + j];
    });
  });
}

void window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  visit_real(values.dtype(), "window_last", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(values);
    const T* x = source.data<T>();
    T* to = out.data<T>();
    const std::int64_t width = values.size(1);
    for_rows(windows.size(), width, [&](std::int64_t w) {
      if (windows.length(w) > 0)
        std::copy_n(x + (windows.end()[w] - 1) * width, width, to + w * width);
      else
        std::fill_n(to + w * width, width, T(0));
    });
  });
}

void window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  visit_real(grad_out.dtype(), "window_last_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out);
    const T* grad = grads.data<T>();
    T* to = grad_values.data<T>();
    const std::int64_t width = grad_out.size(1);
    cpu::fill(0, grad_values);
    for_ranges(width, kColumns, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t w = 0; w < windows.size(); ++w)
        if (windows.length(w) > 0)
          row_add<T>(end - begin, grad + w * width + begin, to + (windows.end()[w] - 1) * width + begin);
    });
  });
}

}  // namespace seqrec::kernels::cpu

#include "kernels/window.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

// Calls each(entry, window, value) for every entry, in order.
template <class F>
static void for_each_entry(const Windows& windows, F&& each) {
  std::int64_t entry = 0;
  for (std::int64_t w = 0; w < windows.size(); ++w)
    for (std::int64_t v = windows.begin()[w]; v < windows.end()[w]; ++v) each(entry++, w, v);
}

void window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  visit_float(logits.dtype(), "window_softmax", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(logits), to(weights);
    std::int64_t entry = 0;
    for (std::int64_t w = 0; w < windows.size(); ++w) {
      const std::int64_t begin = windows.begin()[w], end = windows.end()[w];
      if (begin == end) continue;
      T max = from(begin);
      for (std::int64_t v = begin; v < end; ++v) max = std::max(max, from(v));
      double sum = 0;
      for (std::int64_t v = begin; v < end; ++v) sum += std::exp(static_cast<double>(from(v)) - max);
      for (std::int64_t v = begin; v < end; ++v)
        to(entry++) = static_cast<T>(std::exp(static_cast<double>(from(v)) - max) / sum);
    }
  });
}

void window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                             Tensor& grad_logits) {
  visit_float(weights.dtype(), "window_softmax_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> ys(weights), from(grad_weights);
    std::vector<double> dots(windows.size());
    for_each_entry(windows, [&](std::int64_t e, std::int64_t w, std::int64_t) {
      dots[w] += static_cast<double>(from(e)) * ys(e);
    });
    Sums<T> sums(grad_logits);
    for_each_entry(windows,
                   [&](std::int64_t e, std::int64_t w, std::int64_t v) { sums(0, v) += ys(e) * (from(e) - dots[w]); });
  });
}

void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  visit_float(table.dtype(), "window_weighted_sum", [&](auto t) {
    using T = decltype(t);
    const Elements<T> a(weights), x(table);
    Sums<T> sums(out);
    for_each_entry(windows, [&](std::int64_t e, std::int64_t w, std::int64_t v) {
      for (std::int64_t j = 0; j < table.size(1); ++j) sums(w, j) += static_cast<double>(a(e)) * x(rows[v], j);
    });
  });
}

void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  visit_float(table.dtype(), "window_weighted_sum_backward_weights", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out), x(table), to(grad_weights);
    for_each_entry(windows, [&](std::int64_t e, std::int64_t w, std::int64_t v) {
      double sum = 0;
      for (std::int64_t j = 0; j < table.size(1); ++j) sum += static_cast<double>(from(w, j)) * x(rows[v], j);
      to(e) = static_cast<T>(sum);
    });
  });
}

void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  visit_float(grad_out.dtype(), "window_weighted_sum_backward_table", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out), a(weights);
    Sums<T> sums(grad_table);
    for_each_entry(windows, [&](std::int64_t e, std::int64_t w, std::int64_t v) {
      for (std::int64_t j = 0; j < grad_out.size(1); ++j) sums(rows[v], j) += static_cast<double>(a(e)) * from(w, j);
    });
  });
}

void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  visit_float(values.dtype(), "window_sum", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(values);
    Sums<T> sums(out);
    for_each_entry(windows, [&](std::int64_t, std::int64_t w, std::int64_t v) {
      for (std::int64_t j = 0; j < values.size(1); ++j) sums(w, j) += x(v, j) / (mean ? windows.length(w) : 1.0);
    });
  });
}

void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  visit_float(grad_out.dtype(), "window_sum_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out);
    Sums<T> sums(grad_values);
    for_each_entry(windows, [&](std::int64_t, std::int64_t w, std::int64_t v) {
      for (std::int64_t j = 0; j < grad_out.size(1); ++j) sums(v, j) += from(w, j) / (mean ? windows.length(w) : 1.0);
    });
  });
}

void window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  visit_float(values.dtype(), "window_max", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(values), to(out);
    const Elements<std::int32_t> places(argmax);
    for (std::int64_t w = 0; w < windows.size(); ++w)
      for (std::int64_t j = 0; j < values.size(1); ++j) {
        std::int64_t best = -1;
        for (std::int64_t v = windows.begin()[w]; v < windows.end()[w]; ++v)
          if (best < 0 || x(v, j) > x(best, j) || (std::isnan(x(v, j)) && !std::isnan(x(best, j)))) best = v;
        to(w, j) = best < 0 ? 0 : x(best, j);
        places(w, j) = static_cast<std::int32_t>(best);
      }
  });
}

void window_max_backward(const Tensor& grad_out, const Tensor& argmax, const Windows&, Tensor& grad_values) {
  visit_float(grad_out.dtype(), "window_max_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out);
    const Elements<std::int32_t> places(argmax);
    Sums<T> sums(grad_values);
    for (std::int64_t w = 0; w < grad_out.size(0); ++w)
      for (std::int64_t j = 0; j < grad_out.size(1); ++j)
        if (places(w, j) >= 0) sums(places(w, j), j) += from(w, j);
  });
}

void window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  visit_float(values.dtype(), "window_last", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(values), to(out);
    for (std::int64_t w = 0; w < windows.size(); ++w)
      for (std::int64_t j = 0; j < values.size(1); ++j)
        to(w, j) = windows.length(w) == 0 ? 0 : x(windows.end()[w] - 1, j);
  });
}

void window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  visit_float(grad_out.dtype(), "window_last_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out);
    Sums<T> sums(grad_values);
    for (std::int64_t w = 0; w < windows.size(); ++w)
      for (std::int64_t j = 0; windows.length(w) > 0 && j < grad_out.size(1); ++j)
        sums(windows.end()[w] - 1, j) += from(w, j);
  });
}

}  // namespace seqrec::kernels::reference

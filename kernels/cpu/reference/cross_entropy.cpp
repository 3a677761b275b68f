#include "kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/reference/elements.h"
#include "kernels/matmul.h"

namespace seqrec::kernels::reference {

// log sum exp of row i.
template <class T>
static double log_sum_exp(const Elements<T>& logits, std::int64_t i, std::int64_t classes) {
  T max = logits(i, 0);
  for (std::int64_t j = 1; j < classes; ++j) max = std::max(max, logits(i, j));
  double sum = 0;
  for (std::int64_t j = 0; j < classes; ++j) sum += std::exp(static_cast<double>(logits(i, j)) - max);
  return max + std::log(sum);
}

void cross_entropy(const Tensor& logits, const Index& targets, Tensor& losses) {
  visit_float(logits.dtype(), "cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(logits), to(losses);
    for (std::int64_t i = 0; i < logits.size(0); ++i)
      to(i) = static_cast<T>(log_sum_exp(x, i, logits.size(1)) - x(i, targets[i]));
  });
}

void cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                            Tensor& grad_logits) {
  visit_float(logits.dtype(), "cross_entropy_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(logits), from(grad_losses), to(grad_logits);
    for (std::int64_t i = 0; i < logits.size(0); ++i) {
      const double normaliser = log_sum_exp(x, i, logits.size(1));
      for (std::int64_t j = 0; j < logits.size(1); ++j)
        to(i, j) = static_cast<T>(from(i) * (std::exp(x(i, j) - normaliser) - (j == targets[i])));
    }
  });
}

void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, Tensor& losses,
                             Tensor& grad_hidden, Tensor& grad_table) {
  Tensor logits({hidden.size(0), table.size(0)}, hidden.dtype());
  reference::matmul(hidden, false, table, true, 1, Write::Overwrite, logits);
  reference::cross_entropy(logits, targets, losses);
  const Tensor ones = Tensor::scalar(1, hidden.dtype()).expand({hidden.size(0)});
  Tensor grad_logits = empty_like(logits);
  reference::cross_entropy_backward(logits, targets, ones, grad_logits);
  if (grad_hidden.defined()) reference::matmul(grad_logits, false, table, false, 1, Write::Overwrite, grad_hidden);
  if (grad_table.defined()) reference::matmul(grad_logits, true, hidden, false, 1, Write::Overwrite, grad_table);
}

void binary_cross_entropy(const Tensor& logits, const Tensor& targets, Tensor& losses) {
  visit_float(logits.dtype(), "binary_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(logits), ts(targets), to(losses);
    for (std::int64_t i = 0; i < to.size(); ++i) {
      const double x = xs[i];
      to[i] = static_cast<T>(std::max(x, 0.0) - x * ts[i] + std::log1p(std::exp(-std::abs(x))));
    }
  });
}

void binary_cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
                                   Tensor& grad_logits) {
  visit_float(logits.dtype(), "binary_cross_entropy_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(logits), ts(targets), from(grad_losses), to(grad_logits);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(from[i] * (sigmoid(xs[i]) - ts[i]));
  });
}

void catalogue_binary_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& classes,
                                    const Windows& windows, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
  Tensor logits({hidden.size(0), table.size(0)}, hidden.dtype());
  const Tensor targets = Tensor::zeros(logits.shape(), logits.dtype());
  visit_float(hidden.dtype(), "catalogue_binary_cross_entropy", [&](auto t) {
    using T = decltype(t);
    for (std::int64_t e = 0; e < windows.entries(); ++e)
      targets.at<T>({windows.entry_windows()[e], classes[windows.entry_values()[e]]}) = 1;
  });
  reference::matmul(hidden, false, table, true, 1, Write::Overwrite, logits);
  Tensor each = empty_like(logits), grad_logits = empty_like(logits);
  reference::binary_cross_entropy(logits, targets, each);
  visit_float(hidden.dtype(), "catalogue_binary_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(each), to(losses);
    for (std::int64_t i = 0; i < each.size(0); ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < each.size(1); ++j) sum += from(i, j);
      to(i) = static_cast<T>(sum);
    }
  });
  const Tensor ones = Tensor::scalar(1, hidden.dtype()).expand(logits.shape());
  reference::binary_cross_entropy_backward(logits, targets, ones, grad_logits);
  if (grad_hidden.defined()) reference::matmul(grad_logits, false, table, false, 1, Write::Overwrite, grad_hidden);
  if (grad_table.defined()) reference::matmul(grad_logits, true, hidden, false, 1, Write::Overwrite, grad_table);
}

}  // namespace seqrec::kernels::reference

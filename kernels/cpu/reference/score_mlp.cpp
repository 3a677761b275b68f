#include "kernels/score_mlp.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {
namespace {

using Values = std::vector<std::vector<double>>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A row through all layers: y_0 = x, the hidden layers' values, the score.
template <class T>
Values row_forward(const Tensor& x, std::int64_t row, const std::vector<Tensor>& parameters, Activation activation) {
  Values y(1);
  for (std::int64_t i = 0; i < x.size(1); ++i) y[0].push_back(Elements<T>(x)(row, i));
  for (std::size_t l = 0; l < parameters.size(); l += 2) {
    const Elements<T> weight(parameters[l]), bias(parameters[l + 1]);
    const std::vector<double> from = y.back();
    y.emplace_back();
    for (std::int64_t j = 0; j < parameters[l].size(0); ++j) {
      double sum = bias(j);
      for (std::size_t i = 0; i < from.size(); ++i) sum += weight(j, static_cast<std::int64_t>(i)) * from[i];
      y.back().push_back(activation && l + 2 < parameters.size() ? evaluate(*activation, sum) : sum);
    }
  }
  return y;
}

/// The gradient of the row's score goes back through the layers: into `sums`, by parameter, and grad_x.
template <class T>
void row_backward(const Values& y, std::int64_t row, const std::vector<Tensor>& parameters, Activation activation,
                  double grad_score, const Tensor& grad_x, Values& sums) {
  std::vector<double> grad{grad_score};
  for (std::size_t l = parameters.size() / 2; l-- > 0;) {
    const Elements<T> weight(parameters[2 * l]);
    std::vector<double> below(y[l].size());
    for (std::size_t j = 0; j < grad.size(); ++j) {
      sums[2 * l + 1][j] += grad[j];
      for (std::size_t i = 0; i < below.size(); ++i) {
        sums[2 * l][j * below.size() + i] += grad[j] * y[l][i];
        below[i] += grad[j] * weight(static_cast<std::int64_t>(j), static_cast<std::int64_t>(i));
      }
    }
    if (activation && l > 0)
      for (std::size_t i = 0; i < below.size(); ++i) below[i] *= derivative(*activation, NAN, y[l][i]);
    grad = below;
  }
  const Elements<T> to(grad_x);
  for (std::size_t i = 0; i < grad.size(); ++i) to(row, static_cast<std::int64_t>(i)) = static_cast<T>(grad[i]);
}

Values zeros_like(const std::vector<Tensor>& parameters) {
  Values sums;
  for (const Tensor& parameter : parameters) sums.emplace_back(at(parameter.numel()));
  return sums;
}

template <class T>
void write(const Values& sums, const std::vector<Tensor>& out) {
  for (std::size_t p = 0; p < out.size(); ++p) {
    const Elements<T> to(out[p]);
    for (std::size_t i = 0; i < sums[p].size(); ++i) to[static_cast<std::int64_t>(i)] = static_cast<T>(sums[p][i]);
  }
}

}  // namespace

void score_mlp(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation, Tensor& scores) {
  visit_float(x.dtype(), "score_mlp", [&](auto t) {
    using T = decltype(t);
    const Elements<T> to(scores);
    for (std::int64_t row = 0; row < x.size(0); ++row)
      to(row) = static_cast<T>(row_forward<T>(x, row, parameters, activation).back()[0]);
  });
}

void score_mlp_backward(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                        const Tensor& grad_scores, Tensor& grad_x, const std::vector<Tensor>& grad_parameters) {
  visit_float(x.dtype(), "score_mlp_backward", [&](auto t) {
    using T = decltype(t);
    Values sums = zeros_like(parameters);
    for (std::int64_t row = 0; row < x.size(0); ++row)
      row_backward<T>(row_forward<T>(x, row, parameters, activation), row, parameters, activation,
                      Elements<T>(grad_scores)(row), grad_x, sums);
    write<T>(sums, grad_parameters);
  });
}

void score_mlp_loss(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                    const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
                    const std::vector<Tensor>& grad_parameters) {
  visit_float(x.dtype(), "score_mlp_loss", [&](auto t) {
    using T = decltype(t);
    Values sums = zeros_like(parameters);
    double total = 0;
    for (std::int64_t row = 0; row < x.size(0); ++row) {
      const Values y = row_forward<T>(x, row, parameters, activation);
      const double s = y.back()[0], target = Elements<T>(targets)(row), weight = Elements<T>(weights)(row);
      total += weight * (std::max(s, 0.0) - s * target + std::log1p(std::exp(-std::abs(s))));
      row_backward<T>(y, row, parameters, activation, weight * (1 / (1 + std::exp(-s)) - target), grad_x, sums);
    }
    *loss.data<T>() = static_cast<T>(total);
    write<T>(sums, grad_parameters);
  });
}

}  // namespace seqrec::kernels::reference

#include "kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

struct Statistics {
  double mean, var;
};

// Mean and biased variance of get(0) .. get(count - 1), in two passes.
template <class F>
static Statistics statistics(std::int64_t count, F&& get) {
  const double n = static_cast<double>(std::max<std::int64_t>(count, 1));
  double mean = 0, var = 0;
  for (std::int64_t i = 0; i < count; ++i) mean += get(i) / n;
  for (std::int64_t i = 0; i < count; ++i) var += (get(i) - mean) * (get(i) - mean) / n;
  return {mean, var};
}

void layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
                Tensor& rstd) {
  visit_float(x.dtype(), "layer_norm", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), scale(gamma), shift(beta), ys(y), means(mean), rstds(rstd);
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const Statistics row = statistics(x.size(1), [&](std::int64_t j) { return static_cast<double>(xs(i, j)); });
      const double r = 1 / std::sqrt(row.var + eps);
      means(i) = static_cast<T>(row.mean);
      rstds(i) = static_cast<T>(r);
      for (std::int64_t j = 0; j < x.size(1); ++j)
        ys(i, j) = static_cast<T>((xs(i, j) - row.mean) * r * scale(j) + shift(j));
    }
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  visit_float(x.dtype(), "layer_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), scale(gamma), means(mean), rstds(rstd), gy(grad_y), gx(grad_x);
    const Elements<T> g_scale(grad_gamma), g_shift(grad_beta);
    const std::int64_t rows = x.size(0), width = x.size(1);
    const auto normal = [&](std::int64_t i, std::int64_t j) {
      return (static_cast<double>(xs(i, j)) - means(i)) * rstds(i);
    };
    for (std::int64_t i = 0; i < rows; ++i) {
      double mean_g = 0, mean_gx = 0;
      for (std::int64_t j = 0; j < width; ++j) {
        const double g = static_cast<double>(gy(i, j)) * scale(j);
        mean_g += g / static_cast<double>(width);
        mean_gx += g * normal(i, j) / static_cast<double>(width);
      }
      for (std::int64_t j = 0; j < width; ++j) {
        const double g = static_cast<double>(gy(i, j)) * scale(j);
        gx(i, j) = static_cast<T>(rstds(i) * (g - mean_g - normal(i, j) * mean_gx));
      }
    }
    for (std::int64_t j = 0; j < width; ++j) {
      double sum_gx = 0, sum_g = 0;
      for (std::int64_t i = 0; i < rows; ++i) {
        sum_gx += gy(i, j) * normal(i, j);
        sum_g += gy(i, j);
      }
      g_scale(j) = static_cast<T>(sum_gx);
      g_shift(j) = static_cast<T>(sum_g);
    }
  });
}

void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  visit_float(x.dtype(), "column_mean_var", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), means(mean), vars(var);
    for (std::int64_t j = 0; j < x.size(1); ++j) {
      const Statistics column = statistics(x.size(0), [&](std::int64_t i) { return static_cast<double>(xs(i, j)); });
      means(j) = static_cast<T>(column.mean);
      vars(j) = static_cast<T>(column.var);
    }
  });
}

void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  visit_float(x.dtype(), "batch_norm", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), means(mean), vars(var), scale(gamma), shift(beta), ys(y);
    for (std::int64_t i = 0; i < x.size(0); ++i)
      for (std::int64_t j = 0; j < x.size(1); ++j)
        ys(i, j) =
            static_cast<T>((static_cast<double>(xs(i, j)) - means(j)) / std::sqrt(vars(j) + eps) * scale(j) + shift(j));
  });
}

void batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double eps,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  visit_float(x.dtype(), "batch_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> xs(x), means(mean), vars(var), scale(gamma), gy(grad_y), gx(grad_x);
    const Elements<T> g_scale(grad_gamma), g_shift(grad_beta);
    const double rows = static_cast<double>(std::max<std::int64_t>(x.size(0), 1));
    for (std::int64_t j = 0; j < x.size(1); ++j) {
      const double rstd = 1 / std::sqrt(vars(j) + eps);
      const auto normal = [&](std::int64_t i) { return (static_cast<double>(xs(i, j)) - means(j)) * rstd; };
      double sum_gx = 0, sum_g = 0;
      for (std::int64_t i = 0; i < x.size(0); ++i) {
        sum_gx += gy(i, j) * normal(i);
        sum_g += gy(i, j);
      }
      for (std::int64_t i = 0; i < x.size(0); ++i)
        gx(i, j) = static_cast<T>(rstd * scale(j) * (gy(i, j) - sum_g / rows - normal(i) * sum_gx / rows));
      g_scale(j) = static_cast<T>(sum_gx);
      g_shift(j) = static_cast<T>(sum_g);
    }
  });
}

}  // namespace seqrec::kernels::reference

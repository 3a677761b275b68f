#include "kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/norm.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

/// `count` sums by column over all rows: each(first row, rows, sums [count * width]) adds up some.
template <class F>
PartialSums<double> column_sums(std::int64_t rows, std::int64_t width, std::int64_t count, F&& each) {
  PartialSums<double> sums(rows, row_grain(width), count * width);
  sums.over([&](std::int64_t begin, std::int64_t end, double* part) {
    std::fill_n(part, count * width, 0.0);
    each(begin, end - begin, part);
  });
  return sums;
}

template <class T>
void write(const double* sums, double factor, Tensor& out) {
  for (std::int64_t j = 0; j < out.numel(); ++j) out.data<T>()[j] = static_cast<T>(sums[j] * factor);
}

/// 1 / sqrt(var + eps), by column.
template <class T>
Tensor rstd_of(const Tensor& var, double eps) {
  Tensor rstd = empty_like(var);
  for (std::int64_t j = 0; j < var.numel(); ++j)
    rstd.data<T>()[j] = static_cast<T>(1 / std::sqrt(static_cast<double>(var.data<T>()[j]) + eps));
  return rstd;
}
template <class T>
Tensor product(const Tensor& a, const Tensor& b) {
  Tensor out = empty_like(a);
  for (std::int64_t j = 0; j < a.numel(); ++j) out.data<T>()[j] = a.data<T>()[j] * b.data<T>()[j];
  return out;
}

}  // namespace

void layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
                Tensor& rstd) {
  visit_real(x.dtype(), "layer_norm", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x), scale = contiguous(gamma), shift = contiguous(beta);
    const T* from = source.data<T>();
    T* to = y.data<T>();
    const std::int64_t width = x.size(1);
    for_rows(x.size(0), width, [&](std::int64_t i) {
      const MeanRstd<T> row =
          layer_norm_row<T>(width, from + i * width, scale.data<T>(), shift.data<T>(), eps, to + i * width);
      mean.data<T>()[i] = row.mean;
      rstd.data<T>()[i] = row.rstd;
    });
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  visit_real(x.dtype(), "layer_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x), scale = contiguous(gamma), means = contiguous(mean), rstds = contiguous(rstd),
                 grads = contiguous(grad_y);
    const T *from = source.data<T>(), *grad = grads.data<T>();
    T* to = grad_x.data<T>();
    const std::int64_t width = x.size(1);
    const PartialSums<double> sums =
        column_sums(x.size(0), width, 2, [&](std::int64_t begin, std::int64_t rows, double* piece) {
          std::vector<T> block(2 * width);
          layer_norm_backward_rows<T>(rows, width, from + begin * width, scale.data<T>(), means.data<T>() + begin,
                                      rstds.data<T>() + begin, grad + begin * width, to + begin * width, block.data(),
                                      piece, piece + width);
        });
    write<T>(sums.result(), 1, grad_gamma);
    write<T>(sums.result() + width, 1, grad_beta);
  });
}

void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  visit_real(x.dtype(), "column_mean_var", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    const std::int64_t width = x.size(1);
    const double share = 1 / static_cast<double>(x.size(0));
    const PartialSums<double> sums =
        column_sums(x.size(0), width, 1, [&](std::int64_t begin, std::int64_t rows, double* piece) {
          add_column_sums<T>(rows, width, from + begin * width, width, piece);
        });
    write<T>(sums.result(), share, mean);
    const PartialSums<double> squares =
        column_sums(x.size(0), width, 1, [&](std::int64_t begin, std::int64_t rows, double* piece) {
          add_column_squares<T>(rows, width, from + begin * width, mean.data<T>(), piece);
        });
    write<T>(squares.result(), share, var);
  });
}

void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  visit_real(x.dtype(), "batch_norm", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x), means = contiguous(mean), shift = contiguous(beta);
    const Tensor factor = product<T>(rstd_of<T>(contiguous(var), eps), contiguous(gamma));
    const T* from = source.data<T>();
    const std::int64_t width = x.size(1);
    for_ranges(x.size(0), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      normalise_columns<T>(end - begin, width, from + begin * width, means.data<T>(), factor.data<T>(), shift.data<T>(),
                           y.data<T>() + begin * width);
    });
  });
}

void batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double eps,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  visit_real(x.dtype(), "batch_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x), means = contiguous(mean), grads = contiguous(grad_y);
    const Tensor rstd = rstd_of<T>(contiguous(var), eps), factor = product<T>(rstd, contiguous(gamma));
    const T *from = source.data<T>(), *grad = grads.data<T>();
    T* to = grad_x.data<T>();
    const std::int64_t width = x.size(1);
    const PartialSums<double> sums =
        column_sums(x.size(0), width, 2, [&](std::int64_t begin, std::int64_t rows, double* piece) {
          add_column_products<T>(rows, width, from + begin * width, means.data<T>(), rstd.data<T>(),
                                 grad + begin * width, piece, piece + width);
        });
    write<T>(sums.result(), 1, grad_gamma);
    write<T>(sums.result() + width, 1, grad_beta);
    Tensor mean_gx = empty_like(grad_gamma), mean_g = empty_like(grad_beta);
    const double share = 1 / static_cast<double>(std::max<std::int64_t>(x.size(0), 1));
    write<T>(sums.result(), share, mean_gx);
    write<T>(sums.result() + width, share, mean_g);
    for_ranges(x.size(0), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      batch_norm_backward_rows<T>(end - begin, width, from + begin * width, means.data<T>(), rstd.data<T>(),
                                  factor.data<T>(), mean_gx.data<T>(), mean_g.data<T>(), grad + begin * width,
                                  to + begin * width);
    });
  });
}

}  // namespace seqrec::kernels::cpu

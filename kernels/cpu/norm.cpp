#include "kernels/norm.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/norm.h"
#include "kernels/cpu/simd/reduce.h"

namespace seqrec::kernels::cpu {
namespace {

/// `count` sums by column over all rows: each(first row, rows, sums [count * width]) adds up a piece; the pieces' sums
/// are added in order.
template <class F>
std::vector<double> column_sums(std::int64_t rows, std::int64_t width, std::int64_t count, F&& each) {
  const std::int64_t grain = row_grain(width), size = count * width;
  std::vector<double> pieces(num_ranges(rows, grain) * size);
  for_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    each(begin, end - begin, pieces.data() + begin / grain * size);
  });
  std::vector<double> sums(size);
  for (std::size_t i = 0; i < pieces.size(); ++i) sums[i % static_cast<std::size_t>(size)] += pieces[i];
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
  visit_float(x.dtype(), "layer_norm", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x), scale = dense(gamma), shift = dense(beta);
    const T* from = source.data<T>();
    T* to = y.data<T>();
    const std::int64_t width = x.size(1);
    for_ranges(x.size(0), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const MeanRstd<T> row =
            layer_norm_row<T>(width, from + i * width, scale.data<T>(), shift.data<T>(), eps, to + i * width);
        mean.data<T>()[i] = row.mean;
        rstd.data<T>()[i] = row.rstd;
      }
    });
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  visit_float(x.dtype(), "layer_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x), scale = dense(gamma), means = dense(mean), rstds = dense(rstd),
                 grads = dense(grad_y);
    const T *from = source.data<T>(), *grad = grads.data<T>();
    T* to = grad_x.data<T>();
    const std::int64_t width = x.size(1);
    const auto sums = column_sums(x.size(0), width, 2, [&](std::int64_t begin, std::int64_t rows, double* piece) {
      std::vector<T> block(2 * width);
      layer_norm_backward_rows<T>(rows, width, from + begin * width, scale.data<T>(), means.data<T>() + begin,
                                  rstds.data<T>() + begin, grad + begin * width, to + begin * width, block.data(),
                                  piece, piece + width);
    });
    write<T>(sums.data(), 1, grad_gamma);
    write<T>(sums.data() + width, 1, grad_beta);
  });
}

void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  visit_float(x.dtype(), "column_mean_var", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    const T* from = source.data<T>();
    const std::int64_t width = x.size(1);
    const double share = 1 / static_cast<double>(x.size(0));
    const auto sums = column_sums(x.size(0), width, 1, [&](std::int64_t begin, std::int64_t rows, double* piece) {
      add_column_sums<T>(rows, width, from + begin * width, width, piece);
    });
    write<T>(sums.data(), share, mean);
    const auto squares = column_sums(x.size(0), width, 1, [&](std::int64_t begin, std::int64_t rows, double* piece) {
      add_column_squares<T>(rows, width, from + begin * width, mean.data<T>(), piece);
    });
    write<T>(squares.data(), share, var);
  });
}

void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  visit_float(x.dtype(), "batch_norm", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x), means = dense(mean), shift = dense(beta);
    const Tensor factor = product<T>(rstd_of<T>(dense(var), eps), dense(gamma));
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
  visit_float(x.dtype(), "batch_norm_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x), means = dense(mean), grads = dense(grad_y);
    const Tensor rstd = rstd_of<T>(dense(var), eps), factor = product<T>(rstd, dense(gamma));
    const T *from = source.data<T>(), *grad = grads.data<T>();
    T* to = grad_x.data<T>();
    const std::int64_t width = x.size(1);
    const auto sums = column_sums(x.size(0), width, 2, [&](std::int64_t begin, std::int64_t rows, double* piece) {
      add_column_products<T>(rows, width, from + begin * width, means.data<T>(), rstd.data<T>(), grad + begin * width,
                             piece, piece + width);
    });
    write<T>(sums.data(), 1, grad_gamma);
    write<T>(sums.data() + width, 1, grad_beta);
    Tensor mean_gx = empty_like(grad_gamma), mean_g = empty_like(grad_beta);
    const double share = 1 / static_cast<double>(std::max<std::int64_t>(x.size(0), 1));
    write<T>(sums.data(), share, mean_gx);
    write<T>(sums.data() + width, share, mean_g);
    for_ranges(x.size(0), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      batch_norm_backward_rows<T>(end - begin, width, from + begin * width, means.data<T>(), rstd.data<T>(),
                                  factor.data<T>(), mean_gx.data<T>(), mean_g.data<T>(), grad + begin * width,
                                  to + begin * width);
    });
  });
}

}  // namespace seqrec::kernels::cpu

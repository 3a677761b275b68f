#include <algorithm>

#include "kernels/cuda/strided_rows.h"
#include "kernels/cuda/sums.h"
#include "kernels/norm.h"

namespace seqrec::kernels::cuda {
namespace {

template <class Team, class T>
__global__ void layer_norm_kernel(StridedRows<const T> x, StridedRow<const T> gamma, StridedRow<const T> beta,
                                  double eps, T* y, T* mean, T* rstd, std::int64_t rows, std::int64_t width) {
  const double share = 1 / static_cast<double>(width);
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    const auto values = row_of<Team>(width, [=](std::int64_t i) { return from[i]; });
    double sum = 0, squares = 0;
    values.for_each([&](std::int64_t, T value) { sum += value; });
    const double centre = Team::reduce(sum, Plus{}) * share;
    values.for_each([&](std::int64_t, T value) {
      const double off = value - centre;
      squares += off * off;
    });
    const double scale = 1 / sqrt(Team::reduce(squares, Plus{}) * share + eps);
    const T m = static_cast<T>(centre), r = static_cast<T>(scale);
    values.for_each([&](std::int64_t i, T value) { y[row * width + i] = (value - m) * r * gamma[i] + beta[i]; });
    if (Team::leads()) mean[row] = m, rstd[row] = r;
  });
}

/// A width of 0: no elements, yet statistics.
template <class T>
__global__ void empty_rows_kernel(double eps, T* mean, T* rstd, std::int64_t rows) {
  for_each_index(rows, [&](std::int64_t row) {
    mean[row] = 0;
    rstd[row] = static_cast<T>(1 / sqrt(eps));
  });
}

template <class Team, class T>
__global__ void layer_norm_backward_kernel(StridedRows<const T> x, StridedRow<const T> gamma, StridedRow<const T> mean,
                                           StridedRow<const T> rstd, StridedRows<const T> grad_y, T* grad_x,
                                           std::int64_t rows, std::int64_t width) {
  const double share = 1 / static_cast<double>(width);
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row], grads = grad_y[row];
    const T m = mean[row], r = rstd[row];
    double sum_g = 0, sum_gx = 0;
    Team::for_each(width, [&](std::int64_t i) {
      const T g = grads[i] * gamma[i];
      sum_g += g;
      sum_gx += g * ((from[i] - m) * r);
    });
    const T mean_g = static_cast<T>(Team::reduce(sum_g, Plus{}) * share);
    const T mean_gx = static_cast<T>(Team::reduce(sum_gx, Plus{}) * share);
    Team::for_each(width, [&](std::int64_t i) {
      grad_x[row * width + i] = r * (grads[i] * gamma[i] - mean_g - (from[i] - m) * r * mean_gx);
    });
  });
}

/// Rows up to so wide take part in the gradients of gamma and beta where they are read.
constexpr std::int64_t kNarrowNorm = 256;

/// The same, and the sums over a piece of `each` rows of grad_y x^ and of grad_y: a warp a piece.
template <class T>
__global__ void narrow_norm_backward_kernel(StridedRows<const T> x, StridedRow<const T> gamma, StridedRow<const T> mean,
                                            StridedRow<const T> rstd, StridedRows<const T> grad_y, T* grad_x,
                                            PieceSums<2> partial, std::int64_t rows, std::int64_t width,
                                            std::int64_t each) {
  constexpr int kColumns = kNarrowNorm / kWarp;
  const double share = 1 / static_cast<double>(width);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  WarpTeam::for_each_row((rows + each - 1) / each, [&](std::int64_t piece) {
    T of_gamma[kColumns] = {}, of_beta[kColumns] = {};
    for (std::int64_t row = piece * each; row < min(rows, (piece + 1) * each); ++row) {
      const StridedRow<const T> from = x[row], grads = grad_y[row];
      const T m = mean[row], r = rstd[row];
      T normal[kColumns], grad[kColumns];
      double sum_g = 0, sum_gx = 0;
#pragma unroll
      for (int k = 0; k < kColumns; ++k) {
        const int i = lane + k * kWarp;
        const bool inside = i < width;
        normal[k] = inside ? (from[i] - m) * r : T(0);
        grad[k] = inside ? grads[i] : T(0);
        of_gamma[k] += grad[k] * normal[k];
        of_beta[k] += grad[k];
        if (inside) grad[k] *= gamma[i];
        sum_g += grad[k];
        sum_gx += grad[k] * normal[k];
      }
      const T mean_g = static_cast<T>(warp_sum(sum_g) * share), mean_gx = static_cast<T>(warp_sum(sum_gx) * share);
#pragma unroll
      for (int k = 0; k < kColumns; ++k) {
        const int i = lane + k * kWarp;
        if (i < width) grad_x[row * width + i] = r * (grad[k] - mean_g - normal[k] * mean_gx);
      }
    }
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int i = lane + k * kWarp;
      if (i >= width) break;
      partial.write(0, piece, i, of_gamma[k]);
      partial.write(1, piece, i, of_beta[k]);
    }
  });
}

/// To the gradients of gamma and beta: grad x^, and grad.
template <class T>
__device__ __forceinline__ void add_products(T x, T grad, T mean, T rstd, double (&sums)[2]) {
  sums[0] += grad * ((x - mean) * rstd);
  sums[1] += grad;
}

/// For each column: the sums over rows of grad_y x^ and of grad_y, x^ = (x - mean) rstd with a row's statistics.
template <class T>
struct LayerProducts {
  static constexpr int kCount = 2;
  StridedRows<const T> x, grad_y;
  StridedRow<const T> mean, rstd;

  struct Output {
    const LayerProducts* all;
    std::int64_t column;
    __device__ void add(std::int64_t row, double (&sums)[2]) const {
      add_products(all->x[row][column], all->grad_y[row][column], all->mean[row], all->rstd[row], sums);
    }
  };
  __device__ Output of(std::int64_t column) const { return {this, column}; }
  template <class F>
  void for_each_pointer(F f) const {
    f(x.data), f(grad_y.data), f(mean.data), f(rstd.data);
  }
};

/// The same with a column's statistics.
template <class T>
struct BatchProducts {
  static constexpr int kCount = 2;
  StridedRows<const T> x, grad_y;
  StridedRow<const T> mean, var;
  double eps;

  struct Output {
    const BatchProducts* all;
    std::int64_t column;
    T mean, rstd;
    __device__ void add(std::int64_t row, double (&sums)[2]) const {
      add_products(all->x[row][column], all->grad_y[row][column], mean, rstd, sums);
    }
  };
  __device__ Output of(std::int64_t column) const {
    return {this, column, mean[column], static_cast<T>(1 / sqrt(var[column] + eps))};
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(x.data), f(grad_y.data), f(mean.data), f(var.data);
  }
};

template <class T>
struct ColumnElements {
  static constexpr int kCount = 1;
  StridedRows<const T> x;

  struct Output {
    const StridedRows<const T>& x;
    std::int64_t column;
    __device__ void add(std::int64_t row, double (&sums)[1]) const { sums[0] += x[row][column]; }
  };
  __device__ Output of(std::int64_t column) const { return {x, column}; }
  template <class F>
  void for_each_pointer(F f) const {
    x.for_each_pointer(f);
  }
};

template <class T>
struct SquaredDeviations {
  static constexpr int kCount = 1;
  StridedRows<const T> x;
  const T* mean;

  struct Output {
    const StridedRows<const T>& x;
    std::int64_t column;
    double mean;
    __device__ void add(std::int64_t row, double (&sums)[1]) const {
      const double off = x[row][column] - mean;
      sums[0] += off * off;
    }
  };
  __device__ Output of(std::int64_t column) const { return {x, column, mean[column]}; }
  template <class F>
  void for_each_pointer(F f) const {
    f(x.data), f(mean);
  }
};

template <class Team, class T>
__global__ void batch_norm_kernel(StridedRows<const T> x, StridedRow<const T> mean, StridedRow<const T> var,
                                  StridedRow<const T> gamma, StridedRow<const T> beta, T eps, T* y, std::int64_t rows,
                                  std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    Team::for_each(width, [&](std::int64_t i) {
      y[row * width + i] = (from[i] - mean[i]) * (gamma[i] / sqrt(var[i] + eps)) + beta[i];
    });
  });
}

/// grad_gamma and grad_beta are the sums over all rows.
template <class Team, class T>
__global__ void batch_norm_backward_kernel(StridedRows<const T> x, StridedRow<const T> mean, StridedRow<const T> var,
                                           StridedRow<const T> gamma, T eps, StridedRows<const T> grad_y,
                                           const T* grad_gamma, const T* grad_beta, T* grad_x, std::int64_t rows,
                                           std::int64_t width) {
  const T share = 1 / static_cast<T>(rows);
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row], grads = grad_y[row];
    Team::for_each(width, [&](std::int64_t i) {
      const T rstd = 1 / sqrt(var[i] + eps), normal = (from[i] - mean[i]) * rstd;
      grad_x[row * width + i] = rstd * gamma[i] * (grads[i] - share * grad_beta[i] - normal * (share * grad_gamma[i]));
    });
  });
}

}  // namespace

void layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
                Tensor& rstd) {
  Context& gpu = context(y);
  const std::int64_t rows = x.size(0), width = x.size(1);
  visit_float(x.dtype(), "layer_norm", [&](auto t) {
    using T = decltype(t);
    if (width == 0) return launch(gpu.over(rows), empty_rows_kernel<T>, eps, mean.data<T>(), rstd.data<T>(), rows);
    by_rows<T>(gpu, rows, width, [&](auto team, const Launch& shape) {
      launch(shape, layer_norm_kernel<decltype(team), T>, strided_rows<T>(x), strided_row<T>(gamma),
             strided_row<T>(beta), eps, y.data<T>(), mean.data<T>(), rstd.data<T>(), rows, width);
    });
  });
}

void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  Context& gpu = context(grad_x);
  const std::int64_t rows = x.size(0), width = x.size(1);
  if (width == 0) return;
  visit_float(x.dtype(), "layer_norm_backward", [&](auto t) {
    using T = decltype(t);
    const FinalSums<T, 2> sums_of_columns{{grad_gamma.data<T>(), grad_beta.data<T>()}};
    if (width <= kNarrowNorm) {
      // Few rows a piece while there are few: then many warps share them.
      const std::int64_t each = std::clamp<std::int64_t>(rows / 2048, 4, 16), pieces = (rows + each - 1) / each;
      const Tensor scratch({2, pieces, width}, DType::F64, gpu.device());
      const PieceSums<2> partial{scratch.data<double>(), {pieces * width, width, 1}};
      launch(gpu.over(pieces * kWarp), narrow_norm_backward_kernel<T>, strided_rows<T>(x), strided_row<T>(gamma),
             strided_row<T>(mean), strided_row<T>(rstd), strided_rows<T>(grad_y), grad_x.data<T>(), partial, rows,
             width, each);
      return sums<Along::Outputs>(gpu, width, pieces, partial, sums_of_columns);
    }
    by_rows(gpu, rows, width, [&](auto team, const Launch& shape) {
      launch(shape, layer_norm_backward_kernel<decltype(team), T>, strided_rows<T>(x), strided_row<T>(gamma),
             strided_row<T>(mean), strided_row<T>(rstd), strided_rows<T>(grad_y), grad_x.data<T>(), rows, width);
    });
    sums<Along::Outputs>(
        gpu, width, rows,
        LayerProducts<T>{strided_rows<T>(x), strided_rows<T>(grad_y), strided_row<T>(mean), strided_row<T>(rstd)},
        sums_of_columns);
  });
}

void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) {
  Context& gpu = context(mean);
  const std::int64_t rows = x.size(0), width = x.size(1);
  if (width == 0) return;
  const double share = 1 / static_cast<double>(rows);
  visit_float(x.dtype(), "column_mean_var", [&](auto t) {
    using T = decltype(t);
    const StridedRows<const T> from = strided_rows<T>(x);
    sums<Along::Outputs>(gpu, width, rows, ColumnElements<T>{from}, FinalSums<T, 1>{{mean.data<T>()}, share});
    sums<Along::Outputs>(gpu, width, rows, SquaredDeviations<T>{from, mean.data<T>()},
                         FinalSums<T, 1>{{var.data<T>()}, share});
  });
}

void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  if (x.numel() == 0) return;
  visit_float(x.dtype(), "batch_norm", [&](auto t) {
    using T = decltype(t);
    by_rows(context(y), x.size(0), x.size(1), [&](auto team, const Launch& shape) {
      launch(shape, batch_norm_kernel<decltype(team), T>, strided_rows<T>(x), strided_row<T>(mean), strided_row<T>(var),
             strided_row<T>(gamma), strided_row<T>(beta), static_cast<T>(eps), y.data<T>(), x.size(0), x.size(1));
    });
  });
}

void batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double eps,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  Context& gpu = context(grad_x);
  const std::int64_t rows = x.size(0), width = x.size(1);
  if (width == 0) return;
  visit_float(x.dtype(), "batch_norm_backward", [&](auto t) {
    using T = decltype(t);
    sums<Along::Outputs>(
        gpu, width, rows,
        BatchProducts<T>{strided_rows<T>(x), strided_rows<T>(grad_y), strided_row<T>(mean), strided_row<T>(var), eps},
        FinalSums<T, 2>{{grad_gamma.data<T>(), grad_beta.data<T>()}});
    by_rows(gpu, rows, width, [&](auto team, const Launch& shape) {
      launch(shape, batch_norm_backward_kernel<decltype(team), T>, strided_rows<T>(x), strided_row<T>(mean),
             strided_row<T>(var), strided_row<T>(gamma), static_cast<T>(eps), strided_rows<T>(grad_y),
             grad_gamma.data<T>(), grad_beta.data<T>(), grad_x.data<T>(), rows, width);
    });
  });
}

}  // namespace seqrec::kernels::cuda

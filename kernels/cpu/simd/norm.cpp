#include "kernels/cpu/simd/norm.h"

#include "kernels/cpu/simd/lanes.h"
#include "kernels/cpu/simd/reduce.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

template <class T>
SEQREC_INLINE void add_to(double* sums, Vector<T> v, std::int64_t count) {
  for (std::int64_t l = 0; l < count; ++l) sums[l] += v[l];
}

constexpr std::int64_t kNormBlock = 32;  // rows that are summed in T before the sum goes on in double

/// sums[j] += the sum over rows of term(place, column, count), for pairs of sums.
template <class T, class F>
SEQREC_INLINE void add_columns(std::int64_t rows, std::int64_t width, double* first, double* second, F term) {
  for (std::int64_t begin = 0; begin < rows; begin += kNormBlock) {
    const std::int64_t end = begin + kNormBlock < rows ? begin + kNormBlock : rows;
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
      Vector<T> a{}, b{};
      for (std::int64_t i = begin; i < end; ++i) term(i * width + j, j, count, a, b);
      add_to<T>(first + j, a, count);
      if (second) add_to<T>(second + j, b, count);
    });
  }
}

}  // namespace

template <class T>
MeanRstd<T> layer_norm_row(std::int64_t width, const T* x, const T* gamma, const T* beta, double eps, T* y) {
  const double share = 1 / (width > 0 ? (double)width : 1);
  const T mean = T(element_sum<T>(width, x) * share);
  const double var = square_distance<T>(width, x, mean) * share;
  const Vector<T> rstd = T(1) / square_root<T>(spread<T>(T(var + eps)));
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> normal = (load_some(x + j, count) - mean) * rstd;
    store_some(y + j, normal * load_some(gamma + j, count) + load_some(beta + j, count), count);
  });
  return {mean, rstd[0]};
}

/// One row; its terms are added to block_gamma and block_beta.
template <class T>
SEQREC_INLINE void layer_norm_backward_row(std::int64_t width, const T* x, const T* gamma, T mean, T rstd,
                                           const T* grad_y, T* grad_x, T* block_gamma, T* block_beta) {
  Vector<T> sum_g{}, sum_gx{};
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> normal = first_lanes<T>((load_some(x + j, count) - mean) * rstd, count, 0);
    const Vector<T> grad = load_some(grad_y + j, count), g = grad * load_some(gamma + j, count);
    sum_g += g;
    sum_gx += g * normal;
    store_some(block_gamma + j, load_some(block_gamma + j, count) + grad * normal, count);
    store_some(block_beta + j, load_some(block_beta + j, count) + grad, count);
  });
  const T n = T(width > 0 ? width : 1), mean_g = lane_sum<T>(sum_g) / n, mean_gx = lane_sum<T>(sum_gx) / n;
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> normal = (load_some(x + j, count) - mean) * rstd;
    const Vector<T> g = load_some(grad_y + j, count) * load_some(gamma + j, count);
    store_some(grad_x + j, rstd * (g - mean_g - normal * mean_gx), count);
  });
}

template <class T>
void layer_norm_backward_rows(std::int64_t rows, std::int64_t width, const T* x, const T* gamma, const T* mean,
                              const T* rstd, const T* grad_y, T* grad_x, T* block, double* grad_gamma,
                              double* grad_beta) {
  for (std::int64_t begin = 0; begin < rows; begin += kNormBlock) {
    for (std::int64_t j = 0; j < 2 * width; ++j) block[j] = 0;
    for (std::int64_t i = begin; i < rows && i < begin + kNormBlock; ++i)
      layer_norm_backward_row<T>(width, x + i * width, gamma, mean[i], rstd[i], grad_y + i * width, grad_x + i * width,
                                 block, block + width);
    for (std::int64_t j = 0; j < width; ++j) {
      grad_gamma[j] += block[j];
      grad_beta[j] += block[width + j];
    }
  }
}

template <class T>
void add_column_squares(std::int64_t rows, std::int64_t width, const T* x, const T* mean, double* sums) {
  add_columns<T>(rows, width, sums, nullptr,
                 [&](std::int64_t i, std::int64_t j, std::int64_t count, Vector<T>& a, Vector<T>&) SEQREC_INLINED {
                   const Vector<T> d = load_some(x + i, count) - load_some(mean + j, count);
                   a += d * d;
                 });
}

template <class T>
void normalise_columns(std::int64_t rows, std::int64_t width, const T* x, const T* mean, const T* factor,
                       const T* shift, T* y) {
  for (std::int64_t i = 0; i < rows; ++i)
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
      const Vector<T> d = load_some(x + i * width + j, count) - load_some(mean + j, count);
      store_some(y + i * width + j, d * load_some(factor + j, count) + load_some(shift + j, count), count);
    });
}

template <class T>
void add_column_products(std::int64_t rows, std::int64_t width, const T* x, const T* mean, const T* rstd,
                         const T* grad_y, double* sum_gx, double* sum_g) {
  add_columns<T>(rows, width, sum_gx, sum_g,
                 [&](std::int64_t i, std::int64_t j, std::int64_t count, Vector<T>& a, Vector<T>& b) SEQREC_INLINED {
                   const Vector<T> g = load_some(grad_y + i, count);
                   a += g * ((load_some(x + i, count) - load_some(mean + j, count)) * load_some(rstd + j, count));
                   b += g;
                 });
}

template <class T>
void batch_norm_backward_rows(std::int64_t rows, std::int64_t width, const T* x, const T* mean, const T* rstd,
                              const T* factor, const T* mean_gx, const T* mean_g, const T* grad_y, T* grad_x) {
  for (std::int64_t i = 0; i < rows; ++i)
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
      const std::int64_t place = i * width + j;
      const Vector<T> normal = (load_some(x + place, count) - load_some(mean + j, count)) * load_some(rstd + j, count);
      const Vector<T> g = load_some(grad_y + place, count) - load_some(mean_g + j, count);
      store_some(grad_x + place, load_some(factor + j, count) * (g - normal * load_some(mean_gx + j, count)), count);
    });
}

SEQREC_SIMD_INSTANTIATE(layer_norm_row)
SEQREC_SIMD_INSTANTIATE(layer_norm_backward_rows)
SEQREC_SIMD_INSTANTIATE(add_column_squares)
SEQREC_SIMD_INSTANTIATE(normalise_columns)
SEQREC_SIMD_INSTANTIATE(add_column_products)
SEQREC_SIMD_INSTANTIATE(batch_norm_backward_rows)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

#include "bench/eigen_peer.h"

#include <unsupported/Eigen/SpecialFunctions>

#include <Eigen/Core>  // under another name for each instruction set: bench/CMakeLists.txt

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

template <class T>
using Elements = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using ConstElements = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

template <class T>
void eigen_exp(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).exp();
}
template <class T>
void eigen_tanh(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).tanh();
}
template <class T>
void eigen_logistic(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).logistic();
}
template <class T>
void eigen_sigmoid(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = 1 / (1 + (-ConstElements<T>(x, n)).exp());
}
template <class T>
void eigen_log(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).log();
}
template <class T>
void eigen_sqrt(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).sqrt();
}
template <class T>
void eigen_erf(std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) = ConstElements<T>(x, n).erf();
}

template <class T>
T eigen_sum(std::int64_t n, const T* x) {
  return ConstElements<T>(x, n).sum();
}
template <class T>
T eigen_max(std::int64_t n, const T* x) {
  return ConstElements<T>(x, n).maxCoeff();
}
template <class T>
T eigen_dot(std::int64_t n, const T* x, const T* y) {
  return ConstElements<T>(x, n).matrix().dot(ConstElements<T>(y, n).matrix());
}
template <class T>
void eigen_add_scaled(T scale, std::int64_t n, const T* x, T* y) {
  Elements<T>(y, n) += scale * ConstElements<T>(x, n);
}
template <class T>
void eigen_softmax(std::int64_t n, const T* x, T* y) {
  const ConstElements<T> from(x, n);
  Elements<T> to(y, n);
  to = (from - from.maxCoeff()).exp();
  to *= 1 / to.sum();
}
template <class T>
void eigen_layer_norm(std::int64_t n, const T* x, const T* gamma, const T* beta, T eps, T* y) {
  const ConstElements<T> from(x, n);
  const T mean = from.mean();
  const T rstd = 1 / std::sqrt((from - mean).square().mean() + eps);
  Elements<T>(y, n) = (from - mean) * rstd * ConstElements<T>(gamma, n) + ConstElements<T>(beta, n);
}
template <class T>
void eigen_adam(AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v) {
  const ConstElements<T> g(grad, n);
  Elements<T> first(m, n), second(v, n);
  first = f.beta1 * first + f.rest1 * g;
  second = f.beta2 * second + f.rest2 * g.square();
  Elements<T>(p, n) -= f.step_size * first / (second.sqrt() * f.inverse_root + f.eps);
}
template <class T>
void eigen_product(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, const T* b, T* out) {
  Eigen::Map<Matrix<T>>(out, m, n).noalias() =
      Eigen::Map<const Matrix<T>>(a, m, k) * Eigen::Map<const Matrix<T>>(b, n, k).transpose();
}

template <class T>
void erf_loop(std::int64_t n, const T* x, T* y) {
  map(x, n, y, [](Vector<T> v) SEQREC_INLINED { return erf<T>(v); });
}

SEQREC_SIMD_INSTANTIATE(eigen_exp)
SEQREC_SIMD_INSTANTIATE(eigen_tanh)
SEQREC_SIMD_INSTANTIATE(eigen_logistic)
SEQREC_SIMD_INSTANTIATE(eigen_sigmoid)
SEQREC_SIMD_INSTANTIATE(eigen_log)
SEQREC_SIMD_INSTANTIATE(eigen_sqrt)
SEQREC_SIMD_INSTANTIATE(eigen_erf)
SEQREC_SIMD_INSTANTIATE(eigen_sum)
SEQREC_SIMD_INSTANTIATE(eigen_max)
SEQREC_SIMD_INSTANTIATE(eigen_dot)
SEQREC_SIMD_INSTANTIATE(eigen_add_scaled)
SEQREC_SIMD_INSTANTIATE(eigen_softmax)
SEQREC_SIMD_INSTANTIATE(eigen_layer_norm)
SEQREC_SIMD_INSTANTIATE(eigen_adam)
SEQREC_SIMD_INSTANTIATE(eigen_product)
SEQREC_SIMD_INSTANTIATE(erf_loop)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

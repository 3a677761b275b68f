#include "bench/gemm_peer.h"

#include <Eigen/Core>

namespace seqrec::bench {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void eigen_product(const float* a, const float* b, std::int64_t m, std::int64_t n, std::int64_t k, float* out) {
  Eigen::Map<Matrix>(out, m, n).noalias() =
      Eigen::Map<const Matrix>(a, m, k) * Eigen::Map<const Matrix>(b, n, k).transpose();
}

}  // namespace seqrec::bench

#pragma once

#include <cstdint>

namespace seqrec::bench {

/// out [m, n] = a [m, k] b^T, b [n, k], by Eigen on one thread. Row-major, contiguous.
void eigen_product(const float* a, const float* b, std::int64_t m, std::int64_t n, std::int64_t k, float* out);

}  // namespace seqrec::bench

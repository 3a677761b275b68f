#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/cuda/launch.h"

namespace seqrec::kernels::cuda {

/// Which random numbers keep an element, and what it is multiplied by then: as a kernel's argument.
template <class T>
struct DropRule {
  std::uint32_t threshold;  ///< 0: nothing is dropped
  T scale;

  // to_uniform(number) = (number >> 8) / 2^24 >= p, in whole numbers.
  explicit DropRule(double p)
      : threshold(static_cast<std::uint32_t>(std::ceil(p * 0x1p24))), scale(static_cast<T>(1 / (1 - p))) {}

#if defined(SEQREC_CUDA_SIM) || defined(__CUDACC__)
  __device__ __forceinline__ bool keeps(std::uint32_t number) const { return number >> 8 >= threshold; }
#endif
};

}  // namespace seqrec::kernels::cuda

#include "bench/peak_fma.h"

#include "kernels/cpu/simd/vector.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {

template <class T>
std::int64_t multiply_adds(std::int64_t rounds, T* sink) {
  constexpr int kSums = kVectorRegisters - 4;
  Vector<T> sums[kSums], factor, term;
  for (int l = 0; l < kLanes<T>; ++l) {
    factor[l] = sink[0];
    term[l] = sink[1];
  }
  for (int i = 0; i < kSums; ++i) sums[i] = factor * static_cast<T>(i);  // all different: none can stand for another
  for (std::int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 32
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + term;
  Vector<T> total{};
  for (int i = 0; i < kSums; ++i) total += sums[i];
  sink[0] = total[0];
  return rounds * kSums * kLanes<T>;
}

SEQREC_SIMD_INSTANTIATE(multiply_adds)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

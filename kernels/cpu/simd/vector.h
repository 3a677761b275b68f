#pragma once

#include <cstdint>

/// The vector type of the variant being compiled: GCC's and Clang's vector extension, for the few loops that must keep
/// their sums in registers. Included by kernels/cpu/simd/*.cpp alone.
namespace seqrec::kernels::cpu::SEQREC_SIMD {

/// Always inlined: a function, and (after its parameters) a lambda.
#define SEQREC_INLINE inline SEQREC_INLINED
#ifndef SEQREC_INLINED  // scripts/amalgamate
#define SEQREC_INLINED __attribute__((always_inline))
#endif

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64, kVectorRegisters = 32;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32, kVectorRegisters = 16;
#elif defined(__aarch64__)
inline constexpr int kVectorBytes = 16, kVectorRegisters = 32;
#else
inline constexpr int kVectorBytes = 16, kVectorRegisters = 16;
#endif

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Vector = typename VectorOf<T>::type;
template <class T>
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
SEQREC_INLINE Vector<T> load(const T* x) {
  Vector<T> v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}
template <class T>
SEQREC_INLINE void store(T* x, Vector<T> v) {
  __builtin_memcpy(x, &v, sizeof v);
}

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

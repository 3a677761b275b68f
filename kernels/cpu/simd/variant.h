#pragma once

/// How a family of raw-pointer functions is compiled once per instruction set and chosen at run time.
///
/// kernels/cpu/simd/<family>.h declares its functions in namespace seqrec::kernels::cpu with one of
///
///   SEQREC_SIMD_FUNCTION(result, name, parameter types...)   // a plain function
///   SEQREC_SIMD_TEMPLATE(result, name, parameter types...)   // a template over the element type T
///
/// kernels/cpu/simd/<family>.cpp is compiled once per variant, with SEQREC_SIMD defined as the variant's name. It
/// defines the functions in namespace seqrec::kernels::cpu::SEQREC_SIMD and instantiates templates for float and
/// double:
///
///   namespace seqrec::kernels::cpu::SEQREC_SIMD {
///   template <class T> void twice(const T* x, std::int64_t n, T* y) { ... }
///   SEQREC_SIMD_INSTANTIATE(twice)
///   }
///
/// Everywhere else the name is a callable that calls the variant in use: `cpu::twice<T>(x, n, y)`. Between functions of
/// one variant a call `twice<T>(...)` stays within the variant.
///
/// What is compiled with other flags must not have the name of what is not: the linker keeps one function of a name,
/// and the program would die on a processor without AVX-512. So these files include only <cstdint>-like headers, and
/// pass pointers, numbers and plain structs.
/// scripts/check_simd_symbols watches over it.

#ifdef SEQREC_INFERENCE  // as one source (scripts/amalgamate)
#define SEQREC_SIMD_INSTANTIATE(name) template decltype(name<float>) name<float>;
#else
#define SEQREC_SIMD_INSTANTIATE(name)         \
  template decltype(name<float>) name<float>; \
  template decltype(name<double>) name<double>;
#endif

#ifdef SEQREC_SIMD

#define SEQREC_SIMD_FUNCTION(result, name, ...) \
  namespace SEQREC_SIMD {                       \
  result name(__VA_ARGS__);                     \
  }
#define SEQREC_SIMD_TEMPLATE(result, name, ...) \
  namespace SEQREC_SIMD {                       \
  template <class T>                            \
  result name(__VA_ARGS__);                     \
  }
#else

#include "kernels/cpu/simd.h"

namespace seqrec::kernels::cpu {

/// One function in each variant (null where it isn't built).
template <class F>
struct SimdFunction;
template <class R, class... P>
struct SimdFunction<R(P...)> {
  R (*variants[3])(P...);
  R operator()(P... arguments) const { return variants[static_cast<int>(simd_variant())](arguments...); }
};

}  // namespace seqrec::kernels::cpu

// A libseqrec may have some of the variants alone (seqrec_embed.cmake), and another processor has none but the first.
#ifndef __x86_64__
#define SEQREC_WITHOUT_AVX2
#define SEQREC_WITHOUT_AVX512
#endif
#ifdef SEQREC_WITHOUT_BASE
#define SEQREC_IN_BASE(name) nullptr
#else
#define SEQREC_IN_BASE(name) &base::name
#endif
#ifdef SEQREC_WITHOUT_AVX2
#define SEQREC_IN_AVX2(name) nullptr
#else
#define SEQREC_IN_AVX2(name) &avx2::name
#endif
#ifdef SEQREC_WITHOUT_AVX512
#define SEQREC_IN_AVX512(name) nullptr
#else
#define SEQREC_IN_AVX512(name) &avx512::name
#endif

// Nothing, where the variants are compiled apart.
#ifndef SEQREC_TARGET_AVX2
#define SEQREC_TARGET_AVX2
#define SEQREC_TARGET_AVX512
#endif

#define SEQREC_SIMD_FUNCTION(result, name, ...)            \
  namespace base {                                         \
  result name(__VA_ARGS__);                                \
  }                                                        \
  namespace avx2 {                                         \
  SEQREC_TARGET_AVX2 result name(__VA_ARGS__);             \
  }                                                        \
  namespace avx512 {                                       \
  SEQREC_TARGET_AVX512 result name(__VA_ARGS__);           \
  }                                                        \
  inline constexpr SimdFunction<result(__VA_ARGS__)> name{ \
      {SEQREC_IN_BASE(name), SEQREC_IN_AVX2(name), SEQREC_IN_AVX512(name)}};
#define SEQREC_SIMD_TEMPLATE(result, name, ...)            \
  namespace base {                                         \
  template <class T>                                       \
  result name(__VA_ARGS__);                                \
  }                                                        \
  namespace avx2 {                                         \
  template <class T>                                       \
  SEQREC_TARGET_AVX2 result name(__VA_ARGS__);             \
  }                                                        \
  namespace avx512 {                                       \
  template <class T>                                       \
  SEQREC_TARGET_AVX512 result name(__VA_ARGS__);           \
  }                                                        \
  template <class T>                                       \
  inline constexpr SimdFunction<result(__VA_ARGS__)> name{ \
      {SEQREC_IN_BASE(name<T>), SEQREC_IN_AVX2(name<T>), SEQREC_IN_AVX512(name<T>)}};

#endif

#pragma once

/// The tree is compiled twice: whole, and for libseqrec, which serves and doesn't train, with SEQREC_INFERENCE. The two
/// differ by this constant alone, no class by its layout: what only training calls stands behind `if constexpr
/// (kTraining)`, and so nothing of it is linked into libseqrec. core/ and kernels/cpu/simd don't know of it.
namespace seqrec {

#ifdef SEQREC_INFERENCE
inline constexpr bool kTraining = false;
#else
inline constexpr bool kTraining = true;
#endif

// One program holds functions of one build only, since they share their names. Each object file asks for its build's
// mark, and who finds both marks finds `only_one_build_in_a_program` twice: an error of the linker (kernels/build.cpp).
namespace detail {
#ifdef SEQREC_INFERENCE
extern const char inference_build;
[[gnu::used]] static const char* const this_build = &inference_build;
#else
extern const char training_build;
[[gnu::used, gnu::retain]] static const char* const this_build = &training_build;  // asked for even if it's unused
#endif
extern const char only_one_build_in_a_program;
}  // namespace detail
}  // namespace seqrec

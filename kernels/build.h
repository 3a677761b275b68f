#pragma once

/// The tree is compiled twice: whole, and for libseqrec, which serves and doesn't train, with SEQREC_INFERENCE. The two
/// differ by this constant alone, no class by its layout: what only training and its evaluation call, losses and
/// batches, stands behind `if constexpr (kTraining)`, and so nothing of it is linked into libseqrec, which answers
/// window by window (models/model.h). core/ and kernels/cpu/simd don't know of it.
namespace seqrec {

// One program holds functions of one build only, since they share their names. Each object file asks for its build's
// mark, and who finds both marks finds `only_one_build_in_a_program` twice: an error of the linker (kernels/build.cpp).
namespace detail {
extern const char inference_build, training_build, only_one_build_in_a_program;
}

#ifdef SEQREC_INFERENCE
inline constexpr bool kTraining = false;
[[gnu::used]] static const char* const this_build = &detail::inference_build;
#else
inline constexpr bool kTraining = true;
[[gnu::used, gnu::retain]] static const char* const this_build = &detail::training_build;  // even with --gc-sections
#endif

}  // namespace seqrec

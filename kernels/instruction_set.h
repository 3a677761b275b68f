#pragma once

namespace seqrec::kernels {

/// The instructions that the CPU's kernels use: "base", "avx2" or "avx512". Results have the same bits where it is the
/// same. DeviceError if SEQREC_CPU names one that is unknown or that the processor doesn't have.
const char* instruction_set();

}  // namespace seqrec::kernels

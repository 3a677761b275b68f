#include "kernels/instruction_set.h"

#include "kernels/cpu/simd.h"

namespace seqrec::kernels {

const char* instruction_set() { return cpu::simd_variant_name(); }

}  // namespace seqrec::kernels

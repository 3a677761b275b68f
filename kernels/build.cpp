#include "kernels/build.h"

namespace seqrec::detail {

#ifdef SEQREC_INFERENCE
const char inference_build = 0;
#else
const char training_build = 0;
#endif
const char only_one_build_in_a_program = 0;

}  // namespace seqrec::detail

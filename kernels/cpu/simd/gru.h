#pragma once

#include <cstdint>

#include "kernels/cpu/simd/variant.h"
#include "kernels/op_codes.h"

/// One step of a recurrent cell (kernels/gru.h) for one window.
namespace seqrec::kernels::cpu {

/// h [width] becomes h'. input [3 width] is x, hidden [3 width] W_hh h without its bias. gates [4 width]: r, z, n, W_hn
/// h + b_hn; null: not kept.
SEQREC_SIMD_TEMPLATE(void, gru_step, GruCell cell, std::int64_t width, T score, const T* input, const T* b_ih,
                     const T* hidden, const T* b_hh, T* h, T* gates)

/// grad_h [width], the gradient of h', becomes the direct part of h's. grad_input [3 width]: of x + b_ih (of a x + b_ih
/// for AiGru); grad_hidden [3 width]: of W_hh h + b_hh. Returns the score's gradient.
SEQREC_SIMD_TEMPLATE(T, gru_step_backward, GruCell cell, std::int64_t width, T score, const T* input, const T* gates,
                     const T* before, T* grad_h, T* grad_input, T* grad_hidden)

}  // namespace seqrec::kernels::cpu

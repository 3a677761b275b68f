#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"
#include "kernels/op_codes.h"

namespace seqrec::kernels {

/// A step of a gated recurrent unit (GruCell) goes from h to h'. With gates r, z, n (PyTorch's order) and the step's
/// score a:
///
///     r = sigmoid(x_r + b_ir + W_hr h + b_hr)            z = sigmoid(x_z + b_iz + W_hz h + b_hz)
///     n = tanh(x_n + b_in + r (W_hn h + b_hn))           h' = (1 - c) h + c n
///
/// where x = W_ih (what the step reads). The cells differ in c, the share of the new state n:
///
/// - Gru: c = 1 - z, no scores (Cho et al. 2014, as PyTorch has it);
/// - AiGru: the same with a x for x (DIEN, eq. 8: attention on the input; W_ih is linear);
/// - AGru: c = a (DIEN, eq. 9 to 10), z is not used;
/// - AuGru: c = a z (DIEN, eq. 11 to 12);
/// - AuGruAuthor: c = 1 - (1 - a) z: the cell of the DIEN authors' code.
///
/// Runs a cell over each window of `input`, from h = 0: states[e] = h after entry e (core/windows.h), [entries, width].
/// input [values, 3 width] = x of each value; scores [entries], undefined for Gru; w_hh [3 width, width]; b_ih, b_hh
/// [3 width]. gates [entries, 4 width]: r, z, n and W_hn h + b_hn, which the backward needs; undefined: not kept.
SEQREC_KERNEL(gru, GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
              const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates)

/// The gradients of all that gru reads, through time: with g the gradient of h' (grad_states' row, and what the next
/// step gives back), dn = g c, dc = g (n - h), dh = g (1 - c) + W_hh^T (gates' gradients). A value's gradient is summed
/// over its entries in order. grad_scores is undefined for Gru.
SEQREC_KERNEL(gru_backward, GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows,
              const Tensor& w_hh, const Tensor& states, const Tensor& gates, const Tensor& grad_states,
              Tensor& grad_input, Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih, Tensor& grad_b_hh)

}  // namespace seqrec::kernels

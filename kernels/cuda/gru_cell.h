#pragma once

#include "kernels/cuda/functions.h"
#include "kernels/op_codes.h"

/// For .cu files only. One unit of a recurrent cell (kernels/gru.h), of one window, at one step.
namespace seqrec::kernels::cuda {

/// c, the share of the new state.
template <class T>
__device__ __forceinline__ T share_of(GruCell cell, T a, T z) {
  switch (cell) {
    case GruCell::AGru: return a;
    case GruCell::AuGru: return a * z;
    case GruCell::AuGruAuthor: return 1 - (1 - a) * z;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return 1 - z;
}

/// dc / dz and dc / da.
template <class T>
__device__ __forceinline__ T share_by_gate(GruCell cell, T a) {
  switch (cell) {
    case GruCell::AGru: return 0;
    case GruCell::AuGru: return a;
    case GruCell::AuGruAuthor: return a - 1;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return -1;
}
template <class T>
__device__ __forceinline__ T share_by_score(GruCell cell, T z) {
  switch (cell) {
    case GruCell::AGru: return 1;
    case GruCell::AuGru:
    case GruCell::AuGruAuthor: return z;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return 0;
}

/// What the backward needs of a step.
template <class T>
struct GruGates {
  T r, z, n, hidden;  ///< hidden: W_hn h + b_hn
};

/// The state after h. of_input: x + b_ih (a x + b_ih for AiGru), of_state: W_hh h + b_hh, each of r, z and n.
template <class T>
__device__ __forceinline__ T gru_unit(GruCell cell, T a, const T (&of_input)[3], const T (&of_state)[3], T h,
                                      GruGates<T>& gates) {
  gates.r = sigmoid(of_input[0] + of_state[0]);
  gates.z = sigmoid(of_input[1] + of_state[1]);
  gates.hidden = of_state[2];
  gates.n = tanh(of_input[2] + gates.r * gates.hidden);
  const T c = share_of(cell, a, gates.z);
  return (1 - c) * h + c * gates.n;
}

/// The gradients that a step gives: of what r, z and n are functions of, of W_hn h + b_hn, of h without what comes
/// through the gates, and of a through c.
template <class T>
struct GruGradients {
  T r, z, n, hidden, h, score;
};

/// `grad`: of the state after h.
template <class T>
__device__ __forceinline__ GruGradients<T> gru_unit_backward(GruCell cell, T a, const GruGates<T>& gates, T h, T grad) {
  const T c = share_of(cell, a, gates.z), grad_c = grad * (gates.n - h);
  GruGradients<T> to;
  to.n = grad * c * (1 - gates.n * gates.n);
  to.r = to.n * gates.hidden * gates.r * (1 - gates.r);
  to.z = share_by_gate(cell, a) * grad_c * gates.z * (1 - gates.z);
  to.hidden = to.n * gates.r;
  to.h = grad * (1 - c);
  to.score = grad_c * share_by_score(cell, gates.z);
  return to;
}

}  // namespace seqrec::kernels::cuda

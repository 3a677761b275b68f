#pragma once

#include "core/random.h"
#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Elements that an operation drops within itself: each is kept, and scaled by 1 / (1 - p), where its number of the
/// stream is at least p (kernels/dropout.h). With p = 0 nothing is drawn.
struct Drop {
  double p = 0;
  RandomStream stream;
  std::uint64_t offset = 0;
};

/// Multi-head scaled dot-product attention (Vaswani et al. 2017, eq. 1) over windows of shared values: query i looks at
/// the values of window i. A causal layer gives each value of a sequence the window from the sequence's begin up to
/// itself, a bidirectional one the whole sequence; nothing is padded.
///
/// For every head, over its `width / heads` columns: out[i] = sum over the entries e of window i of drop(a_e) v[value
/// of e], a = softmax over the window of q[i] . k[value of e] / sqrt(width / heads); 0 for an empty window. Entry e of
/// head h uses number offset + h * entries + e. q, out [queries, width]; k, v [values, width].
SEQREC_KERNEL(window_attention, const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
              std::int64_t heads, Drop drop, Tensor& out)
/// With d_e = drop(grad_out[i] . v[value of e]) and s_e = a_e (d_e - sum over the window of a d) / sqrt(width / heads):
/// grad_q[i] = sum of s_e k[value of e], grad_k[value of e] += s_e q[i], grad_v[value of e] += drop(a_e) grad_out[i].
/// Every row is written.
SEQREC_KERNEL(window_attention_backward, const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
              std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q, Tensor& grad_k, Tensor& grad_v)

}  // namespace seqrec::kernels

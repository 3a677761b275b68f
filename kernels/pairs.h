#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// What an attention network by layers looks at: pairs[e] = [q, k, q * k], where q = queries[window of e] and k =
/// keys[value of e], by entry (core/windows.h). queries [windows, width], keys [values, width], pairs [entries,
/// 3 width].
SEQREC_KERNEL(window_pairs, const Tensor& queries, const Tensor& keys, const Windows& windows, Tensor& pairs)
/// With a gradient [g_q, g_k, g_p] of an entry: grad_queries[w] = the sum over w's entries of g_q + g_p * k, and
/// grad_keys[v] = the sum over v's entries, in order, of g_k + g_p * q.
SEQREC_KERNEL(window_pairs_backward, const Tensor& queries, const Tensor& keys, const Windows& windows,
              const Tensor& grad_pairs, Tensor& grad_queries, Tensor& grad_keys)

}  // namespace seqrec::kernels

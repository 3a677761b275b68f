#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Additive attention's scores (Bahdanau et al. 2015, with SR-GNN's sigmoid; its eq. 6) of windows over shared values:
///
///   scores[e] = vector . sigmoid(queries[w] + keys[rows[v]]) for entry e of window w, value v (core/windows.h)
///
/// queries [windows, width], keys [rows, width], vector [width], `rows` [values] ids into the keys; scores [entries].
SEQREC_KERNEL(window_additive_scores, const Tensor& queries, const Tensor& keys, const Tensor& vector,
              const Index& rows, const Windows& windows, Tensor& scores)

/// With s = sigmoid(queries[w] + keys[rows[v]]) of entry e, and g = grad_scores[e]:
/// grad_queries[w] = sum over w's entries of g vector s (1 - s); grad_keys[k] the same over the entries whose value
/// stands for row k, in order; grad_vector = sum over all of g s. Every row is written.
SEQREC_KERNEL(window_additive_scores_backward, const Tensor& grad_scores, const Tensor& queries, const Tensor& keys,
              const Tensor& vector, const Index& rows, const Windows& windows, Tensor& grad_queries, Tensor& grad_keys,
              Tensor& grad_vector)

}  // namespace seqrec::kernels

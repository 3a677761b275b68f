#pragma once

#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Ops over the windows of shared values (core/windows.h). "By entry" is [entries]; "by value" [values, ...]; "by
/// window" [windows, ...]. `rows` names the row of `table` that each value stands for ([values] ids into [rows,
/// width]), so that values with equal rows (the same item at several places) share one.

/// weights (by entry) = softmax of each window's logits (by value). Empty windows have no entry.
SEQREC_KERNEL(window_softmax, const Tensor& logits, const Windows& windows, Tensor& weights)
/// grad_logits[v] = sum over the entries e of v, in order, of weights[e] (grad[e] - sum over e's window of grad
/// weights).
SEQREC_KERNEL(window_softmax_backward, const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
              Tensor& grad_logits)

/// out[w] = sum over the entries e of w of weights[e] table[rows[value of e]]; 0 for an empty window. out [windows,
/// width].
SEQREC_KERNEL(window_weighted_sum, const Tensor& weights, const Tensor& table, const Index& rows,
              const Windows& windows, Tensor& out)
/// grad_weights[e] = grad_out[window of e] . table[rows[value of e]].
SEQREC_KERNEL(window_weighted_sum_backward_weights, const Tensor& grad_out, const Tensor& table, const Index& rows,
              const Windows& windows, Tensor& grad_weights)
/// grad_table[r] = sum over the values v with rows[v] = r, in order, and over the entries e of each, in order, of
/// weights[e] grad_out[window of e]; every row of the table is written.
SEQREC_KERNEL(window_weighted_sum_backward_table, const Tensor& grad_out, const Tensor& weights, const Index& rows,
              const Windows& windows, Tensor& grad_table)

/// out[w] = sum (or mean) of the window's values [values, width]; 0 for an empty window.
SEQREC_KERNEL(window_sum, const Tensor& values, const Windows& windows, bool mean, Tensor& out)
/// grad_values[v] = sum over the windows w that hold v, in order, of grad_out[w] (divided by w's length if `mean`).
SEQREC_KERNEL(window_sum_backward, const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values)

/// out[w] = maximum of the window's values, by column; argmax (i32 [windows, width]) the first value that has it; 0 and
/// -1 for an empty window.
SEQREC_KERNEL(window_max, const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax)
/// grad_values[v][c] = sum over the windows w with argmax[w][c] = v, in order, of grad_out[w][c]; argmax is -1 or
/// within w.
SEQREC_KERNEL(window_max_backward, const Tensor& grad_out, const Tensor& argmax, const Windows& windows,
              Tensor& grad_values)

/// out[w] = the window's last value; 0 for an empty window.
SEQREC_KERNEL(window_last, const Tensor& values, const Windows& windows, Tensor& out)
/// grad_values[v] = sum over the windows that end with v of grad_out[w]; every row is written.
SEQREC_KERNEL(window_last_backward, const Tensor& grad_out, const Windows& windows, Tensor& grad_values)

}  // namespace seqrec::kernels

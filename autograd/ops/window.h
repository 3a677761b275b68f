#pragma once

#include "autograd/variable.h"
#include "core/windows.h"

namespace seqrec::autograd {

// Sequence operations over windows of shared values (core/windows.h); see kernels/window.h for what "by entry" means.

/// Softmax of each window's logits [values], by entry: [entries].
Variable window_softmax(const Variable& logits, const Windows& windows);
/// Sum over a window's entries of weight times the table row that the value stands for: weights [entries],
/// table [rows, width], rows [values] ids into it; [windows, width], 0 for an empty window.
Variable window_weighted_sum(const Variable& weights, const Variable& table, const Index& rows, const Windows& windows);
/// Sum, mean or maximum of a window's values [values, width], or its last one: [windows, width], 0 for an empty window.
Variable window_sum(const Variable& values, const Windows& windows);
Variable window_mean(const Variable& values, const Windows& windows);
Variable window_max(const Variable& values, const Windows& windows);
Variable window_last(const Variable& values, const Windows& windows);

}  // namespace seqrec::autograd

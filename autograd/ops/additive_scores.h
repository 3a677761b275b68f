#pragma once

#include "autograd/variable.h"
#include "core/windows.h"

namespace seqrec::autograd {

/// Scores of additive attention by entry (kernels/additive_scores.h): vector . sigmoid(queries[window] + keys[rows[
/// value]]) with queries [windows, width], keys [rows, width], vector [width], rows [values]; [entries].
Variable window_additive_scores(const Variable& queries, const Variable& keys, const Variable& vector,
                                const Index& rows, const Windows& windows);

}  // namespace seqrec::autograd

#pragma once

#include "autograd/variable.h"
#include "core/windows.h"

namespace seqrec::autograd {

/// [q, k, q * k] by entry, q the window's row of `queries` [windows, width] and k the value's of `keys` [values,
/// width]: [entries, 3 width].
Variable window_pairs(const Variable& queries, const Variable& keys, const Windows& windows);

}  // namespace seqrec::autograd

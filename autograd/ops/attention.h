#pragma once

#include "autograd/variable.h"
#include "kernels/attention.h"

namespace seqrec::autograd {

/// Multi-head attention of queries q [queries, width] over the values of their windows, k and v [values, width];
/// [queries, width] (kernels/attention.h).
Variable window_attention(const Variable& q, const Variable& k, const Variable& v, const Windows& windows,
                          std::int64_t heads, const kernels::Drop& drop = {});

}  // namespace seqrec::autograd

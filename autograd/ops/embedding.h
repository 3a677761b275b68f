#pragma once

#include "autograd/variable.h"
#include "core/index.h"

namespace seqrec::autograd {

/// Rows of a table [rows, width] by id: [ids, width]. The table's gradient is row-sparse. A row named `padding`
/// (PyTorch's padding_idx; -1: none) is looked up like any other but gets no gradient here.
Variable embedding(const Variable& table, const Index& ids, std::int64_t padding = -1);

/// Row a_ids[i] of a [., width] dot row b_ids[i] of b [., width], for each i: [ids]. No row is copied.
Variable gather_dot(const Variable& a, const Index& a_ids, const Variable& b, const Index& b_ids);

}  // namespace seqrec::autograd

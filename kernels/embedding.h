#pragma once

#include "core/index.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// out[i] = table[ids[i]]: table [rows, width...] contiguous, out [ids, width...]. ShapeError if an id is out of range.
SEQREC_KERNEL(gather_rows, const Tensor& table, const Index& ids, Tensor& out)

/// out[g] = sum of grad[i] over the places i of group g of `ids` (Index::groups), in ascending order of i: the
/// row-sparse gradient of gather_rows. grad [ids, width...], out [groups, width...].
SEQREC_KERNEL(sum_rows_by_id, const Tensor& grad, const Index& ids, Tensor& out)

/// dense[ids[i]] += rows[i], where no id repeats: adds a row-sparse gradient to a dense one.
SEQREC_KERNEL(add_rows, const Tensor& rows, const Index& ids, Tensor& dense)

/// out[i] = a[a_ids[i]] . b[b_ids[i]]: rows of two tables [., width], a_ids and b_ids of one size; out [ids]. No row is
/// copied.
SEQREC_KERNEL(gather_dot, const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out)
/// grad_a[r] = sum over the places i with a_ids[i] = r of grad_out[i] b[b_ids[i]], every row of a written (0 where no
/// id names it). grad_b is the same call with a and b exchanged.
SEQREC_KERNEL(gather_dot_backward, const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
              Tensor& grad_a)

}  // namespace seqrec::kernels

#include "autograd/ops/embedding.h"

#include <algorithm>

#include "kernels/copy.h"
#include "kernels/embedding.h"

namespace seqrec::autograd {

// y_i = T[id_i]: dT[r] = sum of dy_i over the places i with id_i = r
Variable embedding(const Variable& table, const Index& ids, std::int64_t padding) {
  require<ShapeError>(table.shape().rank() == 2, "[embedding] expected a table [rows, width], got ", table.shape());
  Tensor out({ids.size(), table.shape()[1]}, table.dtype(), table.device());
  kernels::gather_rows(kernels::contiguous(table.rows(ids)), ids, out);
  return record("embedding", {table}, out, [ids, padding, shape = table.shape()](Backward& b) {
    const std::vector<std::int32_t>& rows = ids.groups().ids;
    const bool padded = std::ranges::binary_search(rows, static_cast<std::int32_t>(padding));
    // Ascending ids without repeats: the rows are the sums.
    if (!padded && std::ranges::equal(rows, ids.host())) return b.give(0, RowSparse{shape, ids, b.grad()});
    Tensor sums({static_cast<std::int64_t>(rows.size()), shape[1]}, b.grad().dtype(), b.grad().device());
    kernels::sum_rows_by_id(b.grad(), ids, sums);
    const auto pad = std::lower_bound(rows.begin(), rows.end(), padding);
    if (pad != rows.end() && *pad == padding) {
      Tensor row = sums.select(0, pad - rows.begin());
      kernels::fill(0.0, row);
    }
    b.give(0, RowSparse{shape, ids.distinct(), sums});
  });
}

// y_i = a[ia_i] . b[ib_i]: da[r] = sum over ia_i = r of dy_i b[ib_i], and the same for b
Variable gather_dot(const Variable& a, const Index& a_ids, const Variable& b, const Index& b_ids) {
  const Tensor left = kernels::contiguous(a.value()), right = kernels::contiguous(b.value());
  Tensor out({a_ids.size()}, a.dtype(), a.device());
  kernels::gather_dot(left, a_ids, right, b_ids, out);
  return record("gather_dot", {a, b}, out, [a = left, a_ids, b = right, b_ids](Backward& back) {
    if (back.needs(0)) {
      Tensor grad = empty_like(a);
      kernels::gather_dot_backward(back.grad(), a_ids, b, b_ids, grad);
      back.give(0, grad);
    }
    if (back.needs(1)) {
      Tensor grad = empty_like(b);
      kernels::gather_dot_backward(back.grad(), b_ids, a, a_ids, grad);
      back.give(1, grad);
    }
  });
}

}  // namespace seqrec::autograd

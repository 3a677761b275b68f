#include "kernels/embedding.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void gather_rows(const Tensor& table, const Index& ids, Tensor& out) { write(out, gather(rows(table), ids)); }

void sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) {
  write(out, scatter(out.size(0), Index(ids.groups().group_of), rows(grad)));
}

void add_rows(const Tensor& rows, const Index& ids, Tensor& dense) {
  write(dense, reference::rows(dense) + scatter(dense.size(0), ids, reference::rows(rows)));
}

void gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  write(out, (gather(matrix(a), a_ids) * gather(matrix(b), b_ids)).rowwise().sum());
}

void gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                         Tensor& grad_a) {
  write(grad_a, scatter(grad_a.size(0), a_ids, gather(matrix(b), b_ids).colwise() * column(grad_out)));
}

}  // namespace seqrec::kernels::reference

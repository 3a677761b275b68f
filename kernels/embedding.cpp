#include "kernels/embedding.h"

#include "kernels/check.h"

namespace seqrec::kernels {

// A tensor of at least one dimension: rows of any shape.
static void check_rows(const Arguments& arguments, const char* name, const Tensor& tensor) {
  arguments.floating(name, tensor);
  require<ShapeError>(tensor.rank() > 0, "[", arguments.op, "] ", name, ": expected at least 1 dimension, got ()");
}

static Shape with_rows(Shape shape, std::int64_t rows) {
  shape[0] = rows;
  return shape;
}

void check::gather_rows(const Tensor& table, const Index& ids, Tensor& out) {
  const Arguments arguments{"gather_rows"};
  check_rows(arguments, "table", table);
  arguments.contiguous("table", table);
  arguments.ids("ids", ids, ids.size(), table.size(0));
  arguments.result("out", out, with_rows(table.shape(), ids.size()), table.dtype());
}

void check::sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) {
  const Arguments arguments{"sum_rows_by_id"};
  check_rows(arguments, "grad", grad);
  arguments.ids("ids", ids, grad.size(0), ids.bound());
  const auto groups = static_cast<std::int64_t>(ids.groups().ids.size());
  arguments.result("out", out, with_rows(grad.shape(), groups), grad.dtype());
}

void check::add_rows(const Tensor& rows, const Index& ids, Tensor& dense) {
  const Arguments arguments{"add_rows"};
  check_rows(arguments, "rows", rows);
  check_rows(arguments, "dense", dense);
  arguments.ids("ids", ids, rows.size(0), dense.size(0));
  arguments.result("dense", dense, with_rows(rows.shape(), dense.size(0)), rows.dtype());
}

void check::gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  const Arguments arguments{"gather_dot"};
  arguments.floating("a", a);
  arguments.rank("a", a, 2);
  arguments.rank("b", b, 2);
  arguments.input("b", b, {b.size(0), a.size(1)}, a.dtype());
  arguments.ids("a_ids", a_ids, a_ids.size(), a.size(0));
  arguments.ids("b_ids", b_ids, a_ids.size(), b.size(0));
  arguments.result("out", out, {a_ids.size()}, a.dtype());
}

void check::gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                                Tensor& grad_a) {
  const Arguments arguments{"gather_dot_backward"};
  arguments.floating("b", b);
  arguments.rank("b", b, 2);
  arguments.rank("grad_a", grad_a, 2);
  arguments.input("grad_out", grad_out, {a_ids.size()}, b.dtype());
  arguments.ids("a_ids", a_ids, a_ids.size(), grad_a.size(0));
  arguments.ids("b_ids", b_ids, a_ids.size(), b.size(0));
  arguments.result("grad_a", grad_a, {grad_a.size(0), b.size(1)}, b.dtype());
}

}  // namespace seqrec::kernels

#include "autograd/ops/compare.h"

#include "autograd/ops/broadcast.h"

namespace seqrec::autograd {

using kernels::Binary;

namespace {

Variable compare(Binary op, const Variable& a, const Variable& b) { return Variable(binary(op, a.value(), b.value())); }

/// The gradient where `condition` holds (or where it doesn't), of an operand of this shape.
Tensor chosen(const Tensor& condition, const Tensor& grad, const Shape& shape) {
  return unbroadcast(choose(condition, grad, number(0, grad)), shape);
}
Tensor not_chosen(const Tensor& condition, const Tensor& grad, const Shape& shape) {
  return unbroadcast(choose(condition, number(0, grad), grad), shape);
}

/// The extreme of both; `wins` says where that is a.
Variable either(Binary extreme, Binary wins, const Variable& a, const Variable& b) {
  return record(kernels::name_of(extreme), {a, b}, binary(extreme, a.value(), b.value()),
                [wins, a = a.value(), b = b.value()](Backward& back) {
                  const Tensor first = binary(wins, a, b);
                  if (back.needs(0)) back.give(0, chosen(first, back.grad(), a.shape()));
                  if (back.needs(1)) back.give(1, not_chosen(first, back.grad(), b.shape()));
                });
}

}  // namespace

Variable greater(const Variable& a, const Variable& b) { return compare(Binary::Greater, a, b); }
Variable greater_equal(const Variable& a, const Variable& b) { return compare(Binary::GreaterEqual, a, b); }
Variable less(const Variable& a, const Variable& b) { return compare(Binary::Less, a, b); }
Variable less_equal(const Variable& a, const Variable& b) { return compare(Binary::LessEqual, a, b); }
Variable equal(const Variable& a, const Variable& b) { return compare(Binary::Equal, a, b); }
Variable not_equal(const Variable& a, const Variable& b) { return compare(Binary::NotEqual, a, b); }

Variable where(const Variable& condition, const Variable& a, const Variable& b) {
  return record("where", {a, b}, choose(condition.value(), a.value(), b.value()),
                [c = condition.value(), sa = a.shape(), sb = b.shape()](Backward& back) {
                  if (back.needs(0)) back.give(0, chosen(c, back.grad(), sa));
                  if (back.needs(1)) back.give(1, not_chosen(c, back.grad(), sb));
                });
}
Variable where(const Variable& condition, const Variable& a, double b) { return where(condition, a, constant(b, a)); }
Variable where(const Variable& condition, double a, const Variable& b) { return where(condition, constant(a, b), b); }

Variable maximum(const Variable& a, const Variable& b) { return either(Binary::Max, Binary::GreaterEqual, a, b); }
Variable minimum(const Variable& a, const Variable& b) { return either(Binary::Min, Binary::LessEqual, a, b); }

// clamp(x) = x is what "within the bounds, and on them" means.
Variable clamp(const Variable& x, double low, double high) {
  require<ShapeError>(low <= high, "[clamp] expected low <= high, got ", low, " and ", high);
  const Tensor raised = binary(Binary::Max, x.value(), number(low, x.value()));
  const Tensor y = binary(Binary::Min, raised, number(high, x.value()));
  return record("clamp", {x}, y, [x = x.value(), y](Backward& b) {
    b.give(0, chosen(binary(Binary::Equal, x, y), b.grad(), x.shape()));
  });
}

Variable constant(double value, const Variable& like) { return Variable(number(value, like.value())); }

}  // namespace seqrec::autograd

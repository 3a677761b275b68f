#include "kernels/optimizer.h"

#include <algorithm>
#include <functional>
#include <initializer_list>

#include "kernels/check.h"

namespace seqrec::kernels {
namespace {

// A dense gradient, or a row-sparse one and the rows that it holds.
void check_gradient(const Arguments& arguments, const Tensor& grad, const Index& rows, const Tensor& parameter) {
  arguments.floating("parameter", parameter);
  arguments.contiguous("parameter", parameter);
  Shape shape = parameter.shape();
  const bool dense = rows.size() == 0 && (shape.rank() == 0 || (grad.defined() && grad.shape() == shape));
  if (!dense) {
    arguments.ids("rows", rows, rows.size(), shape[0]);
    shape[0] = rows.size();
  }
  arguments.result("grad", grad, shape, parameter.dtype());
  const auto host = rows.host();
  require<ShapeError>(std::adjacent_find(host.begin(), host.end(), std::greater_equal<>{}) == host.end(), "[",
                      arguments.op, "] rows: expected ascending, distinct rows");
}

void check_steps(const char* op, const ParameterSteps& steps, std::initializer_list<const char*> slots) {
  const Arguments arguments{op};
  for (const ParameterStep& one : steps) {
    check_gradient(arguments, one.grad, one.rows, one.parameter);
    require<UsageError>(one.step >= 1, "[", op, "] step: expected at least 1, got ", one.step);
    auto slot = one.slots.begin();
    for (const char* name : slots) arguments.result(name, *slot++, one.parameter.shape(), one.parameter.dtype());
  }
}

}  // namespace

void check::sgd_step(const SgdOptions& options, const ParameterSteps& steps) {
  if (options.momentum != 0) {
    check_steps("sgd_step", steps, {"moment"});
  } else {
    check_steps("sgd_step", steps, {});
  }
}
void check::adam_step(const AdamOptions&, const ParameterSteps& steps) { check_steps("adam_step", steps, {"m", "v"}); }
void check::adagrad_step(const AdagradOptions&, const ParameterSteps& steps) {
  check_steps("adagrad_step", steps, {"sum"});
}
void check::rmsprop_step(const RmspropOptions&, const ParameterSteps& steps) {
  check_steps("rmsprop_step", steps, {"square_average"});
}

}  // namespace seqrec::kernels

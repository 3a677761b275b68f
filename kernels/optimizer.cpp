#include "kernels/optimizer.h"

#include <algorithm>
#include <functional>

#include "kernels/check.h"

namespace seqrec::kernels {

// A dense gradient, or a row-sparse one and the rows that it holds.
static void check_gradient(const Arguments& arguments, const Tensor& grad, const Index& rows, const Tensor& parameter) {
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

void check::sgd_step(const SgdOptions& options, std::int64_t, const Tensor& grad, const Index& rows, Tensor& parameter,
                     Tensor& moment) {
  const Arguments arguments{"sgd_step"};
  check_gradient(arguments, grad, rows, parameter);
  if (options.momentum != 0) arguments.result("moment", moment, parameter.shape(), parameter.dtype());
}

void check::adam_step(const AdamOptions&, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
                      Tensor& m, Tensor& v) {
  const Arguments arguments{"adam_step"};
  check_gradient(arguments, grad, rows, parameter);
  require<UsageError>(step >= 1, "[adam_step] step: expected at least 1, got ", step);
  arguments.result("m", m, parameter.shape(), parameter.dtype());
  arguments.result("v", v, parameter.shape(), parameter.dtype());
}

void check::adagrad_step(const AdagradOptions&, const Tensor& grad, const Index& rows, Tensor& parameter, Tensor& sum) {
  const Arguments arguments{"adagrad_step"};
  check_gradient(arguments, grad, rows, parameter);
  arguments.result("sum", sum, parameter.shape(), parameter.dtype());
}

void check::rmsprop_step(const RmspropOptions&, const Tensor& grad, const Index& rows, Tensor& parameter,
                         Tensor& square_average) {
  const Arguments arguments{"rmsprop_step"};
  check_gradient(arguments, grad, rows, parameter);
  arguments.result("square_average", square_average, parameter.shape(), parameter.dtype());
}

}  // namespace seqrec::kernels

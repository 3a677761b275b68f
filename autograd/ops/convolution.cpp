#include "autograd/ops/convolution.h"

#include "kernels/copy.h"
#include "kernels/matmul.h"

namespace seqrec::autograd {

static Tensor product(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  Tensor out({a.size(transpose_a ? 1 : 0), b.size(transpose_b ? 0 : 1)}, a.dtype(), a.device());
  kernels::matmul(a, transpose_a, b, transpose_b, 1.0, kernels::Write::Overwrite, out);
  return out;
}

// taps = table w^T with w [height * filters, width]: dtable = dtaps w, dw = dtaps^T table. The taps are the largest
// tensor by far and no gradient needs them, so the tape keeps none.
Variable window_convolution_max(const Variable& table, const Variable& weight, const kernels::PaddedWindows& windows) {
  require<ShapeError>(table.value().rank() == 2 && weight.value().rank() == 3 && table.shape()[1] == weight.shape()[2],
                      "[window_convolution_max] expected table [rows, width] and weight [filters, height, width], got ",
                      table.shape(), " and ", weight.shape());
  const std::int64_t rows = table.shape()[0], width = table.shape()[1];
  const std::int64_t filters = weight.shape()[0], height = weight.shape()[1];
  const Tensor x = kernels::contiguous(table.value());
  const Tensor by_tap = kernels::contiguous(weight.value().transpose(0, 1)).reshape({height * filters, width});
  Tensor out({windows.windows.size(), filters}, x.dtype(), x.device());
  Tensor argmax(out.shape(), DType::I32, out.device());
  kernels::window_tap_max(product(x, false, by_tap, true).reshape({rows, height, filters}), windows, out, argmax);
  return record("window_convolution_max", {table, weight}, out,
                [x, by_tap, argmax, windows, rows, height, filters, width](Backward& b) {
                  Tensor taps({rows, height, filters}, x.dtype(), x.device());
                  kernels::window_tap_max_backward(b.grad(), argmax, windows, taps);
                  const Tensor grad = taps.reshape({rows, height * filters});
                  if (b.needs(0)) b.give(0, product(grad, false, by_tap, false));
                  if (b.needs(1)) {
                    const Tensor grad_weight = product(grad, true, x, false).reshape({height, filters, width});
                    b.give(1, kernels::contiguous(grad_weight.transpose(0, 1)));
                  }
                });
}

}  // namespace seqrec::autograd

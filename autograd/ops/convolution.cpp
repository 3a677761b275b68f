#include "autograd/ops/convolution.h"

#include "kernels/copy.h"

namespace seqrec::autograd {

Variable window_tap_max(const Variable& taps, const kernels::PaddedWindows& windows) {
  require<ShapeError>(taps.value().rank() == 3, "[window_tap_max] expected taps [rows, height, filters], got ",
                      taps.shape());
  const Tensor t = kernels::contiguous(taps.value());
  Tensor out({windows.windows.size(), t.size(2)}, t.dtype(), t.device());
  Tensor argmax(out.shape(), DType::I32, out.device());
  kernels::window_tap_max(t, windows, out, argmax);
  return record("window_tap_max", {taps}, out, [argmax, windows, shape = taps.shape()](Backward& b) {
    Tensor grad(shape, b.grad().dtype(), b.grad().device());
    kernels::window_tap_max_backward(b.grad(), argmax, windows, grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd

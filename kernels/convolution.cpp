#include "kernels/convolution.h"

#include "kernels/check.h"

namespace seqrec::kernels {

// taps [rows, height, filters] and windows that fit it.
static void check_taps(const Arguments& arguments, const char* name, const Tensor& taps, const PaddedWindows& windows) {
  arguments.floating(name, taps);
  arguments.rank(name, taps, 3);
  require<ShapeError>(taps.size(1) >= 1 && taps.size(1) <= windows.length, "[", arguments.op, "] ", name,
                      ": expected a height from 1 to the ", windows.length, " places of a window, got ", taps.shape());
  require<ShapeError>(windows.windows.max_length() <= windows.length, "[", arguments.op, "] windows: expected at most ",
                      windows.length, " values, got ", windows.windows.max_length());
  require<ShapeError>(windows.padding >= 0 && windows.padding < taps.size(0), "[", arguments.op,
                      "] padding: expected one of the ", taps.size(0), " rows of ", name, ", got ", windows.padding);
  arguments.ids("rows", windows.rows, windows.windows.values(), taps.size(0));
}

void check::window_tap_max(const Tensor& taps, const PaddedWindows& windows, Tensor& out, Tensor& argmax) {
  const Arguments arguments{"window_tap_max"};
  check_taps(arguments, "taps", taps, windows);
  arguments.result("out", out, {windows.windows.size(), taps.size(2)}, taps.dtype());
  arguments.result("argmax", argmax, out.shape(), DType::I32);
}

void check::window_tap_max_backward(const Tensor& grad_out, const Tensor& argmax, const PaddedWindows& windows,
                                    Tensor& grad_taps) {
  const Arguments arguments{"window_tap_max_backward"};
  check_taps(arguments, "grad_taps", grad_taps, windows);
  arguments.contiguous("grad_taps", grad_taps);
  arguments.input("grad_out", grad_out, {windows.windows.size(), grad_taps.size(2)}, grad_taps.dtype());
  arguments.input("argmax", argmax, grad_out.shape(), DType::I32);
}

}  // namespace seqrec::kernels

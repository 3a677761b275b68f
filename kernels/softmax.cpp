#include "kernels/softmax.h"

#include "kernels/check.h"

namespace seqrec::kernels {

static void check_rows(const char* op, const char* name, const Tensor& x) {
  Arguments{op}.floating(name, x);
  require<ShapeError>(x.rank() > 0, "[", op, "] ", name, ": expected at least 1 dimension, got ()");
}

static void check_forward(const char* op, const Tensor& x, const Tensor& y) {
  check_rows(op, "x", x);
  Arguments{op}.result("y", y, x.shape(), x.dtype());
}

static void check_backward(const char* op, const Tensor& y, const Tensor& grad_y, const Tensor& grad_x) {
  check_rows(op, "y", y);
  Arguments{op}.input("grad_y", grad_y, y.shape(), y.dtype());
  Arguments{op}.result("grad_x", grad_x, y.shape(), y.dtype());
}

void check::softmax(const Tensor& x, Tensor& y) { check_forward("softmax", x, y); }
void check::softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  check_backward("softmax_backward", y, grad_y, grad_x);
}
void check::log_softmax(const Tensor& x, Tensor& y) { check_forward("log_softmax", x, y); }
void check::log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  check_backward("log_softmax_backward", y, grad_y, grad_x);
}

}  // namespace seqrec::kernels

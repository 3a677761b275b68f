#include "kernels/norm.h"

#include "kernels/elementwise.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

const Shape kNormShapes[] = {{0, 5}, {1, 1}, {1, 7}, {5, 0}, {13, 17}, {2053, 64}, {3, 1031}, {67, 50}};

// Columns far from 0, where a variance in one pass would lose its digits.
Tensor sample(Shape shape, DType dtype, double shift) {
  Tensor x = random_tensor(shape, dtype, 1);
  kernels::affine(1, shift, x, x);
  return x;
}

}  // namespace

TEST_CASE("layer norm and its gradients agree with the reference") {
  for (const DType dtype : kFloats)
    for (const Shape& shape : kNormShapes)
      for (const double shift : {0., 100.}) {
        INFO(shape, " ", shift);
        const double ulps = shift == 0 ? 64 : 4096;
        const Tensor x = sample(shape, dtype, shift), grad = random_tensor(shape, dtype, 2);
        const Tensor gamma = random_tensor({shape[1]}, dtype, 3), beta = random_tensor({shape[1]}, dtype, 4);
        Tensor y = empty_like(x), mean({shape[0]}, dtype), rstd({shape[0]}, dtype);
        check_parity({y, mean, rstd}, ulps, [&](auto& r) {
          kernels::layer_norm(with_gaps(x), with_gaps(gamma), with_gaps(beta), 1e-5, r[0], r[1], r[2]);
        });
        if (shape[1] == 1) continue;  // one column: the gradient is a difference of equals
        kernels::layer_norm(x, gamma, beta, 1e-5, y, mean, rstd);
        check_parity({x, gamma, beta}, ulps, [&](auto& r) {
          kernels::layer_norm_backward(with_gaps(x), with_gaps(gamma), with_gaps(mean), with_gaps(rstd),
                                       with_gaps(grad), r[0], r[1], r[2]);
        });
      }
}

TEST_CASE("batch norm and its gradients agree with the reference") {
  for (const DType dtype : kFloats)
    for (const Shape& shape : kNormShapes)
      for (const double shift : {0., 100.}) {
        if (shape[0] == 0) continue;
        INFO(shape, " ", shift);
        const double ulps = shift == 0 ? 64 : 4096;
        const Tensor x = sample(shape, dtype, shift), grad = random_tensor(shape, dtype, 2);
        const Tensor gamma = random_tensor({shape[1]}, dtype, 3), beta = random_tensor({shape[1]}, dtype, 4);
        Tensor mean = empty_like(gamma), var = empty_like(gamma);
        check_parity({mean, var}, ulps, [&](auto& r) { kernels::column_mean_var(with_gaps(x), r[0], r[1]); });
        kernels::column_mean_var(x, mean, var);
        check_parity({x}, ulps, [&](auto& r) {
          kernels::batch_norm(with_gaps(x), with_gaps(mean), with_gaps(var), with_gaps(gamma), with_gaps(beta), 1e-5,
                              r[0]);
        });
        if (shape[0] == 1) continue;  // one row: the gradient is a difference of equals
        check_parity({x, gamma, beta}, 2 * ulps, [&](auto& r) {
          kernels::batch_norm_backward(with_gaps(x), with_gaps(mean), with_gaps(var), with_gaps(gamma), 1e-5,
                                       with_gaps(grad), r[0], r[1], r[2]);
        });
      }
}

TEST_CASE("norms refuse what doesn't fit") {
  Tensor x({4, 3}), y({4, 3}), row({4}), column({3});
  const auto expect = [&](const char* text, auto call) { CHECK(message_of(call) == text); };
  expect("[layer_norm] gamma: expected (3), got (4)", [&] { kernels::layer_norm(x, row, column, 1e-5, y, row, row); });
  expect("[layer_norm] x: expected 2 dimensions, got (3)",
         [&] { kernels::layer_norm(column, column, column, 1e-5, y, row, row); });
  expect("[layer_norm_backward] rstd: expected (4), got (3)",
         [&] { kernels::layer_norm_backward(x, column, row, column, x, y, column, column); });
  expect("[column_mean_var] x: expected at least one row, got (0, 3)", [&] {
    kernels::column_mean_var(Tensor({0, 3}), column, column);
  });
  expect("[batch_norm] y: expected (4, 3), got (4)",
         [&] { kernels::batch_norm(x, column, column, column, column, 1e-5, row); });
  expect("[batch_norm_backward] grad_beta: expected (3), got (4)",
         [&] { kernels::batch_norm_backward(x, column, column, column, 1e-5, x, y, column, row); });
}

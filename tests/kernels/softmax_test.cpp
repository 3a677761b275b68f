#include "kernels/softmax.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("softmax and log-softmax agree with the reference") {
  for (const DType dtype : kFloats)
    for (const Shape& shape : {Shape{0}, Shape{1}, Shape{7}, Shape{5, 0}, Shape{0, 5}, Shape{1, 1}, Shape{13, 17},
                               Shape{3, 5, 50}, Shape{2, 5003}, Shape{2053, 3}}) {
      INFO(shape);
      const Tensor x = random_tensor(shape, dtype, 1, 5), grad = random_tensor(shape, dtype, 2);
      Tensor y = empty_like(x), log_y = empty_like(x);
      kernels::softmax(x, y);
      kernels::log_softmax(x, log_y);
      const std::vector<Tensor> out = {empty_like(x)};
      check_parity(out, 16, [&](auto& r) { kernels::softmax(x, r[0]); });
      check_parity(out, 16, [&](auto& r) { kernels::softmax(with_gaps(x), r[0]); });
      check_parity(out, 16, [&](auto& r) { kernels::log_softmax(x, r[0]); });
      check_parity(out, 16, [&](auto& r) { kernels::log_softmax(with_gaps(x), r[0]); });
      check_parity(out, 64, [&](auto& r) { kernels::softmax_backward(y, grad, r[0]); });
      check_parity(out, 64, [&](auto& r) { kernels::softmax_backward(with_gaps(y), with_gaps(grad), r[0]); });
      check_parity(out, 64, [&](auto& r) { kernels::log_softmax_backward(log_y, grad, r[0]); });
      check_parity(out, 64, [&](auto& r) { kernels::log_softmax_backward(with_gaps(log_y), with_gaps(grad), r[0]); });
    }
}

TEST_CASE("softmax of large, equal and infinite logits") {
  for (const DType dtype : kFloats)
    for (const auto& row :
         {std::vector<double>{1000, 1000, 999}, {-1e4, 0, 1}, {2, 2, 2}, {-INFINITY, 1, 2}, {NAN, 1, 2}}) {
      const Tensor x = convert(Tensor::from(row, {1, 3}), dtype);
      check_parity({x}, 4, [&](auto& r) { kernels::softmax(x, r[0]); });
      check_parity({x}, 4, [&](auto& r) { kernels::log_softmax(x, r[0]); });
    }
}

TEST_CASE("softmax refuses what doesn't fit") {
  Tensor x({2, 3}), y({3, 2}), scalar(Shape{});
  CHECK(message_of([&] { kernels::softmax(x, y); }) == "[softmax] y: expected (2, 3), got (3, 2)");
  CHECK(message_of([&] { kernels::log_softmax(scalar, scalar); }) ==
        "[log_softmax] x: expected at least 1 dimension, got ()");
  CHECK(message_of([&] { kernels::softmax_backward(x, y, x); }) ==
        "[softmax_backward] grad_y: expected (2, 3), got (3, 2)");
  CHECK(message_of([&] { kernels::log_softmax_backward(x, x, y); }) ==
        "[log_softmax_backward] grad_x: expected (2, 3), got (3, 2)");
}

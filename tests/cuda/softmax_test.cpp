#include "kernels/softmax.h"

#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: softmax, log-softmax and their gradients equal the CPU's") {
  if (!has_gpu()) return;
  const auto compare = [](const Shape& shape, DType dtype) {
    INFO(shape);
    const Tensor x = random_tensor(shape, dtype, 1, 5), grad = random_tensor(shape, dtype, 2);
    Tensor y = empty_like(x), log_y = empty_like(x), grad_x = empty_like(x), log_grad_x = empty_like(x);
    softmax(x, y);
    softmax_backward(y, grad, grad_x);
    log_softmax(x, log_y);
    log_softmax_backward(log_y, grad, log_grad_x);
    Tensor out(shape, dtype, gpu());
    for (const auto& on_gpu : {+[](const Tensor& t) { return to_device(t, gpu()); }, &strided_on_gpu}) {
      softmax(on_gpu(x), out);
      check_gpu(out, y, 64);
      softmax_backward(on_gpu(y), on_gpu(grad), out);
      check_gpu(out, grad_x, 64);
      log_softmax(on_gpu(x), out);
      check_gpu(out, log_y, 64);
      log_softmax_backward(on_gpu(log_y), on_gpu(grad), out);
      check_gpu(out, log_grad_x, 64);
    }
  };
  for (const DType dtype : kFloats) {
    for_each_size([&](std::int64_t size) {
      compare({2, size}, dtype);
      if (size < 1000) compare({size, 3}, dtype);
    });
    compare({2, 3, 5}, dtype);
    compare({1, 6500}, dtype);  // more than a block keeps
  }
}

TEST_CASE("cuda: softmax of large, equal and infinite logits") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& row : {std::vector<double>{1000, 1000, 999},
                            {-1e4, 0, 1},
                            {2, 2, 2},
                            {-INFINITY, 1, 2},
                            {-INFINITY, -INFINITY, -INFINITY},
                            {NAN, 1, 2}}) {
      const Tensor x = convert(Tensor::from(row, {1, 3}), dtype);
      Tensor expected = empty_like(x), out({1, 3}, dtype, gpu());
      softmax(x, expected);
      softmax(to_device(x, gpu()), out);
      check_gpu(out, expected, 8);
      log_softmax(x, expected);
      log_softmax(to_device(x, gpu()), out);
      check_gpu(out, expected, 8);
    }
}

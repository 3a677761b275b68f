#include "kernels/reduce.h"

#include "kernels/cuda/limits.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: sum over any axes equals the CPU's, with the same bits for any grid") {
  if (!has_gpu()) return;
  const auto compare = [](const Shape& from, const Shape& to) {
    INFO(from, " to ", to);
    for (const DType dtype : kFloats) {
      const Tensor x = random_tensor(from, dtype, 1);
      Tensor expected(to, dtype), out(to, dtype, gpu()), again(to, dtype, gpu());
      sum(x, expected);
      sum(to_device(x, gpu()), out);
      check_gpu(out, expected, 32);
      const cuda::GridLimitScope limit(2);
      sum(to_device(x, gpu()), again);
      check_same(to_device(again, kCpu), to_device(out, kCpu));
      sum(strided_on_gpu(x), out);
      check_gpu(out, expected, 32);
    }
  };
  for_each_size([&](std::int64_t size) {
    compare({size}, {1});
    compare({size, 3}, {1, 3});
    compare({3, size}, {3, 1});
    compare({2, size, 2}, {2, 1, 2});
  });
  compare({}, {});
  compare({7}, {7});
  compare({5, 0}, {5, 1});
  compare({2, 3, 5, 7}, {2, 1, 5, 1});
  compare({7, 3, 40}, {1, 3, 1});
  compare({1, 3, 1}, {1, 1, 1});
  compare({2, 16400}, {2, 1});  // two pieces of a row
}

TEST_CASE("cuda: sums and sums of squares in pieces, and in pieces of pieces" * many_shapes()) {
  if (!has_gpu()) return;
  // Pieces that warps add up, and blocks; two rounds of them, and three.
  for (const auto& [length, terms] : {std::pair{0, 16500}, {40, 5000}, {600, 330000}, {600, 361000}})
    for (const DType dtype : kFloats) {
      INFO(terms, " terms in pieces of ", length);
      const cuda::PieceLimitScope limit(length);
      const Tensor x = random_tensor({terms}, dtype, 1), columns = x.reshape({terms / 2, 2});
      Tensor expected({1}, dtype), of_columns({1, 2}, dtype);
      Tensor out({1}, dtype, gpu()), of_columns_out({1, 2}, dtype, gpu());
      sum(x, expected);
      sum(to_device(x, gpu()), out);
      check_gpu(out, expected, kUlps);
      sum_of_squares(x, expected);
      sum_of_squares(to_device(x, gpu()), out);
      check_gpu(out, expected, kUlps);
      sum(columns, of_columns);
      sum(to_device(columns, gpu()), of_columns_out);
      check_gpu(of_columns_out, of_columns, kUlps);
    }
}

TEST_CASE("cuda: a long f32 sum keeps its precision") {
  if (!has_gpu()) return;
  const std::int64_t n = 40000;
  Tensor one({1}, DType::F32, gpu()), out({1}, DType::F32, gpu());
  fill(0.1, one);
  sum(one.expand({n}), out);
  CHECK(out.item() == doctest::Approx(0.1f * static_cast<double>(n)).epsilon(1e-7));
}

TEST_CASE("cuda: max_last and its gradient equal the CPU's; ties and NaN") {
  if (!has_gpu()) return;
  const auto compare = [](const Tensor& x) {
    Shape shape = x.shape();
    shape.erase(-1);
    Tensor expected(shape, x.dtype()), places(shape, DType::I32), expected_grad = empty_like(x);
    Tensor out(shape, x.dtype(), gpu()), index(shape, DType::I32, gpu()), grad(x.shape(), x.dtype(), gpu());
    max_last(x, expected, places);
    max_last_backward(expected, places, expected_grad);
    for (const Tensor& from : {to_device(x, gpu()), strided_on_gpu(x)}) {
      max_last(from, out, index);
      check_gpu(out, expected, 0);
      check_same(to_device(index, kCpu), places);
      max_last_backward(out, strided_on_gpu(places), grad);
      check_gpu(grad, expected_grad, 0);
    }
  };
  for (const DType dtype : kFloats) {
    for_each_size([&](std::int64_t size) {
      if (size < 1000) compare(random_tensor({size, 3}, dtype, 1));
      if (size > 0) compare(random_tensor({3, size}, dtype, 1));
    });
    for (const std::int64_t width : {40, 600}) {
      for (const double value : std::initializer_list<double>{2, -INFINITY}) {
        Tensor x({3, width}, dtype);
        fill(value, x);
        compare(x);
        for (const std::int64_t place : {35, 37}) {
          Tensor bad = x.select(1, place).slice(0, 1, 3);
          fill(NAN, bad);
        }
        compare(x);
      }
    }
  }
}

TEST_CASE("cuda: sum_of_squares, norms and their gradients equal the CPU's") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      const Tensor x = random_tensor({size, 2}, dtype, 1), y = random_tensor({3}, dtype, 2),
                   zero = Tensor::zeros({7}, dtype);
      Tensor expected({1}, dtype), out({1}, dtype, gpu()), expected_norms({3}, dtype), norms({3}, dtype, gpu());
      const Tensor grad = Tensor::scalar(-3, dtype), grad_on_gpu = to_device(grad, gpu());
      sum_of_squares(x, expected);
      const std::vector<double> weights{0.5, -2, 3};
      Tensor expected_total({1}, dtype), total({1}, dtype, gpu());
      l2_norms({x, y, zero}, weights, expected_norms, expected_total);
      const std::vector<Tensor> expected_grads{empty_like(x), empty_like(y), empty_like(zero)};
      l2_norms_backward({x, y, zero}, weights, expected_norms, grad, expected_grads);
      const auto as_it_is = [](const Tensor& of) { return to_device(of, gpu()); };
      for (Tensor (*const move)(const Tensor&) : {+as_it_is, &strided_on_gpu, &shifted_on_gpu}) {
        const std::vector<Tensor> from{move(x), move(y), move(zero)};
        sum_of_squares(from[0], out);
        check_gpu(out, expected, 8);
        l2_norms(from, weights, norms, total);
        check_gpu(total, expected_total, 16);
        check_gpu(norms, expected_norms, 8);
        std::vector<Tensor> grads;
        for (const Tensor& one : expected_grads) grads.emplace_back(one.shape(), dtype, gpu());
        l2_norms_backward(from, weights, norms, grad_on_gpu, grads);
        for (std::size_t i = 0; i < grads.size(); ++i) check_gpu(grads[i], expected_grads[i], 16);
      }
    });
}

TEST_CASE("cuda: norms of more tensors than a launch takes, large ones among them") {
  if (!has_gpu()) return;
  std::vector<Tensor> xs, on_gpu, grads, expected_grads;
  for (std::uint64_t i = 0; i < 140; ++i) {
    xs.push_back(random_tensor({i == 70 ? 40001 : static_cast<std::int64_t>(i % 9)}, DType::F32, i));
    on_gpu.push_back(to_device(xs.back(), gpu()));
    expected_grads.push_back(empty_like(xs.back()));
    grads.push_back(empty_like(on_gpu.back()));
  }
  Tensor expected({140}), norms({140}, DType::F32, gpu()), expected_total({1}), total({1}, DType::F32, gpu());
  const std::vector<double> weights(140, 0.5);
  const Tensor grad = Tensor::scalar(2, DType::F32);
  l2_norms(xs, weights, expected, expected_total);
  l2_norms_backward(xs, weights, expected, grad, expected_grads);
  const cuda::GridLimitScope limit(2);
  l2_norms(on_gpu, weights, norms, total);
  check_gpu(norms, expected, 8);
  check_gpu(total, expected_total, 16);
  l2_norms_backward(on_gpu, weights, norms, to_device(grad, gpu()), grads);
  for (std::size_t i = 0; i < xs.size(); ++i) check_gpu(grads[i], expected_grads[i], 16);
}

TEST_CASE("cuda: any_nonfinite finds one element anywhere") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      Tensor found({1}, DType::I32, gpu());
      const Tensor x = random_tensor({size}, dtype, 1);
      any_nonfinite(to_device(x, gpu()), found);
      CHECK(found.item() == 0);
      for (const double bad : std::initializer_list<double>{NAN, -INFINITY})
        for (const std::int64_t place : {std::int64_t{0}, size / 2, size - 1}) {
          if (size == 0) continue;
          const Tensor broken = clone(x);
          Tensor element = broken.slice(0, place, place + 1);
          fill(bad, element);
          any_nonfinite(strided_on_gpu(broken), found);
          CHECK(found.item() == 1);
        }
    });
}

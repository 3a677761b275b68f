#include "kernels/reduce.h"

#include <utility>

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("sum over any axes agrees with the reference") {
  const std::pair<Shape, Shape> cases[] = {{{}, {}},
                                           {{0}, {1}},
                                           {{0}, {0}},
                                           {{7}, {7}},
                                           {{1025}, {1}},
                                           {{200003}, {1}},
                                           {{13, 17}, {1, 17}},
                                           {{13, 17}, {13, 1}},
                                           {{0, 5}, {1, 5}},
                                           {{5, 0}, {5, 1}},
                                           {{2053, 64}, {1, 64}},
                                           {{3, 2500}, {1, 2500}},
                                           {{3, 70001}, {3, 1}},
                                           {{2, 3, 5, 7}, {2, 1, 5, 1}},
                                           {{7, 3, 11}, {1, 3, 1}},
                                           {{7, 3, 11}, {7, 1, 11}},
                                           {{1, 3, 1}, {1, 1, 1}},
                                           {{257, 5, 67}, {1, 5, 67}},
                                           {{4099, 3}, {1, 3}}};
  for (const DType dtype : kFloats)
    for (const auto& [from, to] : cases) {
      INFO(from, " to ", to);
      const Tensor x = random_tensor(from, dtype, 1);
      check_parity({Tensor(to, dtype)}, 32, [&](auto& results) { kernels::sum(x, results[0]); });
      check_parity({Tensor(to, dtype)}, 32, [&](auto& results) { kernels::sum(with_gaps(x), results[0]); });
    }
}

TEST_CASE("a long f32 sum keeps its precision") {
  const std::int64_t n = 1 << 20;
  const Tensor x = Tensor::scalar(0.1, DType::F32).expand({n});
  Tensor out({1});
  for_each_variant([&] {
    kernels::sum(x, out);
    CHECK(out.item() == doctest::Approx(0.1f * static_cast<double>(n)).epsilon(1e-6));
    kernels::sum_of_squares(x, out);
    CHECK(out.item() == doctest::Approx(0.1f * 0.1f * static_cast<double>(n)).epsilon(1e-6));
  });
}

TEST_CASE("max_last gives the first of the largest, and shows NaN") {
  for (const DType dtype : kFloats) {
    for (const Shape& shape : {Shape{1}, Shape{7}, Shape{13, 17}, Shape{3, 5, 1031}, Shape{0, 4}}) {
      INFO(shape);
      Shape reduced = shape;
      reduced.erase(-1);
      const Tensor x = random_tensor(shape, dtype, 1), out(reduced, dtype), index(reduced, DType::I32);
      check_parity({out, index}, 0, [&](auto& r) { kernels::max_last(x, r[0], r[1]); });
      check_parity({out, index}, 0, [&](auto& r) { kernels::max_last(with_gaps(x), r[0], r[1]); });
      Tensor places(reduced, DType::I32), top(reduced, dtype);
      kernels::max_last(x, top, places);
      check_parity({x}, 0, [&](auto& r) { kernels::max_last_backward(with_gaps(top), with_gaps(places), r[0]); });
    }
    const Tensor ties = convert(Tensor::from<double>({1, 3, 3, 2, NAN, 1, -INFINITY, -INFINITY}, {2, 4}), dtype);
    for (const Tensor& x : {ties.slice(0, 0, 1), ties.slice(1, 2, 4), ties}) {
      const Tensor out({x.size(0)}, dtype), index({x.size(0)}, DType::I32);
      check_parity({out, index}, 0, [&](auto& r) { kernels::max_last(x, r[0], r[1]); });
    }
  }
}

TEST_CASE("sum_of_squares, any_nonfinite, norms and their gradients") {
  for (const DType dtype : kFloats)
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{17}, Shape{301, 1031}}) {
      const Tensor x = random_tensor(shape, dtype, 1), one({1}, dtype);
      check_parity({one}, 8, [&](auto& r) { kernels::sum_of_squares(x, r[0]); });
      check_parity({one}, 8, [&](auto& r) { kernels::sum_of_squares(with_gaps(x), r[0]); });
      const Tensor two({2}, dtype), y = random_tensor({5}, dtype, 2), grad = Tensor::scalar(-3, dtype);
      const std::vector<double> weights{0.25, -2};
      check_parity({two, one}, 8, [&](auto& r) { kernels::l2_norms({with_gaps(x), y}, weights, r[0], r[1]); });
      for (const double norm : {0., 1.7}) {
        const Tensor norms = convert(Tensor::from<double>({norm, 2}, {2}), dtype);
        check_parity({x, y}, 4, [&](auto& r) {
          kernels::l2_norms_backward({with_gaps(x), y}, weights, norms, grad, r);
        });
      }
      const Tensor flag({1}, DType::I32);
      check_parity({flag}, 0, [&](auto& r) { kernels::any_nonfinite(x, r[0]); });
      CHECK(all_finite(x));
      for (const double bad : {NAN, INFINITY, -INFINITY})
        for (const std::int64_t place : {std::int64_t{0}, x.numel() / 2, x.numel() - 1}) {
          if (x.numel() == 0) continue;
          const Tensor broken = clone(x);
          Tensor element = broken.reshape({-1}).slice(0, place, place + 1);
          kernels::fill(bad, element);
          Tensor found({1}, DType::I32);
          for_each_variant([&] {
            kernels::any_nonfinite(broken, found);
            CHECK(found.item() == 1);
            CHECK_FALSE(all_finite(broken));
          });
        }
    }
}

TEST_CASE("reductions refuse what doesn't fit") {
  Tensor one({1}), two({2}), index({2}, DType::I32);
  CHECK(message_of([&] { kernels::sum(Tensor({2, 3}), two); }) == "[sum] out: expected 2 dimensions, got (2)");
  CHECK(message_of([&] { kernels::sum(Tensor({3}), two); }) == "[sum] out: expected sizes of (3) or 1, got (2)");
  CHECK(message_of([&] {
          kernels::max_last(Tensor({2, 0}), two, index);
        }) == "[max_last] the last axis is empty: (2, 0)");
  CHECK(message_of([&] { kernels::max_last(Tensor({2, 3}), two, two); }) == "[max_last] index: expected i32, got f32");
  CHECK(message_of([&] { kernels::max_last_backward(one, index, one); }) ==
        "[max_last_backward] grad_out: expected (), got (1)");
  CHECK(message_of([&] { kernels::sum_of_squares(two, two); }) ==
        "[sum_of_squares] out: expected one element, got (2)");
  CHECK(message_of([&] { kernels::any_nonfinite(two, one); }) == "[any_nonfinite] out: expected i32, got f32");
  const std::vector<double> weight{1};
  CHECK(message_of([&] { kernels::l2_norms({two}, weight, two, one); }) == "[l2_norms] norms: expected (1), got (2)");
  CHECK(message_of([&] { kernels::l2_norms({index}, weight, one, one); }) == "[l2_norms] xs: expected f32, got i32");
  CHECK(message_of([&] { kernels::l2_norms({two}, {}, one, one); }) == "[l2_norms] weights: expected 1, got 0");
  CHECK(message_of([&] { kernels::l2_norms({two}, weight, one, two); }) ==
        "[l2_norms] total: expected one element, got (2)");
  CHECK(message_of([&] { kernels::l2_norms_backward({two}, weight, one, two, {two}); }) ==
        "[l2_norms_backward] grad: expected one element, got (2)");
  CHECK(message_of([&] { kernels::l2_norms_backward({two}, weight, one, one, {}); }) ==
        "[l2_norms_backward] grads: expected 1 tensors, got 0");
  CHECK(message_of([&] { kernels::l2_norms_backward({two}, weight, one, one, {one}); }) ==
        "[l2_norms_backward] grads: expected (2), got (1)");
}

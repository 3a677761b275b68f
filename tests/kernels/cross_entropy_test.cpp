#include "kernels/cross_entropy.h"

#include <limits>
#include <tuple>

#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct Catalogue {
  Tensor losses, grad_hidden, grad_table;
};

Catalogue catalogue(const Tensor& hidden, const Tensor& table, const Index& targets, bool with_hidden = true,
                    bool with_table = true, const Index& excluded = {}) {
  Catalogue out{Tensor({hidden.size(0)}, hidden.dtype()), {}, {}};
  if (with_hidden) out.grad_hidden = Tensor(hidden.shape(), hidden.dtype());
  if (with_table) out.grad_table = Tensor(table.shape(), table.dtype());
  kernels::catalogue_cross_entropy(hidden, table, targets, excluded, 0.25, out.losses, out.grad_hidden, out.grad_table);
  return out;
}

void compare(const Catalogue& got, const Catalogue& expected, double ulps) {
  check_close(got.losses, expected.losses, ulps);
  if (got.grad_hidden.defined()) check_close(got.grad_hidden, expected.grad_hidden, ulps);
  if (got.grad_table.defined()) check_close(got.grad_table, expected.grad_table, ulps);
}

}  // namespace

TEST_CASE("catalogue_cross_entropy agrees with the reference, small tables and large") {
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width] :
         {std::tuple{1, 1, 1}, {3, 2, 5}, {67, 131, 7}, {131, 1031, 64}, {0, 7, 3}, {5, 7, 0}, {70, 1100, 509}}) {
      INFO(rows, " rows, ", classes, " classes, width ", width);
      const Tensor hidden = random_tensor({rows, width}, dtype, 1, width > 100 ? 0.1 : 1);
      const Tensor table = random_tensor({classes, width}, dtype, 2);
      const Index targets = random_ids(rows, classes, 3);
      const Catalogue plain = [&] {
        const ReferenceScope scope;
        return catalogue(hidden, table, targets);
      }();
      for_each_variant([&] {
        compare(catalogue(hidden, table, targets), plain, 64);
        compare(catalogue(hidden, table, targets, true, false), plain, 64);
        compare(catalogue(hidden, table, targets, false, true), plain, 64);
        compare(catalogue(hidden, table, targets, false, false), plain, 64);
      });
    }
}

TEST_CASE("catalogue_cross_entropy without a class of each row agrees with the reference, small tables and large") {
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width] : {std::tuple{67, 131, 7}, {131, 1031, 64}, {70, 1100, 509}}) {
      INFO(rows, " rows, ", classes, " classes, width ", width);
      const Tensor hidden = random_tensor({rows, width}, dtype, 1, width > 100 ? 0.1 : 1);
      const Tensor table = random_tensor({classes, width}, dtype, 2);
      const Index targets = random_ids(rows, classes, 3);
      std::vector<std::int32_t> others(rows);
      for (std::int32_t i = 0; i < rows; ++i)
        others[i] = i % 3 == 0 ? classes : (targets[i] + 1 + i % (classes - 1)) % classes;
      const Index excluded(std::move(others));
      const Catalogue plain = [&] {
        const ReferenceScope scope;
        return catalogue(hidden, table, targets, true, true, excluded);
      }();
      for_each_variant([&] {
        compare(catalogue(hidden, table, targets, true, true, excluded), plain, 64);
        compare(catalogue(hidden, table, targets, false, false, excluded), plain, 64);
      });
    }
}

TEST_CASE("catalogue_cross_entropy of a row whose other classes are excluded is 0") {
  const Tensor hidden = Tensor::from({2.0f}, {1, 1}), table = Tensor::from({3.0f, 80.0f}, {2, 1});
  const auto check = [&] {
    const Catalogue out = catalogue(hidden, table, Index({0}), true, true, Index({1}));
    CHECK(out.losses.at<float>({0}) == 0);
    CHECK(out.grad_hidden.at<float>({0, 0}) == 0);
    CHECK(out.grad_table.at<float>({1, 0}) == 0);
  };
  for_each_variant(check);
  const ReferenceScope scope;
  check();
}

TEST_CASE("catalogue_cross_entropy: bits don't depend on the number of threads") {
  for_each_variant([] {
    for (const std::int64_t width : {16, 400}) {
      const Tensor hidden = random_tensor({331, width}, DType::F32, 1),
                   table = random_tensor({1500, width}, DType::F32, 2);
      const Index targets = random_ids(331, 1500, 3);
      const Catalogue one = catalogue(hidden, table, targets);
      const ThreadsScope threads(3);
      const Catalogue many = catalogue(hidden, table, targets);
      check_same(many.losses, one.losses);
      check_same(many.grad_hidden, one.grad_hidden);
      check_same(many.grad_table, one.grad_table);
    }
  });
}

TEST_CASE("cross-entropy is stable for large logits, and a NaN stays one") {
  for_each_variant([] {
    for (const std::int64_t width : {1, 700}) {
      Tensor table = Tensor::zeros({1021, width}), hidden = Tensor::zeros({2, width});
      table.at<float>({3, 0}) = 300;
      table.at<float>({5, 0}) = -300;
      hidden.at<float>({0, 0}) = 10;
      hidden.at<float>({1, 0}) = std::numeric_limits<float>::quiet_NaN();
      const Catalogue out = catalogue(hidden, table, Index({5, 3}));
      CHECK(out.losses.at<float>({0}) == 1500);  // a quarter
      CHECK(std::isnan(out.losses.at<float>({1})));
      CHECK(out.grad_hidden.at<float>({0, 0}) == 150);
      CHECK(std::isnan(out.grad_hidden.at<float>({1, 0})));
    }
  });
}

TEST_CASE("cross_entropy and its gradient agree with the reference") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const auto& [rows, classes] : {std::tuple{1, 1}, {3, 2}, {17, 131}, {130, 1009}, {0, 5}}) {
        INFO(rows, " rows, ", classes, " classes");
        // Columns of a wider matrix, one gradient for all: strides that are not row-major.
        const Tensor logits = random_tensor({classes, rows}, dtype, 1, 5).transpose(0, 1);
        const Tensor grad = Tensor::scalar(0.7, dtype).expand({rows});
        const Index targets = random_ids(rows, classes, 2);
        Tensor losses({rows}, dtype), plain_losses = empty_like(losses);
        Tensor grads({rows, classes}, dtype), plain_grads = empty_like(grads);
        kernels::cross_entropy(logits, targets, losses);
        kernels::cross_entropy_backward(logits, targets, grad, grads);
        const ReferenceScope scope;
        kernels::cross_entropy(logits, targets, plain_losses);
        kernels::cross_entropy_backward(logits, targets, grad, plain_grads);
        check_close(losses, plain_losses, 16);
        check_close(grads, plain_grads, 64);
      }
  });
}

TEST_CASE("binary_cross_entropy and its gradient agree with the reference") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const std::int64_t size : {0, 1, 5, 131, 40009}) {
        Tensor logits = random_tensor({size}, dtype, 1, 20), targets = random_tensor({size}, dtype, 2);
        for (std::int64_t i = 0; i < size; ++i)
          visit_float(dtype, "test", [&](auto t) {
            auto& target = targets.at<decltype(t)>({i});
            target = static_cast<decltype(t)>(i % 3 * 0.5);
          });
        const Tensor grad = random_tensor({size}, dtype, 3);
        Tensor losses({size}, dtype), plain_losses = empty_like(losses);
        Tensor grads({size}, dtype), plain_grads = empty_like(grads);
        kernels::binary_cross_entropy(logits, targets, losses);
        kernels::binary_cross_entropy_backward(logits, targets, grad, grads);
        const ReferenceScope scope;
        kernels::binary_cross_entropy(logits, targets, plain_losses);
        kernels::binary_cross_entropy_backward(logits, targets, grad, plain_grads);
        check_close(losses, plain_losses, 4);
        check_close(grads, plain_grads, 8);
      }
  });
}

TEST_CASE("binary_cross_entropy of a sure, right answer keeps its small loss") {
  for_each_variant([] {
    Tensor losses({2});
    kernels::binary_cross_entropy(Tensor::from({30.0f, -80.0f}, {2}), Tensor::from({1.0f, 0.0f}, {2}), losses);
    CHECK(losses.at<float>({0}) == doctest::Approx(9.357623e-14).epsilon(1e-5));
    CHECK(losses.at<float>({1}) == doctest::Approx(1.804851e-35).epsilon(1e-5));
  });
}

TEST_CASE("catalogue_binary_cross_entropy agrees with the reference, one block of classes and several") {
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width] :
         {std::tuple{1, 1, 1}, {67, 19, 64}, {131, 1031, 7}, {0, 7, 3}, {5, 7, 0}, {3, 0, 2}}) {
      INFO(rows, " rows, ", classes, " classes, width ", width);
      const Tensor hidden = random_tensor({rows, width}, dtype, 1), table = random_tensor({classes, width}, dtype, 2);
      std::vector<std::int32_t> all, begin, end;
      for (std::int32_t c = classes; c-- > 0;) all.push_back(c);
      for (std::int32_t r = 0; r < rows; ++r) {
        begin.push_back(classes == 0 ? 0 : 17 * r % classes);
        end.push_back(std::min(classes, begin.back() + r % 5));
      }
      const Index names(all);
      const Windows windows(begin, end, classes);
      check_parity({Tensor({rows}, dtype), hidden, table}, 64, [&](auto& r) {
        kernels::catalogue_binary_cross_entropy(hidden, table, names, windows, 0.5, r[0], r[1], r[2]);
      });
      check_parity({Tensor({rows}, dtype), Tensor(), table}, 64, [&](auto& r) {
        kernels::catalogue_binary_cross_entropy(with_gaps(hidden), with_gaps(table), names, windows, 0.5, r[0], r[1],
                                                r[2]);
      });
    }
}

TEST_CASE("catalogue_binary_cross_entropy of large logits is finite") {
  Tensor losses({2}), grad({2, 1}), none;
  const Tensor hidden = Tensor::from({1e4f, -1e4f}, {2, 1}), table = Tensor::from({1.0f, -1.0f}, {2, 1});
  kernels::catalogue_binary_cross_entropy(hidden, table, Index({0}), Windows({0, 0}, {1, 1}, 1), 1, losses, grad, none);
  CHECK(losses.to_vector<float>() == std::vector<float>{0, 2e4f});
  CHECK(grad.to_vector<float>() == std::vector<float>{0, -2});
}

TEST_CASE("cross-entropies refuse what doesn't fit") {
  Tensor losses({2}), grads({2, 5}), none;
  const Index targets({1, 4});
  CHECK_THROWS_WITH_AS(kernels::cross_entropy(Tensor({2, 4}), targets, losses),
                       "[cross_entropy] targets: expected ids below 4, got 4", ShapeError);
  CHECK_THROWS_WITH_AS(kernels::cross_entropy(Tensor({3, 5}), targets, losses),
                       "[cross_entropy] targets: expected 3 ids, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(kernels::cross_entropy(Tensor({5}), targets, losses),
                       "[cross_entropy] logits: expected 2 dimensions, got (5)", ShapeError);
  CHECK_THROWS_WITH_AS(kernels::cross_entropy_backward(Tensor({2, 5}), targets, Tensor({3}), grads),
                       "[cross_entropy_backward] grad_losses: expected (2), got (3)", ShapeError);
  CHECK_THROWS_WITH_AS(
      kernels::catalogue_cross_entropy(Tensor({2, 3}), Tensor({5, 4}), targets, {}, 1, losses, none, none),
      "[catalogue_cross_entropy] table: expected (5, 3), got (5, 4)", ShapeError);
  CHECK_THROWS_WITH_AS(
      kernels::catalogue_cross_entropy(Tensor({2, 3}), Tensor({5, 3}), targets, {}, 1, losses, none, losses),
      "[catalogue_cross_entropy] grad_table: expected (5, 3), got (2)", ShapeError);
  const auto excluding = [&](const Index& excluded) {
    kernels::catalogue_cross_entropy(Tensor({2, 3}), Tensor({5, 3}), targets, excluded, 1, losses, none, none);
  };
  CHECK_THROWS_WITH_AS(excluding(Index({5})), "[catalogue_cross_entropy] excluded: expected 2 ids, got 1", ShapeError);
  CHECK_THROWS_WITH_AS(excluding(Index({5, 6})), "[catalogue_cross_entropy] excluded: expected ids below 6, got 6",
                       ShapeError);
  CHECK_THROWS_WITH_AS(excluding(targets),
                       concat("[catalogue_cross_entropy] excluded: expected other classes than the targets, got ",
                              targets[0], " for row 0")
                           .c_str(),
                       ShapeError);
  CHECK_THROWS_WITH_AS(kernels::binary_cross_entropy(Tensor({2}), Tensor({3}), losses),
                       "[binary_cross_entropy] targets: expected (2), got (3)", ShapeError);
  CHECK_THROWS_WITH_AS(kernels::binary_cross_entropy_backward(Tensor({2}), Tensor({2}), Tensor({2}), grads),
                       "[binary_cross_entropy_backward] grad_logits: expected (2), got (2, 5)", ShapeError);
  const Windows one({0}, {1}, 1), two({0, 0}, {1, 1}, 1);
  CHECK_THROWS_WITH_AS(
      kernels::catalogue_binary_cross_entropy(Tensor({2, 3}), Tensor({5, 3}), Index({5}), two, 1, losses, none, none),
      "[catalogue_binary_cross_entropy] classes: expected ids below 5, got 5", ShapeError);
  CHECK_THROWS_WITH_AS(
      kernels::catalogue_binary_cross_entropy(Tensor({2, 3}), Tensor({5, 3}), Index({4}), one, 1, losses, none, none),
      "[catalogue_binary_cross_entropy] windows: expected 2, got 1", ShapeError);
}

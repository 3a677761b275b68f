#include "kernels/cross_entropy.h"

#include <limits>
#include <tuple>

#include "kernels/cuda/tiles.h"
#include "kernels/elementwise.h"
#include "tests/cuda/windows.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct Catalogue {
  Tensor losses, grad_hidden, grad_table;
};

Catalogue catalogue(const Tensor& hidden, const Tensor& table, const Index& targets, bool with_hidden = true,
                    bool with_table = true, const Index& excluded = {}) {
  Catalogue out{Tensor({hidden.size(0)}, hidden.dtype(), hidden.device()), {}, {}};
  if (with_hidden) out.grad_hidden = Tensor(hidden.shape(), hidden.dtype(), hidden.device());
  if (with_table) out.grad_table = Tensor(table.shape(), table.dtype(), table.device());
  catalogue_cross_entropy(hidden, table, targets, excluded, 0.5, out.losses, out.grad_hidden, out.grad_table);
  return out;
}

void check_catalogue(const Tensor& hidden, const Tensor& table, const Index& targets, const Index& excluded = {}) {
  const Catalogue expected = catalogue(hidden, table, targets, true, true, excluded);
  const Tensor h = strided_on_gpu(hidden), e = to_device(table, gpu());
  for (const bool with_hidden : {false, true})
    for (const bool with_table : {false, true}) {
      CAPTURE(with_hidden);
      CAPTURE(with_table);
      const Catalogue got = catalogue(h, e, targets, with_hidden, with_table, excluded);
      check_gpu(got.losses, expected.losses, kUlps);
      if (with_hidden) check_gpu(got.grad_hidden, expected.grad_hidden, kUlps);
      if (with_table) check_gpu(got.grad_table, expected.grad_table, kUlps);
    }
}

}  // namespace

TEST_CASE("cuda: cross_entropy and its gradient equal the CPU's") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const std::int64_t rows : {0, 1, 9})
      for_each_size([&](std::int64_t classes) {
        if (classes == 0 && rows > 0) return;  // no target
        CAPTURE(rows);
        const Tensor logits = random_tensor({rows, classes}, dtype, 1, 5), grad = random_tensor({1}, dtype, 2);
        const Tensor factors = grad.expand({rows});
        const Index targets = random_ids(rows, classes, 3);
        Tensor losses({rows}, dtype), grads({rows, classes}, dtype);
        cross_entropy(logits, targets, losses);
        cross_entropy_backward(logits, targets, factors, grads);
        for (const Tensor& x : {to_device(logits, gpu()), strided_on_gpu(logits)}) {
          Tensor got({rows}, dtype, gpu()), got_grads({rows, classes}, dtype, gpu());
          cross_entropy(x, targets, got);
          cross_entropy_backward(x, targets, to_device(grad, gpu()).expand({rows}), got_grads);
          check_gpu(got, losses, kUlps);
          check_gpu(got_grads, grads, kUlps);
        }
      });
}

TEST_CASE("cuda: cross_entropy of a row that is wide, begins with -infinity, holds a NaN or is off the beginning") {
  if (!has_gpu()) return;
  for (const std::int64_t classes : {8, 600, 5000}) {
    CAPTURE(classes);
    Tensor logits = random_tensor({4, classes}, DType::F32, 1, 5);
    for (std::int64_t i = 0; i < classes; ++i) {
      if (i < classes / 2) logits.at<float>({1, i}) = -std::numeric_limits<float>::infinity();
      logits.at<float>({2, i}) += 1000;
    }
    logits.at<float>({3, classes - 2}) = std::numeric_limits<float>::quiet_NaN();
    const auto last = static_cast<std::int32_t>(classes - 1);
    const Index targets({0, last, 3, 1});
    Tensor expected({4}), got({4}, DType::F32, gpu()), grads({4, classes}), got_grads({4, classes}, DType::F32, gpu());
    const Tensor factors = random_tensor({4}, DType::F32, 2);
    const Tensor x = to_device(logits, gpu());
    cross_entropy(logits, targets, expected);
    cross_entropy_backward(logits, targets, factors, grads);
    cross_entropy(x, targets, got);
    cross_entropy_backward(x, targets, to_device(factors, gpu()), got_grads);
    for (std::int64_t row = 0; row < 4; ++row) {
      CAPTURE(row);
      check_gpu(got.slice(0, row, row + 1), expected.slice(0, row, row + 1), kUlps);
      check_gpu(got_grads.slice(0, row, row + 1), grads.slice(0, row, row + 1), kUlps);
    }
    // One element off the beginning: no vector loads.
    const Tensor shifted = to_device(logits.reshape({4 * classes}), gpu()).slice(0, 1, 1 + classes);
    Tensor loss({1}), got_loss({1}, DType::F32, gpu());
    cross_entropy(logits.reshape({4 * classes}).slice(0, 1, 1 + classes).unsqueeze(0), Index({2}), loss);
    cross_entropy(shifted.unsqueeze(0), Index({2}), got_loss);
    check_gpu(got_loss, loss, kUlps);
  }
}

TEST_CASE("cuda: cross_entropy of rows that several blocks reduce" * many_shapes()) {
  if (!has_gpu()) return;
  const std::int64_t rows = 3, classes = 2 * 16384 + 5;
  const Index targets({0, 16384, 2 * 16384 + 4});  // a first, one where a part begins, the last
  for (const DType dtype : kFloats)
    for (const bool infinite : {false, true}) {
      CAPTURE(infinite);
      Tensor logits = random_tensor({rows, classes}, dtype, 1, 5);
      Tensor first_part = logits.slice(0, 2, 3).slice(1, 0, 16384);
      if (infinite) fill(-std::numeric_limits<double>::infinity(), first_part);
      const Tensor factors = random_tensor({rows}, dtype, 2);
      Tensor losses({rows}, dtype), grads = empty_like(logits);
      cross_entropy(logits, targets, losses);
      cross_entropy_backward(logits, targets, factors, grads);
      for (const Tensor& x : {to_device(logits, gpu()), strided_on_gpu(logits)}) {
        Tensor got({rows}, dtype, gpu()), got_grads(logits.shape(), dtype, gpu());
        cross_entropy(x, targets, got);
        cross_entropy_backward(x, targets, to_device(factors, gpu()), got_grads);
        check_gpu(got, losses, kUlps);
        check_gpu(got_grads, grads, kUlps);
      }
    }
  for (const DType dtype : kFloats)
    check_catalogue(random_tensor({rows, 2}, dtype, 1), random_tensor({classes, 2}, dtype, 2), targets);
}

TEST_CASE("cuda: catalogue_cross_entropy equals the CPU's, in one tile and in several") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width] :
         {std::tuple{1, 1, 1}, {3, 2, 5}, {17, 131, 7}, {9, 1025, 5}, {0, 7, 3}, {5, 7, 0}})
      for (const std::int64_t tile : {0, 4}) {
        INFO(rows, " rows, ", classes, " classes, width ", width, ", tiles of ", tile);
        const cuda::TileLimitScope tiles(tile);
        const cuda::GridLimitScope grid(tile > 0 ? 2 : 0);
        check_catalogue(random_tensor({rows, width}, dtype, 1), random_tensor({classes, width}, dtype, 2),
                        random_ids(rows, classes, 3));
      }
}

TEST_CASE("cuda: catalogue_cross_entropy without a class of each row equals the CPU's") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const std::int64_t tile : {0, 2}) {
      const cuda::TileLimitScope tiles(tile);
      check_catalogue(random_tensor({5, 3}, dtype, 1), random_tensor({131, 3}, dtype, 2), Index({7, 130, 0, 64, 5}),
                      Index({0, 131, 130, 65, 131}));
    }
}

TEST_CASE("cuda: tiles are about equal, of multiples of 64 rows where so many fit") {
  using cuda::rows_of_tile;
  CHECK(rows_of_tile(2048, 83) == 64);  // 100k classes: 32 tiles, not 25 of 82 rows, for which a product takes 128
  CHECK(rows_of_tile(2048, 195) == 192);
  CHECK(rows_of_tile(4096, 2263) == 2048);
  CHECK(rows_of_tile(2048, 4985) == 2048);
  CHECK(rows_of_tile(10, 100) == 64);
  CHECK(rows_of_tile(100, 40) == 34);
  const cuda::TileLimitScope limit(4);
  CHECK(rows_of_tile(9, 100) == 3);
}

TEST_CASE("cuda: catalogue_cross_entropy gives the same bits again") {
  if (!has_gpu()) return;
  const cuda::TileLimitScope tiles(8);
  const Tensor hidden = to_device(random_tensor({20, 4}, DType::F32, 1), gpu());
  const Tensor table = to_device(random_tensor({600, 4}, DType::F32, 2), gpu());
  const Index targets = random_ids(20, 600, 3);
  const Catalogue first = catalogue(hidden, table, targets), again = catalogue(hidden, table, targets);
  check_same(to_device(again.losses, kCpu), to_device(first.losses, kCpu));
  check_same(to_device(again.grad_hidden, kCpu), to_device(first.grad_hidden, kCpu));
  check_same(to_device(again.grad_table, kCpu), to_device(first.grad_table, kCpu));
}

TEST_CASE("cuda: catalogue_binary_cross_entropy equals the CPU's, in one tile and in several" * many_shapes()) {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const auto& [rows, classes, width] :
         {std::tuple{1, 1, 1}, {67, 19, 8}, {17, 131, 7}, {9, 1025, 5}, {2, 5000, 3}, {0, 7, 3}, {5, 7, 0}, {3, 0, 2}})
      for (const std::int64_t tile : {0, 4}) {
        INFO(rows, " rows, ", classes, " classes, width ", width, ", tiles of ", tile);
        const cuda::TileLimitScope tiles(tile);
        const cuda::GridLimitScope grid(tile > 0 ? 2 : 0);
        // Each row names up to 40 classes, falling; some rows none.
        std::vector<std::int32_t> all, begin, end;
        for (std::int32_t c = classes; c-- > 0;) all.push_back(c);
        for (std::int32_t r = 0; r < rows; ++r) {
          begin.push_back(classes == 0 ? 0 : 17 * r % classes);
          end.push_back(std::min(classes, begin.back() + (r % 4 == 3 ? 40 : r % 4)));
        }
        const Index names(all);
        const Windows windows(begin, end, classes);
        const Tensor hidden = random_tensor({rows, width}, dtype, 1), table = random_tensor({classes, width}, dtype, 2);
        const std::vector<Tensor> results{Tensor({rows}, dtype), hidden, table};
        for (const bool with_hidden : {false, true})
          for (const bool with_table : {false, true})
            check_kernel(tile > 0 ? Check::Thoroughly : Check::Once, results, [&](auto move, auto& r) {
              Tensor none, &of_hidden = with_hidden ? r[1] : none, &of_table = with_table ? r[2] : none;
              if (!with_hidden) fill(0, r[1]);
              if (!with_table) fill(0, r[2]);
              catalogue_binary_cross_entropy(move(hidden), move(table), names, windows, 0.5, r[0], of_hidden, of_table);
            });
      }
}

TEST_CASE("cuda: catalogue_binary_cross_entropy of large logits is finite") {
  if (!has_gpu()) return;
  Tensor losses({2}, DType::F32, gpu()), grad({2, 1}, DType::F32, gpu()), none;
  const Tensor hidden = Tensor::from(std::vector<float>{1e4f, -1e4f}, {2, 1}, gpu());
  const Tensor table = Tensor::from(std::vector<float>{1, -1}, {2, 1}, gpu());
  catalogue_binary_cross_entropy(hidden, table, Index({0}), Windows({0, 0}, {1, 1}, 1), 1, losses, grad, none);
  CHECK(losses.to_vector<float>() == std::vector<float>{0, 2e4f});
  CHECK(grad.to_vector<float>() == std::vector<float>{0, -2});
}

TEST_CASE("cuda: cross-entropy is stable for large logits, and a NaN stays one") {
  if (!has_gpu()) return;
  Tensor table = Tensor::zeros({1021, 2}), hidden = Tensor::zeros({2, 2});
  table.at<float>({3, 0}) = 300;
  table.at<float>({5, 0}) = -300;
  hidden.at<float>({0, 0}) = 10;
  hidden.at<float>({1, 0}) = std::numeric_limits<float>::quiet_NaN();
  const Catalogue out = catalogue(to_device(hidden, gpu()), to_device(table, gpu()), Index({5, 3}));
  const auto losses = out.losses.to_vector<float>(), grads = out.grad_hidden.to_vector<float>();
  CHECK(losses[0] == 3000);  // a half
  CHECK(std::isnan(losses[1]));
  CHECK(grads[0] == 300);
  CHECK(std::isnan(grads[2]));
}

TEST_CASE("cuda: binary_cross_entropy and its gradient equal the CPU's, of sure answers too") {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      Tensor targets = random_tensor({size}, dtype, 1);
      unary(Unary::Sigmoid, targets, targets);
      const Tensor logits = random_tensor({size}, dtype, 2, 20), grad = random_tensor({size}, dtype, 3);
      Tensor losses({size}, dtype), grads({size}, dtype);
      binary_cross_entropy(logits, targets, losses);
      binary_cross_entropy_backward(logits, targets, grad, grads);
      for (const Tensor& x : {to_device(logits, gpu()), strided_on_gpu(logits)}) {
        Tensor got({size}, dtype, gpu()), got_grads({size}, dtype, gpu());
        binary_cross_entropy(x, strided_on_gpu(targets), got);
        binary_cross_entropy_backward(x, to_device(targets, gpu()), to_device(grad, gpu()), got_grads);
        check_gpu(got, losses, kUlps);
        check_gpu(got_grads, grads, kUlps);
      }
    });
  Tensor losses({2}, DType::F32, gpu());
  binary_cross_entropy(Tensor::from(std::vector<float>{30, -80}, {2}, gpu()),
                       Tensor::from(std::vector<float>{1, 0}, {2}, gpu()), losses);
  CHECK(losses.to_vector<float>()[0] == doctest::Approx(9.357623e-14).epsilon(1e-5));
  CHECK(losses.to_vector<float>()[1] == doctest::Approx(1.804851e-35).epsilon(1e-5));
}

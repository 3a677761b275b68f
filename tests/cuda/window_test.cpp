#include "kernels/window.h"

#include "tests/cuda/gpu.h"
#include "tests/kernels/window_cases.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

enum class Check { Once, Thoroughly };

/// Every size, and what sizes don't tell: rows of several packs and of several tiles of them, windows of more than a
/// warp and more than a block, windows that overlap, touch, or are not there.
template <class F>
void for_each_case(F f) {
  for (const DType dtype : kFloats) {
    for_each_size([&](std::int64_t size) {
      f(Check::Once, dtype,
        WindowCase{"random", random_windows(size, size, 5, 1), 2, std::max<std::int64_t>(size / 3, 1)});
    });
    for (const WindowCase& c : {WindowCase{"no windows", Windows({}, {}, 5), 3, 2},
                                {"no values", Windows({0, 0}, {0, 0}, 0), 3, 2},
                                {"no columns", random_windows(5, 7, 3, 5), 0, 4},
                                {"adjacent", Windows::adjacent({0, 3, 3, 10, 11}), 33, 5},
                                {"prefixes", prefixes(3, 11, 7), 64, 13},
                                {"long", random_windows(5, 1200, 1200, 3), 1, 31},
                                {"one row", random_windows(31, 97, 20, 4), 8, 1},
                                {"wide", random_windows(7, 11, 5, 4), 133, 6},
                                {"wide packs", random_windows(7, 11, 5, 4), 260, 6}}) {
      CAPTURE(c.name);
      f(Check::Thoroughly, dtype, c);
      const cuda::GridLimitScope limit(2);
      f(Check::Once, dtype, c);
    }
  }
}

/// A copy on the device that no vector load may touch.
Tensor misaligned_on_gpu(const Tensor& tensor) {
  Tensor flat({tensor.numel() + 1}, tensor.dtype(), gpu());
  Tensor view = flat.slice(0, 1, flat.size(0)).reshape(tensor.shape());
  copy(to_device(tensor, gpu()), view);
  return view;
}

/// `kernel(move, results)`, with inputs that `move` puts where they are wanted: results on the device equal the CPU's;
/// thoroughly: for misaligned and strided inputs too, and twice to the bit.
template <class F>
void check_kernel(Check how, const std::vector<Tensor>& results, F kernel) {
  const auto run = [&](auto move, auto result_at) {
    std::vector<Tensor> got;
    for (const Tensor& result : results) got.push_back(result_at(result));
    kernel(move, got);
    return got;
  };
  const auto aligned = [](const Tensor& tensor) { return to_device(tensor, gpu()); };
  const std::vector<Tensor> expected = run([](const Tensor& tensor) { return tensor; }, empty_like);
  const auto check = [&](const std::vector<Tensor>& got) {
    for (std::size_t i = 0; i < got.size(); ++i) check_gpu(got[i], expected[i], kUlps);
  };
  const std::vector<Tensor> first = run(aligned, aligned);
  check(first);
  if (how == Check::Once) return;
  check(run(strided_on_gpu, aligned));
  check(run(misaligned_on_gpu, misaligned_on_gpu));
  const std::vector<Tensor> again = run(aligned, aligned);
  for (std::size_t i = 0; i < again.size(); ++i) check_same(to_device(again[i], kCpu), to_device(first[i], kCpu));
}

}  // namespace

TEST_CASE("cuda: window softmax and its gradient") {
  if (!has_gpu()) return;
  for_each_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor logits = random_tensor({c.windows.values()}, dtype, 1, 3);
    const Tensor grad = random_tensor({c.windows.entries()}, dtype, 2);
    Tensor weights({c.windows.entries()}, dtype);
    window_softmax(logits, c.windows, weights);
    check_kernel(how, {weights}, [&](auto move, auto& r) { window_softmax(move(logits), c.windows, r[0]); });
    check_kernel(how, {logits},
                 [&](auto move, auto& r) { window_softmax_backward(move(weights), move(grad), c.windows, r[0]); });
  });
}

TEST_CASE("cuda: window weighted sum and its gradients") {
  if (!has_gpu()) return;
  for_each_case([](Check how, DType dtype, const WindowCase& c) {
    const Index rows = c.value_rows();
    const Tensor weights = random_tensor({c.windows.entries()}, dtype, 1);
    const Tensor table = random_tensor({c.rows, c.width}, dtype, 2);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 3);
    check_kernel(how, {grad},
                 [&](auto move, auto& r) { window_weighted_sum(move(weights), move(table), rows, c.windows, r[0]); });
    check_kernel(how, {weights}, [&](auto move, auto& r) {
      window_weighted_sum_backward_weights(move(grad), move(table), rows, c.windows, r[0]);
    });
    check_kernel(how, {table}, [&](auto move, auto& r) {
      window_weighted_sum_backward_table(move(grad), move(weights), rows, c.windows, r[0]);
    });
  });
}

TEST_CASE("cuda: window sum and mean, and their gradients") {
  if (!has_gpu()) return;
  for_each_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor values = random_tensor({c.windows.values(), c.width}, dtype, 1);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 2);
    for (const bool mean : {false, true}) {
      check_kernel(how, {grad}, [&](auto move, auto& r) { window_sum(move(values), c.windows, mean, r[0]); });
      check_kernel(how, {values}, [&](auto move, auto& r) { window_sum_backward(move(grad), c.windows, mean, r[0]); });
    }
  });
}

TEST_CASE("cuda: window maximum and last, and their gradients") {
  if (!has_gpu()) return;
  for_each_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor values = random_tensor({c.windows.values(), c.width}, dtype, 1);
    const Tensor grad = random_tensor({c.windows.size(), c.width}, dtype, 2);
    Tensor out = empty_like(grad), argmax(grad.shape(), DType::I32);
    window_max(values, c.windows, out, argmax);
    check_kernel(how, {out, argmax}, [&](auto move, auto& r) { window_max(move(values), c.windows, r[0], r[1]); });
    check_kernel(how, {values},
                 [&](auto move, auto& r) { window_max_backward(move(grad), move(argmax), c.windows, r[0]); });
    check_kernel(how, {grad}, [&](auto move, auto& r) { window_last(move(values), c.windows, r[0]); });
    check_kernel(how, {values}, [&](auto move, auto& r) { window_last_backward(move(grad), c.windows, r[0]); });
  });
}

TEST_CASE("cuda: window maximum takes the first of equal values and shows NaN") {
  if (!has_gpu()) return;
  const Tensor values = Tensor::from<float>({1, 5, 5, 2, 7, NAN, 3, 9}, {4, 2});
  const Windows windows({0, 0, 2}, {2, 4, 2}, 4);
  check_kernel(Check::Thoroughly, {Tensor({3, 2}), Tensor({3, 2}, DType::I32)},
               [&](auto move, auto& r) { window_max(move(values), windows, r[0], r[1]); });
}

TEST_CASE("cuda: window softmax of infinities and NaN") {
  if (!has_gpu()) return;
  const Tensor logits = Tensor::from<float>({1, -INFINITY, 2, NAN, 3, 1e30f, -1e30f}, {7});
  const Windows windows({0, 2, 4}, {3, 5, 7}, 7);
  check_kernel(Check::Thoroughly, {Tensor({windows.entries()})},
               [&](auto move, auto& r) { window_softmax(move(logits), windows, r[0]); });
}

#pragma once

#include "tests/cuda/gpu.h"
#include "tests/kernels/window_cases.h"

/// What the tests of CUDA kernels over windows share.
namespace seqrec::kernels {

enum class Check { Once, Thoroughly };

/// Every size, and what sizes don't tell: rows of several packs and of several tiles of them, windows of more than a
/// warp and more than a block, windows that overlap, touch, or are not there.
template <class F>
void for_each_window_case(F f) {
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

/// `kernel(move, results)`, with inputs that `move` puts where they are wanted: results on the device equal the CPU's;
/// thoroughly: for shifted and strided inputs too, and twice to the bit.
template <class F>
void check_kernel(Check how, const std::vector<Tensor>& results, F kernel, double ulps = kUlps) {
  const auto run = [&](auto move, auto result_at) {
    std::vector<Tensor> got;
    for (const Tensor& result : results) got.push_back(result_at(result));
    kernel(move, got);
    return got;
  };
  const auto aligned = [](const Tensor& tensor) { return to_device(tensor, gpu()); };
  const std::vector<Tensor> expected = run([](const Tensor& tensor) { return tensor; }, empty_like);
  const auto check = [&](const std::vector<Tensor>& got) {
    for (std::size_t i = 0; i < got.size(); ++i) check_gpu(got[i], expected[i], ulps);
  };
  const std::vector<Tensor> first = run(aligned, aligned);
  check(first);
  if (how == Check::Once) return;
  check(run(strided_on_gpu, aligned));
  check(run(shifted_on_gpu, shifted_on_gpu));
  const std::vector<Tensor> again = run(aligned, aligned);
  for (std::size_t i = 0; i < again.size(); ++i) check_same(to_device(again[i], kCpu), to_device(first[i], kCpu));
}

}  // namespace seqrec::kernels

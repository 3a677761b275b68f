// gemm_peer_bench: seqrec's matrix product and Eigen's, a b^T on one thread, at the shapes that models have. Both run
// in turn; a row prints the medians and their ratio.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "bench/gemm_peer.h"
#include "core/random.h"
#include "kernels/cpu/simd.h"
#include "kernels/matmul.h"

using namespace seqrec;

static Tensor numbers(Shape shape) {
  Tensor tensor(shape);
  Random random(random_stream(1, Purpose::Test));
  for (float& element : tensor.span<float>()) element = static_cast<float>(random.normal());
  return tensor;
}

template <class F>
static double seconds(F&& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

static double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

int main() {
  std::printf("f32, one thread, variant %s; Eigen compiled for this processor\n", kernels::cpu::simd_variant_name());
  std::printf("%-22s %14s %14s %8s\n", "m x n x k", "seqrec GFLOP/s", "Eigen GFLOP/s", "ratio");
  const std::int64_t shapes[][3] = {
      {2048, 64, 64}, {16, 1683, 64}, {2048, 1683, 64}, {2048, 64, 1683}, {512, 512, 512}};
  for (const auto& [m, n, k] : shapes) {
    const Tensor a = numbers({m, k}), b = numbers({n, k});
    Tensor ours({m, n}), theirs({m, n});
    std::vector<double> our_seconds, their_seconds;
    for (int run = 0; run < 31; ++run) {
      our_seconds.push_back(seconds([&] { kernels::matmul(a, false, b, true, 1, kernels::Write::Overwrite, ours); }));
      their_seconds.push_back(
          seconds([&] { bench::eigen_product(a.data<float>(), b.data<float>(), m, n, k, theirs.data<float>()); }));
    }
    const double flops = 2e-9 * static_cast<double>(m * n * k);
    const double our_median = median(our_seconds), their_median = median(their_seconds);
    std::printf("%5lld x %5lld x %5lld %14.1f %14.1f %8.2f\n", static_cast<long long>(m), static_cast<long long>(n),
                static_cast<long long>(k), flops / our_median, flops / their_median, their_median / our_median);
  }
}

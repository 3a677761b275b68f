#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "bench/eigen_bench.h"
#include "bench/eigen_peer.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/norm.h"
#include "kernels/cpu/simd/optimizer.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/cpu/simd/softmax.h"

namespace seqrec::bench {
namespace {

using namespace kernels::cpu;
using kernels::Unary;

/// Medians of many short runs, in turn: what else the machine does meets both.
struct Times {
  double eigen, ours;  // seconds per call
};

double seconds(const std::function<void()>& call, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / calls;
}

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

Times measure(const std::function<void()>& eigen, const std::function<void()>& ours) {
  constexpr int kRuns = 101;
  constexpr double kRun = 40e-6;  // seconds
  const auto calls_of = [](const std::function<void()>& call) {
    seconds(call, 3);
    return std::max(1, static_cast<int>(kRun / seconds(call, 20)));
  };
  const int their_calls = calls_of(eigen), our_calls = calls_of(ours);
  std::vector<double> theirs, own;
  for (int run = 0; run < kRuns; ++run) {
    theirs.push_back(seconds(eigen, their_calls));
    own.push_back(seconds(ours, our_calls));
  }
  return {median(theirs), median(own)};
}

struct Case {
  const char* name;
  std::function<void()> eigen, ours;
};

/// Everything on rows of n numbers.
std::vector<Case> cases(std::int64_t n) {
  static Tensor operands[6];  // outlive the cases
  for (Tensor& operand : operands) operand = Tensor::from(random_numbers<float>(n), {n});
  operands[5] = Tensor::full({n}, 1.0);
  const auto data = [](int i) { return operands[i].data<float>(); };
  float *x = data(0), *y = data(1), *gamma = data(2), *p = data(3), *m = data(4), *v = data(5);
  const kernels::AdamFactors<float> adam{0.9f, 0.1f, 0.999f, 0.001f, 0, 1, false, 1e-6f, 1, 1e-8f};
  return {
      {"exp", [=] { eigen_exp<float>(n, x, y); }, [=] { unary_loop<float>(Unary::Exp, n, x, y); }},
      {"tanh", [=] { eigen_tanh<float>(n, x, y); }, [=] { unary_loop<float>(Unary::Tanh, n, x, y); }},
      {"logistic", [=] { eigen_logistic<float>(n, x, y); }, [=] { unary_loop<float>(Unary::Sigmoid, n, x, y); }},
      {"1 / (1 + exp(-x))", [=] { eigen_sigmoid<float>(n, x, y); },
       [=] { unary_loop<float>(Unary::Sigmoid, n, x, y); }},
      {"softmax", [=] { eigen_softmax<float>(n, x, y); }, [=] { softmax_row<float>(n, x, y); }},
      {"layer norm of a row", [=] { eigen_layer_norm<float>(n, x, gamma, gamma, 1e-5f, y); },
       [=] { layer_norm_row<float>(n, x, gamma, gamma, 1e-5, y); }},
      {"Adam", [=] { eigen_adam<float>(adam, n, x, p, m, v); }, [=] { adam_loop<float>(adam, n, x, p, m, v); }},
      {"dot product", [=] { eigen_dot<float>(n, x, gamma); }, [=] { dot<float>(n, x, gamma); }},
      {"y += s x", [=] { eigen_add_scaled<float>(1e-9f, n, x, p); }, [=] { add_scaled_loop<float>(1e-9f, n, x, p); }},
  };
}

void print_rows() {
  constexpr std::int64_t kSizes[] = {7, 12, 45, 64, 16384};
  std::printf("\n| Eigen's time / ours, f32, n = |");
  for (const std::int64_t n : kSizes) std::printf(" %lld |", static_cast<long long>(n));
  std::printf("\n|---|%s\n", "---|---|---|---|---|");
  const std::size_t count = cases(1).size();
  for (std::size_t i = 0; i < count; ++i) {
    std::printf("| %s |", cases(1)[i].name);
    for (const std::int64_t n : kSizes) {
      const Case one = cases(n)[i];
      const Times times = measure(one.eigen, one.ours);
      std::printf(" %.2f |", times.eigen / times.ours);
    }
    std::printf("\n");
  }
}

void print_products() {
  std::printf("\n| Product a b^T, f32, m x n x k, GFLOP/s | Eigen | seqrec |\n|---|---|---|\n");
  constexpr std::int64_t kShapes[][3] = {{6, 64, 64},      {24, 32, 50},    {24, 50, 32},   {64, 64, 512},
                                         {2048, 64, 64},   {512, 512, 64},  {16, 1683, 64}, {2048, 1683, 64},
                                         {2048, 64, 1683}, {256, 256, 256}, {512, 512, 512}};
  for (const auto& [m, n, k] : kShapes) {
    const std::vector<float> left = random_numbers<float>(m * k), right = random_numbers<float>(n * k);
    const Tensor a = Tensor::from(left, {m, k}), b = Tensor::from(right, {n, k});
    Tensor ours({m, n}), theirs({m, n});
    const Product<float> product{m, n, k, 1, strided<float>(a), {b.data<float>(), 1, k}, false, ours.data<float>(), n};
    const Times times =
        measure([&, m = m, n = n,
                 k = k] { eigen_product<float>(m, n, k, a.data<float>(), b.data<float>(), theirs.data<float>()); },
                [&] { multiply_parallel<float>(product); });
    const double flops = 2e-9 * static_cast<double>(m * n * k);
    std::printf("| %lld x %lld x %lld | %.0f | %.0f |\n", static_cast<long long>(m), static_cast<long long>(n),
                static_cast<long long>(k), flops / times.eigen, flops / times.ours);
  }
}

}  // namespace

void print_speed() {
  print_rows();
  print_products();
}

}  // namespace seqrec::bench

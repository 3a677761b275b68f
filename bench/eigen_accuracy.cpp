#include <cmath>
#include <cstdio>
#include <limits>

#include "bench/eigen_bench.h"
#include "bench/eigen_peer.h"
#include "kernels/cpu/simd/elementwise.h"

namespace seqrec::bench {
namespace {

using namespace kernels::cpu;
using kernels::Unary;

template <class T>
using Function = void (*)(std::int64_t n, const T* x, T* y);

struct Error {
  double ulps = 0, where = 0;
};

/// The largest error over `x`, in units of the last place of the true value.
template <class T>
Error worst(Function<T> function, long double (*truth)(long double), const std::vector<T>& x) {
  std::vector<T> y(x.size());
  function(std::ssize(x), x.data(), y.data());
  Error error;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = truth(x[i]);
    const T near = std::abs(static_cast<T>(exact));
    if (!std::isfinite(near)) continue;
    const long double unit = static_cast<long double>(std::nextafter(near, std::numeric_limits<T>::infinity())) - near;
    const double ulps = static_cast<double>(std::abs(y[i] - exact) / unit);
    if (!(ulps <= error.ulps)) error = {ulps, static_cast<double>(x[i])};
  }
  return error;
}

/// Numbers from low to high, evenly, and as many small ones of all sizes within.
template <class T>
std::vector<T> numbers(double low, double high) {
  constexpr int kCount = 1 << 19;
  std::vector<T> x;
  for (int i = 0; i <= kCount; ++i) {
    const double part = static_cast<double>(i) / kCount;
    x.push_back(static_cast<T>(low + part * (high - low)));
    if (low < 0) x.push_back(static_cast<T>((i % 2 == 0 ? 1 : -1) * std::pow(10, -7 * part)));
  }
  return x;
}

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

template <class T, Unary op>
void ours(std::int64_t n, const T* x, T* y) {
  unary_loop<T>(op, n, x, y);
}

template <class T>
void print_rows(const char* dtype, double lowest, double highest) {  // where exp is a normal number
  const struct {
    const char* name;
    Function<T> eigen, ours;
    long double (*truth)(long double);
    double low, high;
  } kFunctions[] = {
      {"exp", [](auto... a) { eigen_exp<T>(a...); }, ours<T, Unary::Exp>, std::exp, lowest, highest},
      {"tanh", [](auto... a) { eigen_tanh<T>(a...); }, ours<T, Unary::Tanh>, std::tanh, -20, 20},
      {"logistic", [](auto... a) { eigen_logistic<T>(a...); }, ours<T, Unary::Sigmoid>, sigmoid, lowest, 40},
      {"1 / (1 + exp(-x))", [](auto... a) { eigen_sigmoid<T>(a...); }, ours<T, Unary::Sigmoid>, sigmoid, lowest, 40},
      {"log", [](auto... a) { eigen_log<T>(a...); }, ours<T, Unary::Log>, std::log, 1e-7, 1000},
      {"sqrt", [](auto... a) { eigen_sqrt<T>(a...); }, ours<T, Unary::Sqrt>, std::sqrt, 1e-7, 1000},
      {"erf", [](auto... a) { eigen_erf<T>(a...); }, [](auto... a) { erf_loop<T>(a...); }, std::erf, -6, 6},
  };
  for (const auto& f : kFunctions) {
    const std::vector<T> x = numbers<T>(f.low, f.high);
    const Error theirs = worst(f.eigen, f.truth, x), ours = worst(f.ours, f.truth, x);
    std::printf("| %s, %s | %.1f (at %.4g) | %.1f (at %.4g) |\n", f.name, dtype, theirs.ulps, theirs.where, ours.ulps,
                ours.where);
  }
}

}  // namespace

void print_accuracy() {
  std::printf("\n| Worst error, ulp | Eigen | seqrec |\n|---|---|---|\n");
  print_rows<float>("f32", -87, 88);
  print_rows<double>("f64", -708, 709);
}

}  // namespace seqrec::bench

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>

#include "bench/eigen_bench.h"
#include "bench/eigen_peer.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/matmul.h"

namespace seqrec::bench {
namespace {

using namespace kernels::cpu;
using Numbers = std::vector<float>;
using Product = void (*)(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b, float* out);
using Map = void (*)(std::int64_t n, const float* x, float* y);

void our_product(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b, float* out) {
  const auto matrix = [](const float* data, std::int64_t rows, std::int64_t columns) {
    return Tensor::wrap(const_cast<float*>(data), {rows, columns}, DType::F32, nullptr);
  };
  Tensor to = matrix(out, m, n);
  kernels::matmul(matrix(a, m, k), false, matrix(b, n, k), true, 1, kernels::Write::Overwrite, to);
}

bool same(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// How many elements of a product [365, 93] have other bits when it is made in blocks of at most 50 x 31.
int changed_by_block(Product product, std::int64_t k) {
  constexpr std::int64_t kRows = 365, kColumns = 93;
  const Numbers a = random_numbers<float>(kRows * k), b = random_numbers<float>(kColumns * k);
  Numbers whole(kRows * kColumns), block(50 * 31);
  product(kRows, kColumns, k, a.data(), b.data(), whole.data());
  int changed = 0;
  for (std::int64_t i = 0; i < kRows; i += 50)
    for (std::int64_t j = 0; j < kColumns; j += 31) {
      const std::int64_t m = std::min<std::int64_t>(50, kRows - i), n = 31;
      product(m, n, k, a.data() + i * k, b.data() + j * k, block.data());
      for (std::int64_t r = 0; r < m; ++r)
        for (std::int64_t c = 0; c < n; ++c) changed += !same(block[r * n + c], whole[(i + r) * kColumns + j + c]);
    }
  return changed;
}

/// For how many of 20,000 numbers a row of 37 of them gets results that differ.
int unequal_by_place(Map function) {
  const Numbers x = random_numbers<float>(20000);
  int unequal = 0;
  for (const float number : x) {
    const Numbers row(37, number);
    Numbers y(37);
    function(37, row.data(), y.data());
    unequal += !std::all_of(y.begin(), y.end(), [&](float element) { return same(element, y[0]); });
  }
  return unequal;
}

/// How many different sums the same 1,000 numbers have at 16 addresses.
template <class Sum>
std::size_t sums_by_address(Sum sum) {
  const Numbers x = random_numbers<float>(1000);
  std::set<float> sums;
  for (std::int64_t offset = 0; offset < 16; ++offset) {
    Numbers moved(1016);
    std::copy(x.begin(), x.end(), moved.begin() + offset);
    sums.insert(static_cast<float>(sum(1000, moved.data() + offset)));
  }
  return sums.size();
}

/// f(x) where x stands amid others of its kind, in a whole vector wherever the first one begins.
template <class T, class F>
double at(F function, T x) {
  const std::vector<T> row(64, x);
  std::vector<T> y(64);
  function(64, row.data(), y.data());
  return static_cast<double>(y[32]);
}

template <class T, kernels::Unary op>
void our_unary(std::int64_t n, const T* x, T* y) {
  unary_loop<T>(op, n, x, y);
}

template <class T>
void line(const char* what, T eigen, T ours) {
  if constexpr (std::is_floating_point_v<T>)
    std::printf("| %s | %.3g | %.3g |\n", what, eigen, ours);
  else
    std::printf("| %s | %lld | %lld |\n", what, static_cast<long long>(eigen), static_cast<long long>(ours));
}

}  // namespace

void print_bits() {
  using kernels::Unary;
  std::printf("\n| | Eigen | seqrec |\n|---|---|---|\n");
  for (const std::int64_t k : {64, 100, 1024}) {
    const std::string what = concat("product: elements of 33,945 with other bits when made in smaller blocks, k = ", k);
    line(what.c_str(), changed_by_block([](auto... a) { eigen_product<float>(a...); }, k),
         changed_by_block(our_product, k));
  }
  const auto place = [](const char* name, Map eigen, Map ours) {
    const std::string what = concat(name, " of 37 equal numbers in a row: unequal results, of 20,000 numbers");
    line(what.c_str(), unequal_by_place(eigen), unequal_by_place(ours));
  };
  place(
      "exp", [](auto... a) { eigen_exp<float>(a...); }, our_unary<float, Unary::Exp>);
  place(
      "tanh", [](auto... a) { eigen_tanh<float>(a...); }, our_unary<float, Unary::Tanh>);
  place(
      "logistic", [](auto... a) { eigen_logistic<float>(a...); }, our_unary<float, Unary::Sigmoid>);
  line("sum of the same 1,000 numbers at 16 addresses: different sums", sums_by_address(eigen_sum<float>),
       sums_by_address(element_sum<float>));
  line("exp(-infinity), f32", at<float>(eigen_exp<float>, -INFINITY),
       at<float>(our_unary<float, Unary::Exp>, -INFINITY));
  line("exp(-infinity), f64", at<double>(eigen_exp<double>, -INFINITY),
       at<double>(our_unary<double, Unary::Exp>, -INFINITY));
  line("exp(-100), f32; truly 3.78e-44", at<float>(eigen_exp<float>, -100),
       at<float>(our_unary<float, Unary::Exp>, -100));
  line("sqrt(1e-40), f32; truly 1e-20", at<float>(eigen_sqrt<float>, 1e-40f),
       at<float>(our_unary<float, Unary::Sqrt>, 1e-40f));
  Numbers row(64, 1);
  row[5] = NAN;
  line("the largest of a row with a NaN", double{eigen_max<float>(64, row.data())},
       double{row[max_place<float>(64, row.data())]});
}

}  // namespace seqrec::bench

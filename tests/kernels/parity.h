#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/index.h"
#include "core/parallel.h"
#include "core/random.h"
#include "core/tensor.h"
#include "kernels/copy.h"
#include "kernels/cpu/simd.h"
#include "kernels/kernel.h"

/// What tests of fast kernels against kernels::reference share.
namespace seqrec::kernels {

inline constexpr DType kFloats[] = {DType::F32, DType::F64};

/// Standard normal numbers times `scale`, row-major; every `part` is another sample.
inline Tensor random_tensor(Shape shape, DType dtype, std::uint64_t part, double scale = 1) {
  Random random(random_stream(7, Purpose::Test, part));
  std::vector<double> values(shape.numel());
  for (double& value : values) value = scale * random.normal();
  return convert(Tensor::from(values, shape), dtype);
}

/// Small whole numbers: many of them equal, and products that are exact in any order.
inline Tensor whole_numbers(Shape shape, DType dtype, std::uint64_t part) {
  Tensor out = random_tensor(shape, DType::F64, part, 2);
  for (double& value : out.span<double>()) value = std::round(value);
  return convert(out, dtype);
}

/// `size` ids below `bound`.
inline Index random_ids(std::int64_t size, std::int64_t bound, std::uint64_t part) {
  Random random(random_stream(8, Purpose::Test, part));
  std::vector<std::int32_t> ids(size);
  for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(bound)));
  return Index(ids);
}

/// Calls f once per instruction set that this processor has.
template <class F>
void for_each_variant(F f) {
  for (const cpu::Simd variant : cpu::supported_simd()) {
    const cpu::SimdScope scope(variant);
    CAPTURE(std::string(cpu::name_of(variant)));
    f();
  }
}

/// Elements differ by at most `ulps` units of the dtype's precision relative to the largest expected one; NaN equals
/// NaN, and infinities themselves.
inline void check_close(const Tensor& got, const Tensor& expected, double ulps) {
  REQUIRE(got.shape() == expected.shape());
  const double unit = got.dtype() == DType::F32 ? 0x1p-24 : 0x1p-53;
  const auto x = convert(contiguous(got), DType::F64).to_vector<double>();
  const auto y = convert(contiguous(expected), DType::F64).to_vector<double>();
  double most = 0, worst = 0;
  for (const double value : y)
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double error = std::abs(x[i] - y[i]);
    worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
  }
  CHECK_MESSAGE(worst <= ulps * unit * most, "largest error ", worst, " where the largest value is ", most);
}

/// The same bytes.
inline void check_same(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.shape() == expected.shape());
  const auto bytes = [](const Tensor& tensor) {
    return std::string(reinterpret_cast<const char*>(tensor.raw()),
                       static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype()));
  };
  CHECK(bytes(got) == bytes(expected));
}

/// Restores one thread at the end.
class ThreadsScope {
 public:
  explicit ThreadsScope(int threads) { set_num_threads(threads); }
  ~ThreadsScope() { set_num_threads(1); }
};

/// The same values with gaps between them: no two elements are neighbours.
inline Tensor with_gaps(const Tensor& tensor) {
  Shape shape = tensor.shape();
  shape.push_back(2);
  Tensor out = Tensor(shape, tensor.dtype()).select(-1, 1);
  copy(tensor, out);
  return out;
}

/// Calls `kernel(results)`, which writes or updates them, with copies of `start`: by the reference, and by the fast
/// kernel for every instruction set, close to the reference and of the same bits with 1, 2 and 5 threads.
template <class F>
void check_parity(const std::vector<Tensor>& start, double ulps, F kernel) {
  const auto run = [&] {
    std::vector<Tensor> results;
    for (const Tensor& tensor : start) results.push_back(tensor.defined() ? clone(tensor) : Tensor());
    kernel(results);
    return results;
  };
  std::vector<Tensor> expected;
  {
    const ReferenceScope scope;
    expected = run();
  }
  for_each_variant([&] {
    const std::vector<Tensor> got = run();
    for (std::size_t i = 0; i < got.size(); ++i)
      if (got[i].defined()) check_close(got[i], expected[i], ulps);
    for (const int threads : {2, 5}) {
      const ThreadsScope scope(threads);
      CAPTURE(threads);
      const std::vector<Tensor> again = run();
      for (std::size_t i = 0; i < got.size(); ++i)
        if (got[i].defined()) check_same(again[i], got[i]);
    }
  });
}

}  // namespace seqrec::kernels

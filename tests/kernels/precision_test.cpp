#include "kernels/precision.h"

#include <limits>

#include "kernels/matmul.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("precision: the nearest number with 11 and 8 digits, the even one of two, keeps what has no digits") {
  constexpr ProductPrecision kTf32 = ProductPrecision::Tf32, kBf16 = ProductPrecision::Bf16;
  CHECK(rounded(1 + 0x1p-20f, ProductPrecision::F32) == 1 + 0x1p-20f);
  CHECK(rounded(1 + 0x1p-10f, kTf32) == 1 + 0x1p-10f);
  CHECK(rounded(1 + 0x1p-11f, kTf32) == 1);
  CHECK(rounded(1 + 0x1p-11f + 0x1p-20f, kTf32) == 1 + 0x1p-10f);
  CHECK(rounded(1 + 0x3p-11f, kTf32) == 1 + 0x1p-9f);
  CHECK(rounded(-(1 + 0x3p-8f), kBf16) == -(1 + 0x1p-6f));
  CHECK(rounded(1 + 0x1p-8f, kBf16) == 1);
  CHECK(rounded(0x1p-140f, kBf16) == 0);
  CHECK(rounded(std::numeric_limits<float>::max(), kBf16) == std::numeric_limits<float>::infinity());
  for (const ProductPrecision precision : {kTf32, kBf16}) {
    CHECK(rounded(-INFINITY, precision) == -INFINITY);
    CHECK(std::isnan(rounded(NAN, precision)));
    CHECK(std::signbit(rounded(-0.0f, precision)));
  }
}

TEST_CASE("precision: products on the CPU round their operands, and nothing else") {
  const auto round = [](const Tensor& tensor, ProductPrecision precision) {
    Tensor out = clone(tensor);
    if (out.dtype() == DType::F32)
      for (float& element : out.span<float>()) element = rounded(element, precision);
    return out;
  };
  for (const ProductPrecision precision : {ProductPrecision::Tf32, ProductPrecision::Bf16})
    for (const DType dtype : kFloats)
      for (const auto& [m, n, k] : {std::tuple{3, 5, 7}, {200, 40, 600}, {3, 5, 3000}, {300, 300, 33}})
        for (const bool transposed : {false, true}) {
          const Tensor a = random_tensor(transposed ? Shape{k, m} : Shape{m, k}, dtype, 1);
          const Tensor b = random_tensor(transposed ? Shape{n, k} : Shape{k, n}, dtype, 2);
          Tensor expected({m, n}, dtype), got({m, n}, dtype);
          matmul(round(a, precision), transposed, round(b, precision), transposed, 0.3, Write::Overwrite, expected);
          const ProductPrecisionScope scope(precision);
          matmul(a, transposed, b, transposed, 0.3, Write::Overwrite, got);
          check_close(got, expected, 4);
        }
  CHECK(product_precision() == ProductPrecision::F32);
}

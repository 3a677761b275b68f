#pragma once

#include <bit>
#include <cstdint>

namespace seqrec::kernels {

/// What f32 matrix products make of their operands before they multiply them: nothing, or their nearest numbers with 11
/// (TF32) or 8 (bf16) binary digits, which tensor cores multiply many times faster. Sums are f32 in any case, and f64
/// products are exact.
enum class ProductPrecision : std::uint8_t { F32, Tf32, Bf16 };

/// F32 at first.
ProductPrecision product_precision();

/// Sets it for the whole process for as long as it lives, while no kernel runs: for cuBLAS on every device, and for all
/// products of the CPU's kernels, which round the operands and are slower for it: to see what a device would learn.
class ProductPrecisionScope {
 public:
  explicit ProductPrecisionScope(ProductPrecision precision);
  ~ProductPrecisionScope();
  ProductPrecisionScope(const ProductPrecisionScope&) = delete;
  ProductPrecisionScope& operator=(const ProductPrecisionScope&) = delete;

 private:
  ProductPrecision previous_;
};

/// The nearest number that the precision has, of two equally near ones the even one.
inline float rounded(float x, ProductPrecision precision) {
  constexpr int kDropped[] = {0, 13, 16};  // of an f32's 23 digits after the point
  const int dropped = kDropped[static_cast<int>(precision)];
  if (dropped == 0 || x - x != 0) return x;  // an infinity, a NaN
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t half = std::uint32_t{1} << (dropped - 1), odd = bits >> dropped & 1;
  return std::bit_cast<float>((bits + half - 1 + odd) >> dropped << dropped);
}

}  // namespace seqrec::kernels

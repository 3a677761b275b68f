#pragma once

#include <cstdint>
#include <vector>

/// Which of the instruction-set variants of kernels/cpu/simd runs. Chosen at the first use: the best one that the
/// processor has, or the one that the environment variable SEQREC_CPU names (base, avx2, avx512).
namespace seqrec::kernels::cpu {

/// Base: what every processor of the architecture has. Avx2: AVX2 and FMA. Avx512: F, DQ, BW and VL as well.
enum class Simd : std::uint8_t { Base, Avx2, Avx512 };

/// "base", "avx2", "avx512".
const char* name_of(Simd variant);

/// The variants that are built in and that this processor has, worst first.
const std::vector<Simd>& supported_simd();

/// The one that SEQREC_CPU's value (null or empty: the best) asks for of those supported; DeviceError if there is none.
Simd choose_simd(const char* wanted, const std::vector<Simd>& supported);

/// The variant in use. DeviceError if SEQREC_CPU names one that is unknown or that the processor doesn't have.
Simd simd_variant();
/// Its name, for reports.
const char* simd_variant_name();

/// Whether the processor multiplies and adds up four bytes at once, in vectors of the variant in use: AVX512_VNNI,
/// AVX-VNNI.
bool has_byte_products();

/// Forces a supported variant for as long as it lives, for the whole process: for tests and benchmarks, while no kernel
/// runs.
class SimdScope {
 public:
  explicit SimdScope(Simd variant);
  ~SimdScope();
  SimdScope(const SimdScope&) = delete;
  SimdScope& operator=(const SimdScope&) = delete;

 private:
  int previous_;
};

}  // namespace seqrec::kernels::cpu

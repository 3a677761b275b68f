#include "kernels/cpu/simd.h"

#include <string>

#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::kernels;
using cpu::Simd;

TEST_CASE("SEQREC_CPU chooses a variant; nothing chooses the best") {
  const std::vector<Simd> all{Simd::Base, Simd::Avx2, Simd::Avx512};
  CHECK(cpu::choose_simd(nullptr, all) == Simd::Avx512);
  CHECK(cpu::choose_simd("", {Simd::Base, Simd::Avx2}) == Simd::Avx2);
  CHECK(cpu::choose_simd("base", all) == Simd::Base);
  CHECK(cpu::choose_simd("avx2", all) == Simd::Avx2);
  CHECK(cpu::choose_simd("avx512", all) == Simd::Avx512);
}

TEST_CASE("SEQREC_CPU that is unknown or that the processor doesn't have is refused") {
  CHECK_THROWS_WITH_AS(cpu::choose_simd("sse9", {Simd::Base}), "SEQREC_CPU=sse9: expected base, avx2 or avx512",
                       DeviceError);
  CHECK_THROWS_WITH_AS(cpu::choose_simd("avx512", {Simd::Base, Simd::Avx2}),
                       "SEQREC_CPU=avx512: this processor doesn't have it, only up to avx2", DeviceError);
}

TEST_CASE("a scope forces a variant and gives the former one back") {
  const Simd before = cpu::simd_variant();
  {
    const cpu::SimdScope scope(Simd::Base);
    CHECK(cpu::simd_variant() == Simd::Base);
    CHECK(cpu::simd_variant_name() == std::string("base"));
  }
  CHECK(cpu::simd_variant() == before);
  CHECK(cpu::supported_simd().front() == Simd::Base);
}

TEST_CASE("no processor is said to add up products of bytes at once in the base variant") {
  const cpu::SimdScope scope(Simd::Base);
  CHECK_FALSE(cpu::has_byte_products());
}

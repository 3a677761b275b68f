#include "core/random.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace seqrec {

std::uint32_t Random::below(std::uint32_t n) {
  require<UsageError>(n >= 1, "[random] below(n) needs n >= 1");
  std::uint64_t product = std::uint64_t{bits()} * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t uneven = (0u - n) % n;  // 2^32 mod n: so many low parts would be drawn once too often
    while (static_cast<std::uint32_t>(product) < uneven) product = std::uint64_t{bits()} * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

double Random::uniform() {
  const std::uint64_t high = bits() >> 5;
  const std::uint64_t low = bits() >> 6;
  return static_cast<double>(high << 26 | low) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is in (0, 1]
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace seqrec

#include "core/crc32c.h"

#include <array>
#include <cstring>

#ifdef __x86_64__
#include <cpuid.h>
#include <nmmintrin.h>
#endif

namespace seqrec {
namespace {

/// tables[k][b]: what byte b changes once k more bytes came after it.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

Tables make_tables() {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli's, its bits from low to high
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 255];
  return tables;
}

std::uint64_t word_at(const std::byte* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

#ifdef __x86_64__
/// By the processor's own word: __builtin_cpu_supports, which asks for all that there is, takes 5 kB.
bool has_instruction() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::span<const std::byte> bytes, std::uint32_t crc) {
  const std::byte* next = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = static_cast<std::uint32_t>(~crc);
  for (; left >= 8; left -= 8, next += 8) state = _mm_crc32_u64(state, word_at(next));
  auto last = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++next) last = _mm_crc32_u8(last, static_cast<std::uint8_t>(*next));
  return ~last;
}
#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
#ifdef __x86_64__
  static const bool kHasInstruction = has_instruction();
  if (kHasInstruction) return by_instruction(bytes, crc);
#endif
  return crc32c_by_table(bytes, crc);
}

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t crc) {
  static const Tables kTables = make_tables();
  const std::byte* next = bytes.data();
  std::size_t left = bytes.size();
  crc = ~crc;
  for (; left >= 8; left -= 8, next += 8) {
    const std::uint64_t word = word_at(next) ^ crc;  // little-endian, as the files are
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> 8 * k & 255];
  }
  for (; left > 0; --left, ++next) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<std::uint32_t>(*next)) & 255];
  return ~crc;
}

}  // namespace seqrec

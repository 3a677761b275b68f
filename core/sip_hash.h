#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace seqrec {

/// SipHash (Aumasson, Bernstein 2012) with C rounds per word and D at the end: who doesn't know the key can't find
/// texts whose hashes collide more often than those of other texts.
template <int C, int D>
std::uint64_t sip_hash(const std::array<std::uint64_t, 2>& key, std::string_view text) {
  std::uint64_t a = key[0] ^ 0x736F6D6570736575, b = key[1] ^ 0x646F72616E646F6D;
  std::uint64_t c = key[0] ^ 0x6C7967656E657261, d = key[1] ^ 0x7465646279746573;
  const auto mix = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  };
  const auto take = [&](std::uint64_t word) {
    d ^= word;
    mix(C);
    a ^= word;
  };
  std::uint64_t last = std::uint64_t{text.size()} << 56;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    take(word);
  }
  for (std::size_t i = 0; i < text.size(); ++i) last |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  take(last);
  c ^= 0xFF;
  mix(D);
  return a ^ b ^ c ^ d;
}

}  // namespace seqrec

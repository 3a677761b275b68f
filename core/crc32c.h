#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace seqrec {

/// The CRC-32C (Castagnoli's polynomial) of bytes: whatever is wrong in up to three bits, or within 32 adjacent ones,
/// changes it. `crc` is that of the bytes before these, 0 for none.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);
inline std::uint32_t crc32c(std::string_view text, std::uint32_t crc = 0) {
  return crc32c(std::as_bytes(std::span(text.data(), text.size())), crc);
}

/// The same without the processor's instruction, some times slower: what the other is tested against.
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace seqrec

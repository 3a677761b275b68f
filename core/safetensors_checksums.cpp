#include "core/safetensors_checksums.h"

#include "core/crc32c.h"
#include "core/error.h"

namespace seqrec::checksums {
namespace {

std::string hexadecimal(std::uint32_t crc) {
  std::string digits(8, '0');
  for (std::size_t i = 0; i < 8; ++i) digits[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
  return digits;
}

}  // namespace

std::string of_tensor(std::string_view dtype, const Shape& shape, std::uint32_t crc) {
  return concat(dtype, " ", shape, " ", hexadecimal(crc));
}

std::string of_metadata(const std::map<std::string, std::string>& metadata) {
  constexpr std::string_view kEnd("\0", 1);
  std::uint32_t crc = 0;
  for (const auto& [key, value] : metadata)
    if (key != kMetadata)
      for (const std::string_view text : {std::string_view(key), kEnd, std::string_view(value), kEnd})
        crc = crc32c(text, crc);
  return hexadecimal(crc);
}

}  // namespace seqrec::checksums

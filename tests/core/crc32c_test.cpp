#include "core/crc32c.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("CRC-32C of the texts that its definitions give") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720, B.4
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
}

TEST_CASE("CRC-32C is the same with the processor's instruction as without, in one piece or two") {
  std::vector<std::byte> bytes(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i + 7);
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t size = 0; size < 40; ++size) {
      const auto part = std::span<const std::byte>(bytes).subspan(begin, size);
      CHECK(crc32c(part) == crc32c_by_table(part));
      CHECK(crc32c(part.subspan(size / 3), crc32c(part.first(size / 3))) == crc32c(part));
    }
}

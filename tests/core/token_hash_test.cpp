#include "core/token_hash.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "core/sip_hash.h"

using namespace seqrec;

TEST_CASE("SipHash-2-4 gives the paper's value") {
  const std::array<std::uint64_t, 2> key = {0x0706050403020100, 0x0F0E0D0C0B0A0908};
  std::string text;
  CHECK(sip_hash<2, 4>(key, text) == 0x726FDB47DD0E0E31);
  for (char c = 0; c < 15; ++c) text += c;
  CHECK(sip_hash<2, 4>(key, text) == 0xA129CA6149BE45E5);
}

TEST_CASE("the hash of a token depends on all of it, and on the key") {
  std::set<std::uint64_t> hashes;
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string text(length, 'x');
    hashes.insert(token_hash(text));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = text;
      other[i] = 'y';
      hashes.insert(token_hash(other));
    }
  }
  CHECK(hashes.size() == 40 + 39 * 40 / 2);
  CHECK(token_hash("abc") == token_hash("abc"));
  CHECK(sip_hash<1, 3>({1, 2}, "abc") != sip_hash<1, 3>({1, 3}, "abc"));
}

#include "core/token_hash.h"

#include <array>
#include <chrono>

#ifdef __EMSCRIPTEN__
#include <unistd.h>
#else
#include <sys/random.h>
#endif

#include "core/sip_hash.h"

namespace seqrec {
namespace {

using HashKey = std::array<std::uint64_t, 2>;

bool fill_by_system(HashKey& key) {
#ifdef __EMSCRIPTEN__
  return ::getentropy(key.data(), sizeof key) == 0;
#else
  return ::getrandom(key.data(), sizeof key, GRND_NONBLOCK) == sizeof key;
#endif
}

HashKey random_key() {
  HashKey key;
  if (fill_by_system(key)) return key;
  // Where the system gives none (early at boot, in a sandbox): what a file's author doesn't know either.
  key[0] = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  key[1] = reinterpret_cast<std::uintptr_t>(&key);
  return key;
}

}  // namespace

std::uint64_t token_hash(std::string_view token) {
  static const HashKey key = random_key();
  return sip_hash<1, 3>(key, token);
}

}  // namespace seqrec

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/json.h"

/// Whatever the bytes: a value that survives a round trip, or a FormatError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using seqrec::Json;
  try {
    const Json value = Json::parse({reinterpret_cast<const char*>(data), size});
    if (Json::parse(value.dump()) != value || Json::parse(value.dump(2)) != value) std::abort();
  } catch (const seqrec::FormatError&) {
    return 0;
  }
  return 0;
}

#include "infer/c/given.h"

#include <algorithm>
#include <limits>

namespace seqrec::c {

void check_not_null(const void* pointer, const char* name) {
  require<UsageError>(pointer != nullptr, name, " must not be NULL");
}

void check_count(std::int64_t n, const char* name) {
  require<UsageError>(n >= 0, name, " must not be negative, got ", n);
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  require<UsageError>(n <= kMost, name, " must be at most ", kMost, ", got ", n);
}

void check_enumerator(std::int32_t value, std::int32_t last, const char* name) {
  require<UsageError>(value >= 0 && value <= last, name, " must be from 0 to ", last, ", got ", value);
}

void check_struct(const void* given, std::size_t known, const char* name) {
  constexpr std::size_t kMost = 4096;  // so that a size that was never set isn't believed
  const auto size = *static_cast<const std::size_t*>(given);
  require<UsageError>(size >= known && size <= kMost, name, ".size is ", size, ", expected ", known,
                      ": begin with its SEQREC_..._INIT");
  const auto* bytes = static_cast<const char*>(given);
  const bool understood = std::all_of(bytes + known, bytes + size, [](char byte) { return byte == 0; });
  require<UsageError>(understood, name, " sets what this library doesn't know: it knows the first ", known, " of its ",
                      size, " bytes");
}

}  // namespace seqrec::c

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "data/atomic_file.h"

/// Whatever the bytes: a table whose columns fit together, or a DataError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seqrec::data;
  AtomicFormat format;
  format.exact = "timestamp";
  // The first byte chooses the format.
  if (size > 0 && data[0] % 4 == 1) format.field_separator = ",";
  if (size > 0 && data[0] % 4 == 2) format.pandas_missing = true;
  if (size > 0 && data[0] % 4 == 3) format.field_separator = "::";
  const std::string_view text(reinterpret_cast<const char*>(data) + (size > 0), size - (size > 0));
  try {
    const AtomicTable table = parse_atomic(text, "fuzz.inter", format);
    for (const AtomicColumn& column : table.columns) {
      const bool sequence = seqrec::is_sequence(column.type);
      const bool token = seqrec::is_token(column.type);
      const std::size_t values = token ? column.tokens.size() : column.floats.size();
      const auto rows = static_cast<std::size_t>(table.rows);
      if (!sequence && values != rows) std::abort();
      if (sequence && (column.offsets.size() != rows + 1 || static_cast<std::size_t>(column.offsets.back()) != values))
        std::abort();
      if (!column.integers.empty() && column.integers.size() != rows) std::abort();
    }
  } catch (const seqrec::DataError&) {
    return 0;
  }
  return 0;
}

#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "memory_file.h"
#include "train/corrected.h"
#include "train/row_results.h"

namespace {

using namespace seqrec;
using train::RowResults;

RowResults load(std::string_view bytes) {
  return RowResults::load(SafetensorsReader(std::as_bytes(std::span(bytes)), "fuzz"));
}

std::string saved(const RowResults& rows) {
  static MemoryFile file;
  file.set("");
  rows.save(file.path());
  return file.get();
}

}  // namespace

/// Whatever the bytes: rows that are the same when they were saved, and of which the metrics can be made that they were
/// made for, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RowResults rows;
  try {
    rows = load({reinterpret_cast<const char*>(data), size});
  } catch (const FormatError&) {
    return 0;
  }
  const std::string bytes = saved(rows);
  const RowResults again = load(bytes);
  if (saved(again) != bytes) std::abort();
  try {
    train::row_metrics(rows, rows.choice);
    train::corrected_metrics(rows, rows.choice);
  } catch (const DataError&) {
    return 0;
  }
  return 0;
}

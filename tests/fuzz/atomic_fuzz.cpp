#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "data/atomic_file.h"

namespace {

using namespace seqrec::data;

/// A field as pandas quotes it.
std::string with_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// The file that a table of tokens is of, every field quoted; empty if there are numbers.
std::string rewritten(const AtomicTable& table, const AtomicFormat& format) {
  std::string out;
  for (const AtomicColumn& column : table.columns) {
    if (!seqrec::is_token(column.type)) return "";
    out += (out.empty() ? "" : format.field_separator) + with_quotes(column.name + ":" + seqrec::name_of(column.type));
  }
  for (std::int64_t row = 0; row < table.rows; ++row) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const AtomicColumn& column = table.columns[c];
      std::string text;
      const std::int64_t begin = column.offsets.empty() ? row : column.offsets[row],
                         end = column.offsets.empty() ? row + 1 : column.offsets[row + 1];
      for (std::int64_t i = begin; i < end; ++i)
        text += (i == begin ? "" : format.seq_separator) + std::string(column.tokens[i]);
      out += (c == 0 ? "\n" : format.field_separator) + with_quotes(text);
    }
  }
  return out;
}

void check_same(const AtomicTable& a, const AtomicTable& b) {
  if (a.rows != b.rows || a.columns.size() != b.columns.size()) std::abort();
  for (std::size_t c = 0; c < a.columns.size(); ++c)
    if (a.columns[c].name != b.columns[c].name || a.columns[c].tokens != b.columns[c].tokens ||
        a.columns[c].offsets != b.columns[c].offsets)
      std::abort();
}

}  // namespace

/// Whatever the bytes: a table whose columns fit together, or a DataError. Quotes change nothing where there are none,
/// and tokens are the same when all of them were quoted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  AtomicFormat format;
  format.exact = "timestamp";
  // The first byte chooses the format.
  format.quotes = size > 0 && data[0] < 128;
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
    if (format.quotes)
      if (const std::string again = rewritten(table, format); !again.empty())
        check_same(table, parse_atomic(again, "quoted.inter", format));
    if (text.find('"') == text.npos) {
      format.quotes = !format.quotes;
      check_same(table, parse_atomic(text, "fuzz.inter", format));
    }
  } catch (const seqrec::DataError&) {
    return 0;
  }
  return 0;
}

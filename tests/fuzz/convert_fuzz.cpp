#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "data/atomic_file.h"
#include "data/convert.h"
#include "memory_file.h"

namespace {

using namespace seqrec::data;

void check(bool ok) {
  if (!ok) std::abort();
}

const std::vector<std::vector<std::string>> kColumns = {{"user_id", "item_id", "timestamp"},
                                                        {"item_id"},
                                                        {"item_id=2", "user_id=1"},
                                                        {"user_id=a", "item_id=b", "tags=c:token_seq"},
                                                        {"price"},
                                                        {"vector=a:float_seq", "rating=b"},
                                                        {"a", "b", "timestamp=1"}};

/// Names and types, and how to convert the atomic file again.
std::vector<std::string> columns_again(const AtomicTable& table) {
  std::vector<std::string> out;
  for (const AtomicField& field : table.fields) {
    const std::string type = seqrec::name_of(field.type);
    out.push_back(field.name + "=" + field.name + ":" + type + ":" + type);
  }
  return out;
}

}  // namespace

/// Whatever the bytes: an atomic file of as many rows, whose reader finds nothing wrong, and which converts to itself;
/// or an error, and nothing is written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  static MemoryFile in, out;
  // The first bytes choose the request.
  constexpr const char* kSeparators[] = {"", "", "\\t", ",", "::", "ab"};
  ConvertRequest request;
  request.input = in.path();
  request.out = out.path();
  request.layout = static_cast<ConvertRequest::Layout>(data[0] % 4);
  if (request.layout != ConvertRequest::Layout::Sessions) request.columns = kColumns[data[1] % kColumns.size()];
  request.separator = kSeparators[data[2] % std::size(kSeparators)];
  if (data[2] >= 192) request.header = data[2] % 2 == 0;
  in.set({reinterpret_cast<const char*>(data) + 3, size - 3});
  out.set("");
  ConvertResult result;
  try {
    result = convert(request);
  } catch (const seqrec::DataError&) {
    check(out.get().empty());
    return 0;
  }
  const std::string text = out.get();
  const AtomicTable table = parse_atomic(text, "fuzz.inter", {.exact = "timestamp"});
  check(table.rows == result.rows);
  check(table.fields.size() == (request.columns.empty() ? 3 : request.columns.size()));

  ConvertRequest again = request;
  again.layout = ConvertRequest::Layout::Delimited;
  again.columns = columns_again(table);
  again.separator = "\\t";
  again.header = true;
  in.set(text);
  out.set("");
  check(convert(again).rows == result.rows);
  check(out.get() == text);
  return 0;
}

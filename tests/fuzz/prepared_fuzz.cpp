#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/error.h"
#include "data/prepared_file.h"
#include "data/statistics.h"

namespace {

using namespace seqrec;
using namespace seqrec::data;

/// Looks at all that a run does: a number that is out of place is seen by the sanitizer.
void look_at(Prepared prepared) {
  static const Config config;
  const auto histories = static_cast<std::int32_t>(prepared.history_users.size());
  try {
    const Dataset dataset = make_dataset(std::move(prepared), config, {.labels = true});
    if (dataset.histories() != histories) std::abort();
    statistics(dataset);
    for (const auto* rows : {&dataset.train, &dataset.valid, &dataset.test})
      for (const Row row : *rows)
        if (dataset.user(row) <= 0 || dataset.target(row) <= 0 || std::ssize(dataset.before(row)) != row.position)
          std::abort();
  } catch (const DataError&) {  // no training row, labels that aren't there
  }
}

}  // namespace

/// Whatever the bytes: data that can be split, also under a model's vocabularies, or a FormatError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    Prepared prepared = parse_prepared(bytes, "fuzz", nullptr);
    look_at(prepared);
    Vocabulary users, items;
    users.add("u1");
    items.add("b");
    renumber_by(prepared, users, items);
  } catch (const FormatError&) {
    return 0;
  }
  return 0;
}

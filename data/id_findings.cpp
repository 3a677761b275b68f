// What the report says of ids as such.
#include <utility>

#include "core/utf8.h"
#include "data/findings.h"

namespace seqrec::data {
namespace {

bool is_padded(std::string_view token) { return token.starts_with(' ') || token.ends_with(' '); }

bool is_foreign(std::string_view token) {
  while (!token.empty()) {
    const std::size_t length = utf8_length(token);
    if (length == 0) return true;
    token.remove_prefix(length);
  }
  return false;
}

void find_odd_ids(DataReport& report, const IdSpace& space, const std::string& field) {
  const auto find = [&](const char* kind, bool (*is_odd)(std::string_view), const char* one, const char* several,
                        const char* remedy) {
    std::int64_t count = 0;
    std::int32_t example = 0;
    for (std::int32_t id = 1; id < space.tokens.size(); ++id)
      if (is_odd(space.tokens.token(id)) && count++ == 0) example = id;
    if (count > 0)
      report.find(kind, count, space.tokens.size() - 1,
                  concat(field, ": ", count, " of ", counted(space.tokens.size() - 1, "token"), " ",
                         count == 1 ? one : several, ", such as ", in_quotes(space.tokens.token(example)), remedy));
  };
  find("padded_ids", is_padded, "begins or ends with a space", "begin or end with a space",
       "; it is part of the name, and others are the same without it");
  find("foreign_ids", is_foreign, "is not UTF-8", "are not UTF-8",
       "; a name in another encoding is another name: iconv -f LATIN1 -t UTF-8 OLD > NEW");
}

void find_repeated_rows(DataReport& report, const AtomicTable& table, std::span<const std::int32_t> ids,
                        const IdSpace& space) {
  std::vector<char> seen(space.tokens.size());
  std::int64_t repeated = 0, missing = 0;
  std::int32_t example = 0;
  for (const std::int32_t id : ids) {
    if (id == 0)
      ++missing;
    else if (std::exchange(seen[id], 1) && repeated++ == 0)
      example = id;
  }
  if (repeated > 0)
    report.find("repeated_rows", repeated, std::ssize(ids),
                concat(table.file, ": ", repeated, " of ", counted(std::ssize(ids), "row"), " ",
                       repeated == 1 ? "repeats" : "repeat", " an id, such as ", in_quotes(space.tokens.token(example)),
                       "; the first row of each counts"));
  if (missing > 0)
    report.find("rows_without_id", missing, std::ssize(ids),
                concat(table.file, ": ", missing, " of ", counted(std::ssize(ids), "row"), " ",
                       missing == 1 ? "lacks" : "lack", " an id and ", is_or_are(missing), " left out"));
}

}  // namespace

void find_odd_ids(DataReport& report, const Raw& raw, const Config& config) {
  find_odd_ids(report, raw.users, config.get_string("USER_ID_FIELD"));
  find_odd_ids(report, raw.items, config.get_string("ITEM_ID_FIELD"));
}

void find_repeated_rows(DataReport& report, const Raw& raw) {
  if (raw.user) find_repeated_rows(report, *raw.user, raw.user_ids, raw.users);
  if (raw.item) find_repeated_rows(report, *raw.item, raw.item_ids, raw.items);
}

}  // namespace seqrec::data

#include "train/strata.h"

#include <algorithm>

#include "core/error.h"

namespace seqrec::train {
namespace {

/// The groups in up to three parts of about the same size by a number each has: "NAME 1 to 20SUFFIX".
void add_thirds(std::vector<RowStratum>& out, const std::vector<std::size_t>& groups,
                const std::vector<std::int32_t>& number, const char* name, const char* suffix) {
  if (groups.empty()) return;
  std::vector<std::int32_t> sorted;
  for (const std::size_t group : groups) sorted.push_back(number[group]);
  std::sort(sorted.begin(), sorted.end());
  std::int32_t from = sorted.front();
  for (const std::size_t third : {1, 2, 3}) {
    const std::int32_t to = sorted[(sorted.size() * third + 2) / 3 - 1];
    if (to < from) continue;
    RowStratum& stratum = out.emplace_back();
    for (const std::size_t group : groups)
      if (number[group] >= from && number[group] <= to) stratum.groups.push_back(group);
    const std::int32_t first = *std::lower_bound(sorted.begin(), sorted.end(), from);
    stratum.name = first == to ? concat(name, first, suffix) : concat(name, first, " to ", to, suffix);
    from = to + 1;
  }
}

}  // namespace

std::vector<RowStratum> strata_of(const RowResults& rows) {
  const auto groups = static_cast<std::size_t>(rows.groups());
  std::vector<std::int32_t> length(groups), popularity(groups);
  std::vector<RowStratum> out{{"all rows", {}}};
  std::vector<std::size_t> cold, known;
  for (std::size_t row = 0; row < rows.group.size(); ++row) {
    if (row > 0 && rows.group[row] == rows.group[row - 1]) continue;
    const auto group = static_cast<std::size_t>(rows.group[row]);
    length[group] = rows.history_length[row];
    popularity[group] = rows.popularity[row];
    out[0].groups.push_back(group);
    (popularity[group] == 0 ? cold : known).push_back(group);
  }
  const std::vector<std::size_t> all = out[0].groups;
  add_thirds(out, all, length, "history of ", "");
  if (!cold.empty()) out.push_back({"target never seen (cold)", cold});
  add_thirds(out, known, popularity, "target seen ", " times");
  return out;
}

}  // namespace seqrec::train

#pragma once

#include <span>
#include <vector>

#include "core/windows.h"
#include "kernels/cpu/ranges.h"

/// Loops over windows, and over what windows and ids point at. Sums into the rows of a table need no atomics: the
/// places of equal ids are collected (Index::groups), and each row is made by one thread.
namespace seqrec::kernels::cpu {

/// The places [offsets[i], offsets[i + 1]).
inline std::span<const std::int32_t> places_of(std::span<const std::int32_t> offsets,
                                               std::span<const std::int32_t> places, std::int64_t i) {
  const auto at = static_cast<std::size_t>(i);
  return places.subspan(offsets[at], offsets[at + 1] - offsets[at]);
}

inline std::span<const std::int32_t> places_of(const Groups& groups, std::int64_t group) {
  return places_of(groups.offsets, groups.order, group);
}

/// Places of a group, on average and rounded up.
inline std::int64_t per_group(std::int64_t places, std::int64_t groups) {
  return groups == 0 ? 1 : std::max<std::int64_t>(1, (places + groups - 1) / groups);
}

/// Calls each(window, its first value, its first entry, its length) for every window, in parallel; an entry costs as
/// much as reading and writing `cost` elements.
template <class F>
void for_windows(const Windows& windows, std::int64_t cost, F&& each) {
  const auto begins = windows.begin(), offsets = windows.offsets();
  for_rows(windows.size(), cost * per_group(windows.entries(), windows.size()), [&](std::int64_t w) {
    const std::int64_t entry = offsets[w], end = offsets[w + 1];
    each(w, std::int64_t{begins[w]}, entry, end - entry);
  });
}

/// Calls each(value, the windows that hold it) for every value, in parallel.
template <class F>
void for_values(const Windows& windows, std::int64_t cost, F&& each) {
  const auto offsets = windows.value_offsets().host(), holders = windows.value_windows().host();
  for_rows(windows.values(), cost * per_group(windows.entries(), windows.values()),
           [&](std::int64_t v) { each(v, places_of(offsets, holders, v)); });
}

/// Calls each(row, places that the groups hold for it) for every row of [begin, end); many have none.
template <class F>
void group_rows(const Groups& groups, std::int64_t begin, std::int64_t end, F&& each) {
  auto g = std::lower_bound(groups.ids.begin(), groups.ids.end(), begin) - groups.ids.begin();
  for (std::int64_t r = begin; r < end; ++r) {
    const bool named = g < std::ssize(groups.ids) && groups.ids[g] == r;
    each(r, named ? places_of(groups, g++) : std::span<const std::int32_t>());
  }
}

/// Calls each(row, places where ids names it) for every row of a table [rows, width], in parallel.
template <class F>
void for_table_rows(const Index& ids, std::int64_t rows, std::int64_t width, F&& each) {
  const Groups& groups = ids.groups();
  for_ranges(rows, row_grain(width * per_group(ids.size(), rows)),
             [&](std::int64_t begin, std::int64_t end) { group_rows(groups, begin, end, each); });
}

inline std::int64_t entry_of(const Windows& windows, std::int32_t window, std::int64_t value) {
  const auto w = static_cast<std::size_t>(window);
  return windows.offsets()[w] + value - windows.begin()[w];
}

/// The same for the entries of windows whose values stand for rows of the table: calls each(row, its entries), by value
/// and in order.
template <class F>
void for_table_entries(const Index& value_rows, const Windows& windows, std::int64_t rows, std::int64_t width,
                       F&& each) {
  if (windows.is_adjacent()) return for_table_rows(value_rows, rows, width, each);
  const Groups& groups = value_rows.groups();
  const auto offsets = windows.value_offsets().host(), holders = windows.value_windows().host();
  const std::int64_t cost = width * per_group(windows.entries(), windows.values());
  for_ranges(rows, row_grain(cost * per_group(value_rows.size(), rows)), [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> entries;
    group_rows(groups, begin, end, [&](std::int64_t r, std::span<const std::int32_t> values) {
      entries.clear();
      for (const std::int32_t v : values)
        for (const std::int32_t w : places_of(offsets, holders, v))
          entries.push_back(static_cast<std::int32_t>(entry_of(windows, w, v)));
      each(r, std::span<const std::int32_t>(entries));
    });
  });
}

}  // namespace seqrec::kernels::cpu

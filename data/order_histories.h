#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "data/prepared.h"
#include "data/raw.h"
#include "data/timeline.h"

namespace seqrec::data {

/// What is known of the rows of .inter. All ids are final.
struct Interactions {
  const Raw& raw;
  const Timeline& times;
  std::span<const float> labels;  ///< [rows], or none

  std::int32_t user(std::int32_t row) const { return raw.users.number_of[raw.inter_users[row]]; }
  std::int32_t item(std::int32_t row) const { return raw.items.number_of[raw.inter_items[row]]; }
  std::int64_t time(std::int32_t row) const { return times.key(row); }
  bool has_parts() const { return !raw.part_ends.empty(); }
  std::uint8_t part(std::int32_t row) const {
    return static_cast<std::uint8_t>(std::ranges::upper_bound(raw.part_ends, row) - raw.part_ends.begin());
  }
};

/// Fills in the histories: one per user with interactions, by id, each in order of time, of equal times that of the
/// rows that are left. In memory, by a counting sort, or by a sort on the disk in as much memory as the SpillScope
/// says: the same.
void order_in_memory(Prepared& out, const Interactions& interactions);
void order_on_disk(Prepared& out, const Interactions& interactions);

}  // namespace seqrec::data

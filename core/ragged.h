#pragma once

#include "core/windows.h"

namespace seqrec {

/// Lists of ids, one per row and of any lengths: row r has the `ids` that its window holds. Lists may share ids.
struct Ragged {
  Windows rows;  ///< over the ids
  Index ids;

  template <class F>
  void for_each(F f) const {
    f(rows), f(ids);
  }
  /// Whether there are no rows: where lists may be left out, they are.
  bool empty() const { return rows.size() == 0; }
  std::span<const std::int32_t> operator[](std::int64_t r) const {
    return ids.host().subspan(rows.begin()[r], rows.length(r));
  }
};

}  // namespace seqrec

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/index.h"
#include "core/window_runs.h"

namespace seqrec {

/// Windows [begin, end) over the rows of a shared values tensor, one per training row. Windows may overlap (the
/// prefixes of one history are windows over the same values) and may be empty. Immutable; a handle, cheap to copy,
/// which several threads may use.
///
/// The *entries* of a Windows are the (window, value) pairs, window by window: entry `offsets[w] + i` is value
/// `begin[w] + i`. Tensors "by entry" (attention weights) have shape [entries, ...].
class Windows {
 public:
  Windows();
  /// ShapeError unless 0 <= begin[w] <= end[w] <= values.
  Windows(std::vector<std::int32_t> begin, std::vector<std::int32_t> end, std::int64_t values);
  /// Adjacent windows [offsets[w], offsets[w + 1]): a CSR. Entries and values are the same.
  static Windows adjacent(std::vector<std::int32_t> offsets);

  std::int64_t size() const;     ///< number of windows
  std::int64_t values() const;   ///< number of rows of the values tensor
  std::int64_t entries() const;  ///< sum of the lengths
  std::span<const std::int32_t> begin() const;
  std::span<const std::int32_t> end() const;
  std::span<const std::int32_t> offsets() const;  ///< [size + 1], of the entries
  std::int32_t length(std::int64_t w) const { return end()[w] - begin()[w]; }
  std::int32_t max_length() const;
  /// Whether entries and values are the same: each window begins where the one before it ends.
  bool is_adjacent() const;

  /// The same windows, each cut to its last `length` values (what RecBole's MAX_ITEM_LIST_LENGTH does).
  Windows keep_last(std::int64_t length) const;
  /// The windows numbered `which`, in that order, over the same values. ShapeError for a number that none has.
  Windows select(std::span<const std::int32_t> which) const;
  /// The same windows over tensors by entry: adjacent, window w is [offsets[w], offsets[w + 1]). Made once.
  Windows over_entries() const;

  /// For every entry its value, and its window: gather with them to go from values or rows to entries. Computed once.
  const Index& entry_values() const;
  const Index& entry_windows() const;

  /// Where value v stands for the id value_ids[v]: that of every entry. The same Index where windows are adjacent.
  Index entry_ids(const Index& value_ids) const;

  /// For every value the windows that hold it, in order: value_windows[i] for i in [value_offsets[v], value_offsets[v +
  /// 1]). The entry of window w and value v is offsets[w] + v - begin[w]. Computed once.
  const Index& value_offsets() const;  ///< [values + 1]
  const Index& value_windows() const;  ///< [entries]

  /// The windows by falling length, of equal ones the first first: what walks windows side by side takes neighbours,
  /// and those that have a step left are the first. Computed once.
  const Index& by_length() const;
  /// How many windows are longer than `length`: so many come first in by_length().
  std::int64_t longer_than(std::int64_t length) const;

  /// Neighbouring windows that begin together, collected. Computed once.
  const WindowRuns& runs() const;
  /// On a device; uploaded at the first call per device, all at once.
  DeviceWindowRuns runs_on(Device device) const;

  /// For every value the farthest end of the windows that begin at it or before: [v, v + n) lies in one window where
  /// v + n <= reach[v]. Computed once.
  const Index& reach() const;  ///< [values]

  /// i32 [size] begins, i32 [size] ends and i32 [size + 1] offsets on a device, uploaded once.
  Tensor begin_on(Device device) const;
  Tensor end_on(Device device) const;
  Tensor offsets_on(Device device) const;

  /// What was made of them so far: of each list that they have or may have flags (Index::uses, and kMade), those of
  /// over_entries() behind the others, last whether runs() are there.
  static constexpr std::size_t kLists = 10;
  using Uses = std::array<std::uint8_t, 2 * kLists + 1>;
  Uses uses() const;
  /// Makes what flags say and isn't there (Index::make).
  void make(const Uses& uses, Upload& upload) const;

 private:
  struct State;
  enum List : std::size_t;
  const Index& list(List list) const;

  std::shared_ptr<State> state_;
};

}  // namespace seqrec

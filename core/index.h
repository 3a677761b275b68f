#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

/// The equal ids of an Index, collected: `ids` ascending without repeats; the places where ids[g] stands are
/// order[offsets[g]] .. order[offsets[g + 1]), ascending. `group_of[place]` is g.
struct Groups {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> offsets;
  std::vector<std::int32_t> order;
  std::vector<std::int32_t> group_of;
};

/// Groups on a device: i32 tensors. `group_of` stays behind; `starts` is its part that those need who cut `order` into
/// segments: the group of each segment's first place.
struct DeviceGroups {
  static constexpr std::int64_t kSegment = 32;
  Tensor ids, offsets, order, starts;
};

/// Integer ids (rows of a table), made on the host and immutable. Whatever they decide (how many differ, who is equal)
/// is host metadata that travels with them; a device's copy is made once. A handle, cheap to copy. Several threads may
/// use one.
class Index {
 public:
  Index();
  explicit Index(std::vector<std::int32_t> ids);
  /// 0, 1, ..., n - 1. ShapeError unless n counts in 31 bits.
  static Index range(std::int64_t n);

  std::int64_t size() const;
  std::span<const std::int32_t> host() const;
  std::int32_t operator[](std::int64_t place) const { return host()[place]; }
  /// One more than the largest id, 0 if there is none. Negative ids are refused at construction (ShapeError).
  std::int64_t bound() const;
  /// Equal ids collected; computed at the first call, in O(size + bound) or O(size log size).
  const Groups& groups() const;
  /// The groups on a device; uploaded at the first call per device, all at once.
  DeviceGroups groups_on(Device device) const;
  /// i32 [size]; uploaded at the first call per device, without a copy on the CPU.
  Tensor on(Device device) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace seqrec

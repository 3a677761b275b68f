#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

class Upload;

/// The equal ids of an Index, collected: `ids` ascending without repeats; the places where ids[g] stands are
/// order[offsets[g]] .. order[offsets[g + 1]), ascending. `group_of[place]` is g; `starts` is what of it those need who
/// cut `order` into segments: the group of each segment's first place.
struct Groups {
  static constexpr std::size_t kSegment = 8;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> offsets;
  std::vector<std::int32_t> order;
  std::vector<std::int32_t> group_of;
  std::vector<std::int32_t> starts;
};

/// Groups on a device: i32 tensors. `group_of` stays behind.
struct DeviceGroups {
  static constexpr std::int64_t kSegment = Groups::kSegment;
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
  /// The different ids, ascending. On a device they are those of the groups there.
  Index distinct() const;
  /// The groups on a device; uploaded at the first call per device, all at once.
  DeviceGroups groups_on(Device device) const;
  /// i32 [size]; uploaded at the first call per device, without a copy on the CPU.
  Tensor on(Device device) const;

  /// What was made of it so far, as flags: by groups() and on a device, by on() and groups_on().
  enum Use : std::uint8_t { kGrouped = 1, kUploaded = 2, kGroupsUploaded = 4 };
  std::uint8_t uses() const;
  /// Makes what flags say and isn't there, with `upload`'s next sending; its device is no CPU where they say so.
  void make(std::uint8_t uses, Upload& upload) const;

 private:
  struct State;
  static Index of(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace seqrec

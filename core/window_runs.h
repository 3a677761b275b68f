#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

/// Neighbouring windows [first, last) that all begin at value `begin`, none of them empty, and reach up to `end` at
/// most.
struct WindowRun {
  std::int32_t first, last, begin, end;
};

/// The runs of a Windows on a device (Windows::runs_on): i32 tensors.
struct DeviceWindowRuns {
  Tensor runs;  ///< [runs, 4] first, last, begin, end
  /// [tiles, 2] of values kRunTile t and those behind it: they may be in runs [from, to) and are in no other.
  Tensor tiles;
};

/// Values that share an entry of DeviceWindowRuns::tiles.
inline constexpr std::int32_t kRunTile = 8;

/// Windows by runs: what their windows look at is at hand for all of a run. Empty windows are in none.
class WindowRuns {
 public:
  WindowRuns() = default;
  WindowRuns(std::span<const std::int32_t> begin, std::span<const std::int32_t> end);

  /// By their begins; those that begin together by their first windows.
  const std::vector<WindowRun>& all() const { return runs_; }
  /// Runs [parts[p], parts[p + 1]) share no value with those of another part.
  const std::vector<std::int32_t>& parts() const { return parts_; }
  std::int32_t longest() const { return longest_; }  ///< values of a run
  std::int32_t largest() const { return largest_; }  ///< windows of a run
  std::int64_t windows() const { return windows_; }  ///< of all runs
  /// What goes up for windows over so many values: all of DeviceWindowRuns::runs, then of its tiles.
  std::vector<std::int32_t> table(std::int64_t values) const;

 private:
  std::vector<WindowRun> runs_;
  std::vector<std::int32_t> parts_;
  std::int32_t longest_ = 0, largest_ = 0;
  std::int64_t windows_ = 0;
};

}  // namespace seqrec

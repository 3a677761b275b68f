#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.h"

namespace seqrec::train {

/// The losses of steps, until the host reads them. On the CPU that is at every step. On a device the host would have to
/// wait for each: there they stay, and come over together once `full`.
class StepLosses {
 public:
  /// A loss is a scalar.
  void add(const Tensor& loss);
  bool full() const { return count_ == (kept_.device() == kCpu ? 1 : kMost); }
  std::int64_t size() const { return count_; }
  /// Those that were added since the last call, in order. Waits for the device.
  std::vector<double> take();

  static constexpr std::int64_t kMost = 64;

 private:
  Tensor kept_;  // [kMost]
  std::int64_t count_ = 0;
};

}  // namespace seqrec::train

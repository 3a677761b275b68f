#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

class Upload;

/// Real numbers (labels, weights), made on the host and immutable; a copy of each dtype, on each device, is made once.
/// A handle, cheap to copy. Several threads may use one.
class Numbers {
 public:
  Numbers() : Numbers(std::vector<double>()) {}
  explicit Numbers(std::vector<double> values);

  std::int64_t size() const;
  std::span<const double> host() const;
  /// [size], f32 or f64; made at the first call.
  Tensor on(DType dtype, Device device) const;

  /// The dtypes that it was asked for, as flags, and what makes them with `upload`'s next sending (Index::make).
  enum Use : std::uint8_t { kF32 = 1, kF64 = 2 };
  std::uint8_t uses() const;
  void make(std::uint8_t uses, Upload& upload) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace seqrec

#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "tests/kernels/parity.h"

/// Inputs of the scoring kernels' tests.
namespace seqrec::kernels {

/// Up to 20 classes a row, some of them twice.
inline Ragged some_excluded(std::int64_t rows, std::int64_t classes, std::uint64_t part) {
  Random random(random_stream(9, Purpose::Test, part));
  std::vector<std::int32_t> offsets{0}, ids;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::uint32_t n = random.below(21); n > 0; --n)
      ids.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(classes))));
    offsets.push_back(static_cast<std::int32_t>(ids.size()));
  }
  return {Windows::adjacent(std::move(offsets)), Index(std::move(ids))};
}

}  // namespace seqrec::kernels

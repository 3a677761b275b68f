#pragma once

#include <cstdint>

namespace seqrec::data {

enum class Split : std::uint8_t { Train, Valid, Test };

/// "train", "valid", "test".
constexpr const char* name_of(Split split) {
  constexpr const char* kNames[] = {"train", "valid", "test"};
  return kNames[static_cast<int>(split)];
}

}  // namespace seqrec::data

#pragma once

#include <cstdint>
#include <string>

#include "data/config.h"

namespace seqrec::train {

/// What each step of a run over a large catalogue costs because of its size, and the key that spares it; empty if
/// steps cost what their rows touch, or the catalogue is not large (from kLargeCatalogue items on).
std::string growth_notice(const data::Config& config, std::int64_t items);

inline constexpr std::int64_t kLargeCatalogue = 200'000;

}  // namespace seqrec::train

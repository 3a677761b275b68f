#pragma once

#include <cstdint>

#include "tests/cuda_ptx/kernel.h"

/// What the threads of a warp or of a block do together.
namespace cuda_ptx {

std::uint32_t lane_number();
std::uint32_t warp_number();

void block_barrier(const Site& site);
std::uint32_t block_popc(const Site& site, bool predicate);
bool block_and(const Site& site, bool predicate);
bool block_or(const Site& site, bool predicate);
void warp_barrier(std::uint32_t mask);

/// The lanes of the warp that didn't leave.
std::uint32_t active_mask();
std::uint32_t vote_ballot(bool predicate, std::uint32_t mask);
bool vote_any(bool predicate, std::uint32_t mask);
bool vote_all(bool predicate, std::uint32_t mask);

/// `valid`: the lane asked for is within bounds; else the value is the caller's own.
struct Shuffled {
  std::uint32_t value;
  bool valid;
};
// `bounds`: the last lane of a group in bits 0 to 4, and in bits 8 to 12 those of a lane's number that name its group.
Shuffled shuffle_up(std::uint32_t value, std::uint32_t by, std::uint32_t bounds, std::uint32_t mask);
Shuffled shuffle_down(std::uint32_t value, std::uint32_t by, std::uint32_t bounds, std::uint32_t mask);
Shuffled shuffle_bfly(std::uint32_t value, std::uint32_t bits, std::uint32_t bounds, std::uint32_t mask);
Shuffled shuffle_idx(std::uint32_t value, std::uint32_t lane, std::uint32_t bounds, std::uint32_t mask);

}  // namespace cuda_ptx

#include "tests/cuda_ptx/threads.h"

#include <cuda_runtime.h>

#include "tests/cuda_sim/scheduler.h"

extern uint3 threadIdx;
extern dim3 blockDim;

namespace cuda_ptx {
namespace {

cuda_sim::Votes stand_at(const Site& site, bool predicate) {
  return cuda_sim::block_barrier({site.file, site.line}, predicate);
}

std::uint32_t ballot(const char* operation, bool predicate, std::uint32_t mask) {
  cuda_sim::WarpExchange request{operation, mask};
  request.predicate = predicate;
  cuda_sim::exchange(request);
  return request.ballot;
}

/// A lane's group, and which lanes it may ask.
struct Group {
  int lane, first, last;
  explicit Group(std::uint32_t bounds) : lane(cuda_sim::lane()) {
    const int of_group = static_cast<int>(bounds >> 8 & 31), end = static_cast<int>(bounds & 31);
    first = lane & of_group;
    last = first | (end & ~of_group);
  }
};

Shuffled take(const char* operation, std::uint32_t value, int source, bool valid, std::uint32_t mask) {
  cuda_sim::WarpExchange request{operation, mask, value, valid ? source : cuda_sim::lane()};
  cuda_sim::exchange(request);
  return {static_cast<std::uint32_t>(request.taken), valid};
}

}  // namespace

std::uint32_t lane_number() { return static_cast<std::uint32_t>(cuda_sim::lane()); }
std::uint32_t warp_number() { return ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x) / 32; }

void block_barrier(const Site& site) { stand_at(site, false); }
std::uint32_t block_popc(const Site& site, bool predicate) {
  return static_cast<std::uint32_t>(stand_at(site, predicate).in_favour);
}
bool block_and(const Site& site, bool predicate) {
  const cuda_sim::Votes votes = stand_at(site, predicate);
  return votes.in_favour == votes.threads;
}
bool block_or(const Site& site, bool predicate) { return stand_at(site, predicate).in_favour > 0; }

void warp_barrier(std::uint32_t mask) {
  cuda_sim::WarpExchange request{"bar.warp.sync", mask};
  request.orders_memory = true;
  cuda_sim::exchange(request);
}

std::uint32_t active_mask() { return cuda_sim::live_lanes(); }
std::uint32_t vote_ballot(bool predicate, std::uint32_t mask) { return ballot("vote.sync.ballot", predicate, mask); }
bool vote_any(bool predicate, std::uint32_t mask) { return ballot("vote.sync.any", predicate, mask) != 0; }
bool vote_all(bool predicate, std::uint32_t mask) { return ballot("vote.sync.all", !predicate, mask) == 0; }

Shuffled shuffle_up(std::uint32_t value, std::uint32_t by, std::uint32_t bounds, std::uint32_t mask) {
  // Here bit 0 to 4 name the first lane of a group.
  const Group group(bounds);
  const int source = group.lane - static_cast<int>(by & 31);
  return take("shfl.sync.up", value, source, source >= group.last, mask);
}
Shuffled shuffle_down(std::uint32_t value, std::uint32_t by, std::uint32_t bounds, std::uint32_t mask) {
  const Group group(bounds);
  const int source = group.lane + static_cast<int>(by & 31);
  return take("shfl.sync.down", value, source, source <= group.last, mask);
}
Shuffled shuffle_bfly(std::uint32_t value, std::uint32_t bits, std::uint32_t bounds, std::uint32_t mask) {
  const Group group(bounds);
  const int source = group.lane ^ static_cast<int>(bits & 31);
  return take("shfl.sync.bfly", value, source, source <= group.last, mask);
}
Shuffled shuffle_idx(std::uint32_t value, std::uint32_t lane, std::uint32_t bounds, std::uint32_t mask) {
  const Group group(bounds);
  const int source = group.first | (static_cast<int>(lane & 31) & ~static_cast<int>(bounds >> 8 & 31));
  return take("shfl.sync.idx", value, source, source <= group.last, mask);
}

}  // namespace cuda_ptx

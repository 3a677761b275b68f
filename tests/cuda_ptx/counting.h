#pragma once

#include <cstdint>
#include <map>

#include "tests/cuda_ptx/kernel.h"

/// What the warps of kernels ask of memory, counted while a Counting lives. A warp's lanes run one after the other
/// here; their accesses are put together again as the hardware would run them: of the lanes that have gone on least far
/// in the code, those at the same instruction go on together.
namespace cuda_ptx {

/// What one instruction asked for, of all warps: sectors of global memory, turns of shared memory.
struct OfSite {
  std::int64_t accesses = 0, sectors = 0, turns = 0;
  int worst_conflict = 0;
};

/// Of all launches. A sector is 32 bytes of global memory, what a warp's access costs at least.
struct Counts {
  std::int64_t launches = 0;
  std::int64_t sectors_read = 0, sectors_written = 0;
  std::int64_t least_read = 0, least_written = 0;  ///< each sector once per launch
  std::int64_t sectors_missed = 0;                 ///< of those read: not in what the block has of a first-level cache
  std::int64_t accesses = 0, lanes = 0;            ///< of warps, and the lanes at work in them
  /// Turns that shared memory took, and would without bank conflicts; the worst access, in turns for one.
  std::int64_t shared_turns = 0, least_shared_turns = 0;
  int worst_conflict = 1;
  // Of the launch with the most threads: what occupancy follows from.
  int block_threads = 0;
  std::int64_t block_shared = 0;
  std::string kernel;  ///< its name, as in the source
  std::map<const Site*, OfSite> sites;
};

class Counting {
 public:
  Counting();
  ~Counting();
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  const Counts& counts() const;
};

inline bool is_counting = false;

// Called by kernels while they are counted.
void count_global(const Site& site, std::uint64_t address, int bytes);
void count_shared(const Site& site, std::uint64_t offset, int bytes);
void count_branch(const Site& site);
/// A branch back: lanes that took it wait for those still on their way to it.
inline void goes_back(const Site& site) {
  if (is_counting) count_branch(site);
}

// Called before and after each launch.
void begin_counting(const Kernel& kernel, int threads, std::int64_t blocks, std::int64_t shared);
void end_counting();

}  // namespace cuda_ptx

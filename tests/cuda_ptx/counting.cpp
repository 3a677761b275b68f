#include "tests/cuda_ptx/counting.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include <vector_types.h>

#include "tests/cuda_ptx/threads.h"

extern uint3 blockIdx;

namespace cuda_ptx {
namespace {

constexpr int kWarp = 32, kBanks = 32, kBankBytes = 4;
constexpr std::uint64_t kSector = 32;

enum class Memory : std::uint8_t { Global, Shared, None };

/// One lane's access.
struct Access {
  const Site* site;
  std::uint64_t address;
  std::uint8_t bytes;
  Memory memory;
  std::uint8_t lane = 0;
};

bool is_same(const uint3& a, const uint3& b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

// "ld...", "st...", "atom..." and "red..."
bool reads(const Site& site) { return site.instruction[0] != 's' && site.instruction[0] != 'r'; }
bool writes(const Site& site) { return site.instruction[0] != 'l'; }
bool is_atomic(const Site& site) { return site.instruction[0] == 'a' || site.instruction[0] == 'r'; }

/// A block's share of a first-level cache: an eighth of 256 KB, in four ways. What it wrote isn't there.
class BlockCache {
 public:
  void clear() { sets_ = {}; }
  /// Whether the sector was there; it is now, as the last one to go.
  bool finds(std::uint64_t sector) {
    Set& set = sets_[sector % kSets];
    const auto found = std::find(set.begin(), set.end(), sector + 1);
    const bool was_there = found != set.end();
    std::rotate(set.begin(), was_there ? found : set.end() - 1, was_there ? found + 1 : set.end());
    set.front() = sector + 1;
    return was_there;
  }

 private:
  static constexpr std::size_t kWays = 4, kSets = (std::size_t{32} << 10) / kSector / kWays;
  using Set = std::array<std::uint64_t, kWays>;  // sectors' numbers + 1
  std::array<Set, kSets> sets_{};
};

/// Puts accesses into warps' order and counts them.
class Counter {
 public:
  Counts counts;

  void begin(const Kernel& kernel, int threads, std::int64_t blocks, std::int64_t shared) {
    ++counts.launches;
    if (threads * blocks > most_threads_) {
      most_threads_ = threads * blocks;
      counts.block_threads = threads;
      counts.block_shared = shared;
      counts.kernel = kernel.readable_name();
    }
    lanes_.resize(static_cast<std::size_t>((threads + kWarp - 1) / kWarp * kWarp));
    read_.clear();
    written_.clear();
    cache_.clear();
  }

  void add(Access access) {
    if (!is_same(block_, blockIdx)) {
      count_block();
      cache_.clear();
      block_ = blockIdx;
    }
    access.lane = static_cast<std::uint8_t>(lane_number());
    lanes_[warp_number() * kWarp + lane_number()].push_back(access);
  }

  void end() { count_block(); }

 private:
  using Group = std::vector<Access>;

  void count_block() {
    for (std::size_t first = 0; first < lanes_.size(); first += kWarp) count_warp(&lanes_[first]);
  }

  void count_warp(std::vector<Access>* lanes) {
    std::array<std::size_t, kWarp> at{};
    for (;;) {
      const Site* next = nullptr;
      for (int i = 0; i < kWarp; ++i) {
        if (at[i] == lanes[i].size()) continue;
        const Site* site = lanes[i][at[i]].site;
        if (next == nullptr || site < next) next = site;
      }
      if (next == nullptr) break;
      group_.clear();
      for (int i = 0; i < kWarp; ++i)
        if (at[i] < lanes[i].size() && lanes[i][at[i]].site == next) group_.push_back(lanes[i][at[i]++]);
      count_group();
    }
    for (int i = 0; i < kWarp; ++i) lanes[i].clear();
  }

  void count_group() {
    const Access& first = group_.front();
    if (first.memory == Memory::None) return;
    ++counts.accesses;
    counts.lanes += std::ssize(group_);
    OfSite& site = counts.sites[first.site];
    ++site.accesses;
    if (first.memory == Memory::Global) {
      count_sectors(site);
    } else {
      count_turns(site);
    }
  }

  void count_sectors(OfSite& of_site) {
    places_.clear();
    for (const Access& access : group_) places_.push_back(access.address / kSector);
    std::sort(places_.begin(), places_.end());
    places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
    const Site& site = *group_.front().site;
    of_site.sectors += std::ssize(places_);
    if (reads(site)) {
      counts.sectors_read += std::ssize(places_);
      for (const std::uint64_t place : places_) {
        counts.least_read += read_.insert(place).second;
        counts.sectors_missed += is_atomic(site) || !cache_.finds(place);
      }
    }
    if (writes(site)) {
      counts.sectors_written += std::ssize(places_);
      for (const std::uint64_t place : places_) counts.least_written += written_.insert(place).second;
    }
  }

  /// Accesses of 8 bytes go by half warps, of 16 by quarters; a turn serves one word of each bank, for all who want it,
  /// but one atomic after the other.
  void count_turns(OfSite& of_site) {
    const bool shares = !is_atomic(*group_.front().site);
    const int bytes = group_.front().bytes;
    const int together = bytes <= 4 ? kWarp : bytes == 8 ? kWarp / 2 : kWarp / 4;
    for (auto one = group_.begin(); one != group_.end();) {
      places_.clear();
      for (const int part = one->lane / together; one != group_.end() && one->lane / together == part; ++one)
        for (int word = 0; word < std::max(1, bytes / kBankBytes); ++word)
          places_.push_back(one->address / kBankBytes + static_cast<std::uint64_t>(word));
      std::sort(places_.begin(), places_.end());
      if (shares) places_.erase(std::unique(places_.begin(), places_.end()), places_.end());
      std::array<int, kBanks> words{};
      int turns = 0;
      for (const std::uint64_t word : places_) turns = std::max(turns, ++words[word % kBanks]);
      counts.shared_turns += turns;
      ++counts.least_shared_turns;
      counts.worst_conflict = std::max(counts.worst_conflict, turns);
      of_site.turns += turns;
      of_site.worst_conflict = std::max(of_site.worst_conflict, turns);
    }
  }

  std::int64_t most_threads_ = 0;
  uint3 block_{};
  std::vector<std::vector<Access>> lanes_;  // of the running block, by thread
  std::unordered_set<std::uint64_t> read_, written_;
  BlockCache cache_;
  Group group_;
  std::vector<std::uint64_t> places_;
};

Counter* counter = nullptr;

}  // namespace

Counting::Counting() {
  counter = new Counter;
  is_counting = true;
}
Counting::~Counting() {
  is_counting = false;
  delete counter;
  counter = nullptr;
}
const Counts& Counting::counts() const { return counter->counts; }

void begin_counting(const Kernel& kernel, int threads, std::int64_t blocks, std::int64_t shared) {
  if (counter != nullptr) counter->begin(kernel, threads, blocks, shared);
}
void end_counting() {
  if (counter != nullptr) counter->end();
}

void count_global(const Site& site, std::uint64_t address, int bytes) {
  counter->add({&site, address, static_cast<std::uint8_t>(bytes), Memory::Global});
}
void count_shared(const Site& site, std::uint64_t offset, int bytes) {
  counter->add({&site, offset, static_cast<std::uint8_t>(bytes), Memory::Shared});
}
void count_branch(const Site& site) { counter->add({&site, 0, 0, Memory::None}); }

}  // namespace cuda_ptx

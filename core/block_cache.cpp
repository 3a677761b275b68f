#include "core/block_cache.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace seqrec {

/// The smallest (8 + k) * 2^e that holds `bytes`, k in 1..8, a multiple of the alignment.
BlockCache::SizeClass BlockCache::size_class(std::size_t bytes) const {
  bytes = std::max(bytes, alignment_);
  const auto exponent = static_cast<std::size_t>(std::bit_width(bytes - 1) - 1);  // 2^exponent < bytes
  const std::size_t step = std::max(alignment_, (std::size_t{1} << exponent) / kClassesOfTwo);
  const std::size_t rounded = (bytes + step - 1) / step * step;
  const std::size_t k = (rounded - (std::size_t{1} << exponent)) / step;
  return {exponent * kClassesOfTwo + k - 1, rounded};
}

BlockCache::Block BlockCache::take_last(std::vector<Idle>& idle) {
  const Block block = idle.back().block;
  idle.pop_back();
  bytes_ -= block.bytes;
  return block;
}

void* BlockCache::take(std::size_t bytes) {
  std::vector<Idle>& idle = idle_[size_class(bytes).index];
  return idle.empty() ? nullptr : take_last(idle).data;
}

std::optional<BlockCache::Block> BlockCache::take_fitting(std::size_t bytes) {
  const SizeClass own = size_class(bytes);
  for (std::size_t index = own.index; index < std::min(own.index + 2 * kClassesOfTwo, idle_.size()); ++index)
    if (!idle_[index].empty() && idle_[index].back().block.bytes <= 2 * own.bytes) return take_last(idle_[index]);
  return std::nullopt;
}

void BlockCache::put(void* data, std::size_t bytes) {
  const SizeClass size = size_class(bytes);
  idle_[size.index].push_back({{data, size.bytes}, ++puts_});
  bytes_ += size.bytes;
}

std::optional<BlockCache::Block> BlockCache::take_oldest() {
  if (bytes_ == 0) return std::nullopt;
  const auto oldest = std::ranges::min_element(idle_, {}, [](const std::vector<Idle>& idle) {
    return idle.empty() ? std::numeric_limits<std::uint64_t>::max() : idle.front().since;
  });
  const Block block = oldest->front().block;
  oldest->erase(oldest->begin());
  bytes_ -= block.bytes;
  return block;
}

}  // namespace seqrec

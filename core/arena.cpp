#include "core/arena.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace seqrec {
namespace {

constexpr std::size_t kArenaAlignment = 64;
constexpr std::size_t kSmallest = std::size_t{1} << 16;  // bytes of a chunk

}  // namespace

std::size_t Arena::bytes() const {
  std::size_t sum = 0;
  for (const auto& chunk : chunks_) sum += chunk->bytes();
  return sum;
}

void* Arena::take_bytes(std::size_t bytes) {
  require<MemoryError>(bytes <= std::numeric_limits<std::size_t>::max() / 2, "out of memory: asked for ", bytes,
                       " bytes");
  bytes = (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
  for (; chunk_ < chunks_.size(); ++chunk_, used_ = 0) {
    const Storage& chunk = *chunks_[chunk_];
    if (chunk.bytes() - used_ < bytes) continue;
    return chunk.data() + std::exchange(used_, used_ + bytes);
  }
  chunks_.reserve(chunks_.size() + 1);
  chunks_.push_back(std::make_unique<Storage>(std::max({bytes, this->bytes(), kSmallest}), kCpu));
  used_ = bytes;
  return chunks_.back()->data();
}

void Arena::rewind(std::size_t chunk, std::size_t used) noexcept {
  chunk_ = chunk;
  used_ = used;
  if (chunk > 0 || used > 0 || chunks_.size() < 2) return;
  // One chunk in the place of several, so that the next call finds all of it without a gap.
  try {
    auto whole = std::make_unique<Storage>(bytes(), kCpu);
    chunks_.clear();
    chunks_.push_back(std::move(whole));
  } catch (const std::exception&) {  // it goes on with several
  }
}

}  // namespace seqrec

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace seqrec {

/// Blocks of memory that nobody uses, kept for the next allocation of their size class: eight classes per power of two,
/// so at most an eighth is wasted. What a backend's memory has in common; not thread-safe.
class BlockCache {
 public:
  /// A block's bytes are those of its class (round_up).
  struct Block {
    void* data;
    std::size_t bytes;
  };

  /// `alignment`: the smallest class, a power of two, of which all others are multiples.
  explicit BlockCache(std::size_t alignment) : alignment_(alignment) {}

  /// The bytes of the class that holds so many.
  std::size_t round_up(std::size_t bytes) const { return size_class(bytes).bytes; }
  /// The block of the class that was put last; null if there is none.
  void* take(std::size_t bytes);
  /// The same, or else the block that was put last of the next larger class that has one, up to twice as large;
  /// nothing if there is none. So steps whose sizes differ by some tenths find what others left.
  std::optional<Block> take_fitting(std::size_t bytes);
  /// A block of round_up(bytes) bytes. std::bad_alloc: it isn't kept.
  void put(void* data, std::size_t bytes);
  /// The block that has been here longest; nothing if there is none.
  std::optional<Block> take_oldest();
  /// Of all blocks together.
  std::size_t bytes() const { return bytes_; }

 private:
  struct SizeClass {
    std::size_t index, bytes;
  };
  SizeClass size_class(std::size_t bytes) const;

  struct Idle {
    Block block;
    std::uint64_t since;  // counts what was put
  };
  Block take_last(std::vector<Idle>& idle);

  std::size_t alignment_;
  static constexpr std::size_t kClassesOfTwo = 8;
  std::array<std::vector<Idle>, kClassesOfTwo * 64> idle_;  // by size class, each in order
  std::uint64_t puts_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace seqrec

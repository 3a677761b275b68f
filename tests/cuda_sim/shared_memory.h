#pragma once

#include <array>
#include <cstddef>

namespace cuda_sim {

/// One block's shared memory, filled with NaN: the dynamic part, then arrays as they are declared, each with its size
/// to the byte (ASan). Under TSan what was used is renewed for every block: what two blocks wrote to one address would
/// look like a race.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t dynamic_bytes);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  void* dynamic() const { return memory_; }
  /// Where every block's lies.
  static char* begin();
  void* find(const void* site, std::size_t bytes, std::size_t alignment);

  /// What a block may have in all.
  static std::size_t limit(std::size_t dynamic_bytes) { return dynamic_bytes > kUnasked ? kMaxBytes : kUnasked; }
  /// The most that there is, and what a block may have without asking for more.
  static constexpr std::size_t kMaxBytes = std::size_t{227} << 10;
  static constexpr std::size_t kUnasked = std::size_t{48} << 10;

 private:
  struct Array {
    const void* site;
    char* data;
  };
  char* memory_;
  std::size_t limit_;
  std::size_t used_;   // by the block, as the limit counts
  std::size_t place_;  // of the next array: with what lies between them
  int count_ = 0;
  std::array<Array, 16> arrays_;
};

}  // namespace cuda_sim

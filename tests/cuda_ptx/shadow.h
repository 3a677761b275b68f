#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "tests/cuda_sim/memory_watcher.h"

namespace cuda_ptx {

/// Knows of each byte of device memory which device's kernels may touch it: none before it is allocated, beyond what
/// was asked for, and after it was released.
class Shadow : public cuda_sim::MemoryWatcher {
 public:
  void on_reserved(const char* begin, std::size_t bytes) override;
  void on_allowed(const void* data, std::size_t bytes, int device) override;
  void on_forbidden(const void* data, std::size_t bytes) override;

  /// Whether all these bytes (16 at most) are the device's.
  template <int kBytes>
  bool allows(std::uint64_t address, int device) const {
    using Word =
        std::conditional_t<kBytes >= 8, std::uint64_t, std::conditional_t<kBytes == 4, std::uint32_t, std::uint16_t>>;
    const std::uint64_t offset = address - begin_;
    if (offset >= bytes_) return false;
    if constexpr (kBytes == 1) {
      return owners_[offset] == owner(device);
    } else {
      const auto expected = static_cast<Word>(owner(device) * 0x0101010101010101u);
      Word words[kBytes / sizeof(Word)];
      std::memcpy(words, owners_ + offset, kBytes);
      for (const Word word : words)
        if (word != expected) return false;
      return true;
    }
  }

 private:
  static unsigned char owner(int device) { return static_cast<unsigned char>(device + 1); }
  void set(const void* data, std::size_t bytes, unsigned char owner);

  std::uint64_t begin_ = 0, bytes_ = 0;
  unsigned char* owners_ = nullptr;  // a byte each; 0: nobody
};

extern Shadow shadow;

}  // namespace cuda_ptx

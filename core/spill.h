#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace seqrec {

/// While it lives, LargeVectors keep what is large on the disk: in files without a name, which are mapped, so that the
/// system may take the memory back, and of which nothing is left whatever ends the process. One at a time.
class SpillScope {
 public:
  /// Files lie in the file system of `folder`; `memory` bytes are for what is at work at once (a block of text, a
  /// sort). UsageError if there is one.
  SpillScope(std::filesystem::path folder, std::int64_t memory);
  ~SpillScope();
  SpillScope(const SpillScope&) = delete;
  SpillScope& operator=(const SpillScope&) = delete;

  static bool is_active();
  /// Of the one that is active.
  static const std::filesystem::path& folder();
  static std::int64_t memory();
};

namespace spill {

/// IoError naming the folder if the disk is full, bad_alloc if memory is.
void* allocate(std::size_t bytes);
void release(void* memory) noexcept;

}  // namespace spill

template <class T>
struct SpillAllocator {
  using value_type = T;

  SpillAllocator() = default;
  template <class U>
  SpillAllocator(const SpillAllocator<U>&) {}  // NOLINT: all are the same

  T* allocate(std::size_t count) { return static_cast<T*>(spill::allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t) noexcept { spill::release(memory); }
  friend bool operator==(const SpillAllocator&, const SpillAllocator&) { return true; }
};

/// A vector with an element for each row of the data: in memory, or where a SpillScope says.
template <class T>
using LargeVector = std::vector<T, SpillAllocator<T>>;

}  // namespace seqrec

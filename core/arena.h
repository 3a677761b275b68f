#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "core/tensor.h"

namespace seqrec {

/// Memory given out piece by piece and taken back together, for what lives no longer than a call. It grows to what was
/// needed at most and keeps that: a call that needs no more than some call before it allocates nothing. For one thread
/// at a time.
class Arena {
 public:
  /// Takes back, at its end, what was taken since it began. Scopes end in the reverse order of their beginnings.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), chunk_(arena.chunk_), used_(arena.used_) {}
    ~Scope() { arena_.rewind(chunk_, used_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    std::size_t chunk_, used_;
  };

  /// n elements, uninitialised, aligned to 64 bytes. MemoryError when out of memory.
  template <class T>
  std::span<T> take(std::int64_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    const auto count = static_cast<std::size_t>(n);
    return {static_cast<T*>(take_bytes(count * sizeof(T))), count};
  }
  /// The same, with values copied.
  template <class T>
  std::span<T> copy(std::span<const T> values) {
    const std::span<T> out = take<T>(std::ssize(values));
    std::uninitialized_copy(values.begin(), values.end(), out.begin());
    return out;
  }

  /// What it holds, in use or not.
  std::size_t bytes() const;

 private:
  void* take_bytes(std::size_t bytes);
  void rewind(std::size_t chunk, std::size_t used) noexcept;

  std::vector<std::unique_ptr<Storage>> chunks_;
  std::size_t chunk_ = 0, used_ = 0;  // what comes next is here
};

}  // namespace seqrec

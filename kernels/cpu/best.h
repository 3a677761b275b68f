#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "kernels/cpu/simd/rows.h"

namespace seqrec::kernels::cpu {

/// Whether score a of class id_a stands before score b of id_b: the higher, then the lower id; NaN is the lowest.
template <class T>
bool better(T a, std::int64_t id_a, T b, std::int64_t id_b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b) ? id_a < id_b : std::isnan(b);
  return a != b ? a > b : id_a < id_b;
}

/// The best of the scores offered, which come by ascending id, as many as there is memory for.
template <class T>
class Best {
 public:
  struct Entry {
    T score;
    std::int32_t id;
  };
  explicit Best(std::span<Entry> memory) : memory_(memory) {}

  /// Offers x [n], the scores of ids from `id` on, but those that are NaN by being left out.
  template <class LeftOut>
  void offer(std::int64_t n, const T* x, std::int64_t id, LeftOut left_out) {
    std::int64_t i = 0;
    for (; i < n && !has_bar(); ++i)
      if (!std::isnan(x[i]) || !left_out(id + i)) offer(x[i], id + i);
    if (i == n) return;
    // From here on only what is greater than the worst comes in: of equals, the earlier stays.
    for (i = row_find_greater<T>(i, n, x, worst().score); i < n; i = row_find_greater<T>(i + 1, n, x, worst().score))
      offer(x[i], id + i);
  }

  void offer(T score, std::int64_t id) {
    const Entry entry{score, static_cast<std::int32_t>(id)};
    if (is_full()) {
      if (!before(entry, worst())) return;
      std::pop_heap(memory_.begin(), memory_.end(), before);
      memory_.back() = entry;
    } else {
      memory_[size_++] = entry;
    }
    std::push_heap(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(size_), before);
  }

  /// The best first; where fewer were offered, -infinity of id -1.
  void write(T* values, std::int32_t* ids) {
    std::sort_heap(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(size_), before);
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      values[i] = i < size_ ? memory_[i].score : -std::numeric_limits<T>::infinity();
      ids[i] = i < size_ ? memory_[i].id : -1;
    }
  }

 private:
  static bool before(const Entry& a, const Entry& b) { return better(a.score, a.id, b.score, b.id); }
  bool is_full() const { return size_ == memory_.size(); }
  const Entry& worst() const { return memory_.front(); }
  bool has_bar() const { return is_full() && !std::isnan(worst().score); }

  std::span<Entry> memory_;  // a heap, the worst in front
  std::size_t size_ = 0;
};

}  // namespace seqrec::kernels::cpu

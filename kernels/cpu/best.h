#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/cpu/simd/rows.h"

namespace seqrec::kernels::cpu {

/// Whether score a of class id_a stands before score b of id_b: the higher, then the lower id; NaN is the lowest.
template <class T>
bool better(T a, std::int64_t id_a, T b, std::int64_t id_b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b) ? id_a < id_b : std::isnan(b);
  return a != b ? a > b : id_a < id_b;
}

/// The k best of the scores offered, which come by ascending id.
template <class T>
class Best {
 public:
  explicit Best(std::int64_t k) : k_(static_cast<std::size_t>(k)) {}

  /// Offers x [n], the scores of ids from `id` on, but those that are NaN by being left out.
  template <class LeftOut>
  void offer(std::int64_t n, const T* x, std::int64_t id, LeftOut left_out) {
    std::int64_t i = 0;
    for (; i < n && !has_bar(); ++i)
      if (!std::isnan(x[i]) || !left_out(id + i)) offer(x[i], id + i);
    if (i == n) return;
    // From here on only what is greater than the worst comes in: of equals, the earlier stays.
    for (i = row_find_greater<T>(i, n, x, heap_.front().score); i < n;
         i = row_find_greater<T>(i + 1, n, x, heap_.front().score))
      offer(x[i], id + i);
  }

  void offer(T score, std::int64_t id) {
    const Entry entry{score, static_cast<std::int32_t>(id)};
    if (heap_.size() == k_) {
      if (!before(entry, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.back() = entry;
    } else {
      heap_.push_back(entry);
    }
    std::push_heap(heap_.begin(), heap_.end(), before);
  }

  /// The best first; where fewer were offered, -infinity of id -1.
  void write(T* values, std::int32_t* ids) {
    std::sort_heap(heap_.begin(), heap_.end(), before);
    for (std::size_t i = 0; i < k_; ++i) {
      values[i] = i < heap_.size() ? heap_[i].score : -std::numeric_limits<T>::infinity();
      ids[i] = i < heap_.size() ? heap_[i].id : -1;
    }
  }

 private:
  struct Entry {
    T score;
    std::int32_t id;
  };
  static bool before(const Entry& a, const Entry& b) { return better(a.score, a.id, b.score, b.id); }
  bool has_bar() const { return heap_.size() == k_ && !std::isnan(heap_.front().score); }

  std::size_t k_;
  std::vector<Entry> heap_;  // the worst in front
};

}  // namespace seqrec::kernels::cpu

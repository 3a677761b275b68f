#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

namespace seqrec::kernels::cpu {

/// Ids that are left out of a ranking. Where they ascend, as a session's do, they are found by bisection.
class Excluded {
 public:
  Excluded() = default;
  explicit Excluded(std::span<const std::int32_t> ids) : ids_(ids), ascend_(std::is_sorted(ids.begin(), ids.end())) {}

  bool contains(std::int64_t id) const {
    return ascend_ ? std::binary_search(ids_.begin(), ids_.end(), id)
                   : std::find(ids_.begin(), ids_.end(), id) != ids_.end();
  }
  /// Makes their scores among x [n], those of the ids from `begin` on, NaN.
  template <class T>
  void erase(std::int64_t begin, std::int64_t n, T* x) const {
    auto id = ids_.begin(), end = ids_.end();
    if (ascend_) {
      id = std::lower_bound(id, end, begin);
      end = std::lower_bound(id, end, begin + n);
    }
    for (; id != end; ++id)
      if (*id >= begin && *id < begin + n) x[*id - begin] = std::numeric_limits<T>::quiet_NaN();
  }

 private:
  std::span<const std::int32_t> ids_;
  bool ascend_ = true;
};

}  // namespace seqrec::kernels::cpu

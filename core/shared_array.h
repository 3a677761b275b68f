#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace seqrec {

/// Numbers that nobody changes, in memory that someone keeps alive: a vector's, or a mapped file's. Cheap to copy.
template <class T>
class SharedArray {
 public:
  SharedArray() = default;
  template <class Allocator>
  SharedArray(std::vector<T, Allocator> values) {  // NOLINT: what a vector is assigned to takes it
    auto kept = std::make_shared<const std::vector<T, Allocator>>(std::move(values));
    values_ = *kept;
    owner_ = std::move(kept);
  }
  /// Foreign memory, kept alive by `owner`.
  SharedArray(std::span<const T> values, std::shared_ptr<const void> owner)
      : values_(values), owner_(std::move(owner)) {}

  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const T* data() const { return values_.data(); }
  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + values_.size(); }
  const T& back() const { return values_.back(); }
  const T& operator[](std::size_t place) const { return values_[place]; }

  /// Who keeps the memory alive.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  friend bool operator==(const SharedArray& a, const SharedArray& b) { return std::ranges::equal(a, b); }

 private:
  std::span<const T> values_;
  std::shared_ptr<const void> owner_;
};

}  // namespace seqrec

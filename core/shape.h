#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

#include "core/error.h"

namespace seqrec {

/// The largest number of dimensions of a tensor.
inline constexpr int kMaxRank = 6;

/// Up to kMaxRank integers: the sizes of a tensor (or its strides, in elements). A size of 0 is legal.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  /// Size of dimension `axis`; negative axes count from the end.
  std::int64_t operator[](int axis) const { return dims_[check_axis(axis)]; }
  std::int64_t& operator[](int axis) { return dims_[check_axis(axis)]; }
  std::int64_t back() const { return (*this)[-1]; }

  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + rank_; }

  /// Product of the sizes (1 for rank 0).
  std::int64_t numel() const;
  /// Whether a tensor can have this shape: no size is negative, and neither a stride nor the bytes leave 63 bits (a
  /// size of 0 counts as 1 here).
  bool is_legal() const;
  /// Row-major strides, in elements.
  Shape row_major_strides() const;
  /// A non-negative axis; ShapeError when out of range.
  int check_axis(int axis) const;

  void push_back(std::int64_t dim);
  void erase(int axis);
  void insert(int axis, std::int64_t dim);

  friend bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// "(2, 3)".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The shape that both broadcast to (numpy's rule); ShapeError naming `op` when there is none.
Shape broadcast(const Shape& a, const Shape& b, const char* op);
/// Whether `from` broadcasts to exactly `to`.
bool broadcasts_to(const Shape& from, const Shape& to);

}  // namespace seqrec

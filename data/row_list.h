#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

namespace seqrec::data {

/// A training or evaluation row: the items of a history before `position`, and the one there as the target. A split at
/// a point in time that tests all later items (GTS's target: all) has rows that don't see the last `skipped` of them.
struct Row {
  std::int32_t history;
  std::int32_t position;
  std::int32_t skipped = 0;
  friend bool operator==(const Row&, const Row&) = default;
};

/// Rows, numbered from 0. Neighbours in a history are kept as one stretch, so that a list takes memory for each history
/// and not for each row.
class RowList {
 public:
  RowList() = default;
  RowList(std::initializer_list<Row> rows) : RowList(rows.begin(), rows.end()) {}
  RowList(const std::vector<Row>& rows) : RowList(rows.begin(), rows.end()) {}  // NOLINT: it is one
  template <class Iterator>
  RowList(Iterator begin, Iterator end) {
    for (; begin != end; ++begin) push_back(*begin);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// A row of [0, size). Looks at a few stretches, wherever it is.
  Row operator[](std::size_t number) const;
  Row back() const { return (*this)[size_ - 1]; }
  void push_back(Row row);

  /// The rows with the numbers [begin, end).
  std::vector<Row> slice(std::size_t begin, std::size_t end) const;

  class Iterator {
   public:
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    Iterator() = default;
    Row operator*() const { return list_->row_of(stretch_, number_); }
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.number_ == b.number_; }

   private:
    friend RowList;
    Iterator(const RowList& list, std::size_t stretch, std::size_t number)
        : list_(&list), stretch_(stretch), number_(number) {}

    const RowList* list_ = nullptr;
    std::size_t stretch_ = 0, number_ = 0;
  };
  Iterator begin() const { return {*this, 0, 0}; }
  Iterator end() const { return {*this, stretches_.size(), size_}; }

  friend bool operator==(const RowList& a, const RowList& b) {
    return a.size_ == b.size_ && a.stretches_ == b.stretches_;
  }

 private:
  /// Rows at one position after the other.
  struct Stretch {
    std::int64_t first;  // its number
    Row row;             // the first
    friend bool operator==(const Stretch&, const Stretch&) = default;
  };
  static constexpr std::size_t kStride = 64;

  std::size_t end_of(std::size_t stretch) const {
    return stretch + 1 < stretches_.size() ? static_cast<std::size_t>(stretches_[stretch + 1].first) : size_;
  }
  Row row_of(std::size_t stretch, std::size_t number) const {
    Row row = stretches_[stretch].row;
    row.position += static_cast<std::int32_t>(static_cast<std::int64_t>(number) - stretches_[stretch].first);
    return row;
  }
  std::size_t stretch_of(std::size_t number) const;

  std::vector<Stretch> stretches_;
  std::vector<std::uint32_t> stretch_at_;  // of the numbers 0, kStride, 2 kStride, ...
  std::size_t size_ = 0;
};

/// Numbers of a list's rows, ascending: all of them, which takes no memory, or some.
class RowNumbers {
 public:
  explicit RowNumbers(std::size_t all) : size_(all) {}
  explicit RowNumbers(std::vector<std::int32_t> some) : some_(std::move(some)), size_(some_.size()), is_all_(false) {}

  std::int64_t size() const { return static_cast<std::int64_t>(size_); }
  std::int32_t operator[](std::int64_t place) const {
    return is_all_ ? static_cast<std::int32_t>(place) : some_[static_cast<std::size_t>(place)];
  }

 private:
  std::vector<std::int32_t> some_;
  std::size_t size_;
  bool is_all_ = true;
};

}  // namespace seqrec::data

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "core/disk_array.h"
#include "core/free_memory.h"
#include "core/parallel.h"

namespace seqrec {

/// Sorts more than memory holds: runs of what fits are sorted and written to the disk, then merged. Equal elements stay
/// in the order in which they were added, so that the outcome depends neither on the memory nor on the threads.
template <class T, class Less = std::less<T>>
class ExternalSort {
 public:
  /// `memory` bytes are for all that lies in memory at once, some thousand elements at least, and no more than `most`
  /// elements need, if no more are added; `folder` is where runs go. IoError if they can't be written there.
  ExternalSort(std::filesystem::path folder, std::int64_t memory, std::size_t most, Less less = {})
      : runs_(std::move(folder)), less_(std::move(less)) {
    const auto fit = static_cast<std::size_t>(std::max<std::int64_t>(memory, 0)) / sizeof(T);
    buffer_.reserve(std::max(kLeast, std::min(fit / 2, most)));  // a stable sort takes as much again
  }

  void add(const T& value) {
    if (buffer_.size() == buffer_.capacity()) write_runs();
    buffer_.push_back(value);
  }
  /// How many runs there are so far on the disk.
  std::size_t runs() const { return ends_.size(); }

  /// Calls f for each element, in order.
  template <class F>
  void each(F&& f) {
    write_runs();
    free_memory(buffer_);
    const SharedArray<T> all = runs_.read();
    std::vector<Source> sources;
    for (std::size_t begin = 0; const std::size_t end : ends_) {
      if (begin < end) sources.push_back({all.data() + begin, all.data() + end});
      begin = end;
    }
    // Runs lie in the order in which they were made: of equal elements that at the lower address comes first.
    const auto comes_after = [this](const Source& a, const Source& b) {
      return less_(*b.next, *a.next) || (!less_(*a.next, *b.next) && a.next > b.next);
    };
    std::make_heap(sources.begin(), sources.end(), comes_after);
    while (!sources.empty()) {
      std::pop_heap(sources.begin(), sources.end(), comes_after);
      Source& first = sources.back();
      f(*first.next);
      if (++first.next == first.end)
        sources.pop_back();
      else
        std::push_heap(sources.begin(), sources.end(), comes_after);
    }
  }

 private:
  struct Source {
    const T *next, *end;
  };
  static constexpr std::size_t kLeast = 4096;
  static constexpr std::int64_t kParts = 4;  // of the buffer, each a run: as many can be sorted at a time

  void write_runs() {
    const auto size = static_cast<std::int64_t>(buffer_.size());
    const auto at = [&](std::int64_t part) { return buffer_.begin() + size * part / kParts; };
    parallel_for(kParts, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t part = from; part < to; ++part) std::stable_sort(at(part), at(part + 1), less_);
    });
    for (std::int64_t part = 0; part < kParts; ++part)
      ends_.push_back(static_cast<std::size_t>(runs_.size() + size * (part + 1) / kParts));
    runs_.add(std::span<const T>(buffer_));
    buffer_.clear();
  }

  DiskArray<T> runs_;
  Less less_;
  std::vector<T> buffer_;
  std::vector<std::size_t> ends_;  // of the runs
};

}  // namespace seqrec

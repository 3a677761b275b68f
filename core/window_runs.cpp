#include "core/window_runs.h"

#include <algorithm>

namespace seqrec {
namespace {

std::vector<WindowRun> collect(std::span<const std::int32_t> begin, std::span<const std::int32_t> end) {
  std::vector<WindowRun> runs;
  for (std::int32_t w = 0; w < std::ssize(begin); ++w) {
    if (begin[w] == end[w]) continue;
    if (!runs.empty() && runs.back().last == w && runs.back().begin == begin[w]) {
      runs.back().last = w + 1;
      runs.back().end = std::max(runs.back().end, end[w]);
    } else {
      runs.push_back({w, w + 1, begin[w], end[w]});
    }
  }
  std::stable_sort(runs.begin(), runs.end(), [](const WindowRun& a, const WindowRun& b) { return a.begin < b.begin; });
  return runs;
}

}  // namespace

WindowRuns::WindowRuns(std::span<const std::int32_t> begin, std::span<const std::int32_t> end)
    : runs_(collect(begin, end)) {
  std::int32_t reach = 0;  // the end of the values of the runs so far
  for (std::int32_t r = 0; r < std::ssize(runs_); ++r) {
    const WindowRun& run = runs_[r];
    if (r == 0 || run.begin >= reach) parts_.push_back(r);
    reach = std::max(reach, run.end);
    longest_ = std::max(longest_, run.end - run.begin);
    largest_ = std::max(largest_, run.last - run.first);
    windows_ += run.last - run.first;
  }
  parts_.push_back(static_cast<std::int32_t>(runs_.size()));
}

std::vector<std::int32_t> WindowRuns::table(std::int64_t values) const {
  const std::int64_t count = std::ssize(runs_);
  std::vector<std::int32_t> table;
  table.reserve(4 * count + 2 * (values / kRunTile + 1));
  for (const WindowRun& run : runs_) table.insert(table.end(), {run.first, run.last, run.begin, run.end});
  std::int32_t from = 0, to = 0;  // what runs before `from` hold ends before the tile
  for (std::int64_t value = 0; value < values; value += kRunTile) {
    while (from < count && runs_[from].end <= value) ++from;
    while (to < count && runs_[to].begin < value + kRunTile) ++to;
    table.insert(table.end(), {from, to});
  }
  return table;
}

}  // namespace seqrec

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

WindowRuns::WindowRuns(std::span<const std::int32_t> begin, std::span<const std::int32_t> end, std::int64_t values)
    : runs_(collect(begin, end)) {
  const auto count = static_cast<std::int32_t>(runs_.size());
  std::vector<std::int32_t> table, reach;  // reach[r]: the end of the values of runs up to r
  for (const WindowRun& run : runs_) {
    if (reach.empty() || run.begin >= reach.back()) parts_.push_back(static_cast<std::int32_t>(reach.size()));
    reach.push_back(std::max(run.end, reach.empty() ? 0 : reach.back()));
    longest_ = std::max(longest_, run.end - run.begin);
    largest_ = std::max(largest_, run.last - run.first);
    windows_ += run.last - run.first;
    table.insert(table.end(), {run.first, run.last, run.begin, run.end});
  }
  parts_.push_back(count);
  std::int32_t from = 0, to = 0;
  for (std::int64_t value = 0; value < values; value += kRunTile) {
    while (from < count && reach[from] <= value) ++from;
    while (to < count && runs_[to].begin < value + kRunTile) ++to;
    table.insert(table.end(), {from, to});
  }
  table_ = Index(std::move(table));
}

DeviceWindowRuns WindowRuns::on(Device device) const {
  const Tensor all = table_.on(device);
  const std::int64_t runs = std::ssize(runs_), end = 4 * runs;
  return {all.slice(0, 0, end).reshape({runs, 4}),
          all.slice(0, end, all.size(0)).reshape({(all.size(0) - end) / 2, 2})};
}

}  // namespace seqrec

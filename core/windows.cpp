#include "core/windows.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/once.h"

namespace seqrec {

struct Windows::State {
  Index begin, end, offsets;
  std::int64_t values = 0;
  std::int32_t max_length = 0;
  Once entry_values_made, entry_windows_made, by_value_made, by_length_made, runs_made, run_table_made, reach_made;
  Index entry_values, entry_windows, value_offsets, value_windows, by_length, run_table, reach;
  WindowRuns runs;
};

Windows::Windows() : Windows({}, {}, 0) {}

Windows::Windows(std::vector<std::int32_t> begin, std::vector<std::int32_t> end, std::int64_t values)
    : state_(std::make_shared<State>()) {
  require<ShapeError>(begin.size() == end.size(), "[windows] ", begin.size(), " begins but ", end.size(), " ends");
  require<ShapeError>(values >= 0, "[windows] the number of values must not be negative: got ", values);
  std::vector<std::int32_t> offsets(begin.size() + 1);
  std::int64_t entries = 0;
  for (std::size_t w = 0; w < begin.size(); ++w) {
    require<ShapeError>(begin[w] >= 0 && begin[w] <= end[w] && end[w] <= values, "[windows] window ", w,
                        " is not within the ", values, " values: [", begin[w], ", ", end[w], ")");
    entries += end[w] - begin[w];
    require<ShapeError>(entries <= std::numeric_limits<std::int32_t>::max(), "[windows] too many entries: ", entries);
    offsets[w + 1] = static_cast<std::int32_t>(entries);
    state_->max_length = std::max(state_->max_length, end[w] - begin[w]);
  }
  state_->begin = Index(std::move(begin));
  state_->end = Index(std::move(end));
  state_->offsets = Index(std::move(offsets));
  state_->values = values;
}

Windows Windows::adjacent(std::vector<std::int32_t> offsets) {
  require<ShapeError>(!offsets.empty() && offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end()),
                      "[windows] offsets must begin with 0 and never fall");
  std::vector<std::int32_t> end(offsets.begin() + 1, offsets.end());
  const std::int64_t values = offsets.back();
  offsets.pop_back();
  return Windows(std::move(offsets), std::move(end), values);
}

std::int64_t Windows::size() const { return state_->begin.size(); }
std::int64_t Windows::values() const { return state_->values; }
std::int64_t Windows::entries() const { return offsets().back(); }
std::span<const std::int32_t> Windows::begin() const { return state_->begin.host(); }
std::span<const std::int32_t> Windows::end() const { return state_->end.host(); }
std::span<const std::int32_t> Windows::offsets() const { return state_->offsets.host(); }
std::int32_t Windows::max_length() const { return state_->max_length; }
bool Windows::is_adjacent() const {
  return entries() == values() && std::ranges::equal(begin(), offsets().first(begin().size()));
}

Windows Windows::keep_last(std::int64_t length) const {
  require<ShapeError>(length >= 0, "[windows] keep_last needs a length of at least 0: got ", length);
  if (length >= max_length()) return *this;
  std::vector<std::int32_t> begins(begin().begin(), begin().end());
  std::vector<std::int32_t> ends(end().begin(), end().end());
  for (std::size_t w = 0; w < begins.size(); ++w) {
    begins[w] = std::max(begins[w], ends[w] - static_cast<std::int32_t>(length));
  }
  return Windows(std::move(begins), std::move(ends), values());
}

Windows Windows::select(std::span<const std::int32_t> which) const {
  std::vector<std::int32_t> begins, ends;
  for (const std::int32_t w : which) {
    require<ShapeError>(w >= 0 && w < size(), "[windows] expected the number of one of ", size(), " windows, got ", w);
    begins.push_back(begin()[w]);
    ends.push_back(end()[w]);
  }
  return Windows(std::move(begins), std::move(ends), values());
}

Windows Windows::over_entries() const { return adjacent({offsets().begin(), offsets().end()}); }

const Index& Windows::entry_values() const {
  state_->entry_values_made.call([&] {
    std::vector<std::int32_t> entries(this->entries());
    for (std::int64_t w = 0; w < size(); ++w) {
      const auto first = entries.begin() + offsets()[w];
      std::iota(first, first + length(w), begin()[w]);
    }
    state_->entry_values = Index(std::move(entries));
  });
  return state_->entry_values;
}

const Index& Windows::entry_windows() const {
  state_->entry_windows_made.call([&] {
    std::vector<std::int32_t> entries(this->entries());
    for (std::int64_t w = 0; w < size(); ++w) {
      std::fill_n(entries.begin() + offsets()[w], length(w), static_cast<std::int32_t>(w));
    }
    state_->entry_windows = Index(std::move(entries));
  });
  return state_->entry_windows;
}

Index Windows::entry_ids(const Index& value_ids) const {
  if (is_adjacent()) return value_ids;
  std::vector<std::int32_t> ids;
  ids.reserve(entries());
  for (const std::int32_t value : entry_values().host()) ids.push_back(value_ids[value]);
  return Index(std::move(ids));
}

void Windows::collect_by_value() const {
  std::vector<std::int32_t> offsets(static_cast<std::size_t>(values()) + 1);
  std::vector<std::int32_t> windows(entries());
  // By how many more windows hold v than v - 1.
  for (const std::int32_t begin : begin()) ++offsets[begin];
  for (const std::int32_t end : end()) --offsets[end];
  // How many hold v, and so where the list of v begins.
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::exclusive_scan(offsets.begin(), offsets.end(), offsets.begin(), 0);
  // Filling the lists moves each beginning to its list's end, which is the next one's beginning.
  for (std::int64_t w = 0; w < size(); ++w) {
    const auto first = offsets.begin() + begin()[w];
    std::for_each(first, first + length(w),
                  [&](std::int32_t& place) { windows[place++] = static_cast<std::int32_t>(w); });
  }
  std::copy_backward(offsets.begin(), offsets.end() - 1, offsets.end());
  offsets.front() = 0;
  state_->value_offsets = Index(std::move(offsets));
  state_->value_windows = Index(std::move(windows));
}

const Index& Windows::value_offsets() const {
  state_->by_value_made.call([&] { collect_by_value(); });
  return state_->value_offsets;
}

const Index& Windows::value_windows() const {
  state_->by_value_made.call([&] { collect_by_value(); });
  return state_->value_windows;
}

const Index& Windows::by_length() const {
  state_->by_length_made.call([&] {
    std::vector<std::int32_t> missing(size());
    for (std::int64_t w = 0; w < size(); ++w) missing[w] = max_length() - length(w);
    state_->by_length = Index(Index(std::move(missing)).groups().order);
  });
  return state_->by_length;
}

std::int64_t Windows::longer_than(std::int64_t length) const {
  const auto order = by_length().host();
  const auto is_longer = [&](std::int32_t w) { return this->length(w) > length; };
  return std::partition_point(order.begin(), order.end(), is_longer) - order.begin();
}

const WindowRuns& Windows::runs() const {
  state_->runs_made.call([&] { state_->runs = WindowRuns(begin(), end()); });
  return state_->runs;
}

DeviceWindowRuns Windows::runs_on(Device device) const {
  state_->run_table_made.call([&] { state_->run_table = Index(runs().table(values())); });
  const Tensor all = state_->run_table.on(device);
  const std::int64_t count = std::ssize(runs().all()), end = 4 * count;
  return {all.slice(0, 0, end).reshape({count, 4}),
          all.slice(0, end, all.size(0)).reshape({(all.size(0) - end) / 2, 2})};
}

const Index& Windows::reach() const {
  state_->reach_made.call([&] {
    std::vector<std::int32_t> reach(static_cast<std::size_t>(values()) + 1);  // a window may begin at the end
    for (std::int64_t w = 0; w < size(); ++w) reach[begin()[w]] = std::max(reach[begin()[w]], end()[w]);
    reach.pop_back();
    std::partial_sum(reach.begin(), reach.end(), reach.begin(), [](auto a, auto b) { return std::max(a, b); });
    state_->reach = Index(std::move(reach));
  });
  return state_->reach;
}

Tensor Windows::begin_on(Device device) const { return state_->begin.on(device); }
Tensor Windows::end_on(Device device) const { return state_->end.on(device); }
Tensor Windows::offsets_on(Device device) const { return state_->offsets.on(device); }

}  // namespace seqrec

#include "core/windows.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "core/once.h"
#include "core/upload.h"

namespace seqrec {

/// What is said of windows by a list of integers; all but the first three are made when they are asked for.
enum Windows::List : std::size_t {
  kBegin,
  kEnd,
  kOffsets,
  kEntryValues,
  kEntryWindows,
  kValueOffsets,
  kValueWindows,
  kByLength,
  kRunTable,
  kReach
};

/// Beside an Index's uses: the list is there.
static constexpr std::uint8_t kMade = 128;

struct Windows::State {
  std::array<Index, kLists> lists;
  std::array<Once, kLists> made;
  std::int64_t values = 0;
  std::int32_t max_length = 0;
  Once runs_made, over_entries_made;
  WindowRuns runs;
  std::optional<Windows> over_entries;
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
  state_->lists[kBegin] = Index(std::move(begin));
  state_->lists[kEnd] = Index(std::move(end));
  state_->lists[kOffsets] = Index(std::move(offsets));
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

std::int64_t Windows::size() const { return state_->lists[kBegin].size(); }
std::int64_t Windows::values() const { return state_->values; }
std::int64_t Windows::entries() const { return offsets().back(); }
std::span<const std::int32_t> Windows::begin() const { return state_->lists[kBegin].host(); }
std::span<const std::int32_t> Windows::end() const { return state_->lists[kEnd].host(); }
std::span<const std::int32_t> Windows::offsets() const { return state_->lists[kOffsets].host(); }
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

Windows Windows::over_entries() const {
  if (is_adjacent()) return *this;
  state_->over_entries_made.call([&] { state_->over_entries = adjacent({offsets().begin(), offsets().end()}); });
  return *state_->over_entries;
}

Index Windows::entry_ids(const Index& value_ids) const {
  if (is_adjacent()) return value_ids;
  std::vector<std::int32_t> ids;
  ids.reserve(entries());
  for (const std::int32_t value : entry_values().host()) ids.push_back(value_ids[value]);
  return Index(std::move(ids));
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
  const Tensor all = list(kRunTable).on(device);
  const std::int64_t count = std::ssize(runs().all()), end = 4 * count;
  return {all.slice(0, 0, end).reshape({count, 4}),
          all.slice(0, end, all.size(0)).reshape({(all.size(0) - end) / 2, 2})};
}

const Index& Windows::entry_values() const { return list(kEntryValues); }
const Index& Windows::entry_windows() const { return list(kEntryWindows); }
const Index& Windows::value_offsets() const { return list(kValueOffsets); }
const Index& Windows::value_windows() const { return list(kValueWindows); }
const Index& Windows::by_length() const { return list(kByLength); }
const Index& Windows::reach() const { return list(kReach); }
Tensor Windows::begin_on(Device device) const { return list(kBegin).on(device); }
Tensor Windows::end_on(Device device) const { return list(kEnd).on(device); }
Tensor Windows::offsets_on(Device device) const { return list(kOffsets).on(device); }

namespace {

std::vector<std::int32_t> entry_values_of(const Windows& windows) {
  std::vector<std::int32_t> entries(windows.entries());
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    const auto first = entries.begin() + windows.offsets()[w];
    std::iota(first, first + windows.length(w), windows.begin()[w]);
  }
  return entries;
}

std::vector<std::int32_t> entry_windows_of(const Windows& windows) {
  std::vector<std::int32_t> entries(windows.entries());
  for (std::int64_t w = 0; w < windows.size(); ++w)
    std::fill_n(entries.begin() + windows.offsets()[w], windows.length(w), static_cast<std::int32_t>(w));
  return entries;
}

std::vector<std::int32_t> value_offsets_of(const Windows& windows) {
  std::vector<std::int32_t> offsets(static_cast<std::size_t>(windows.values()) + 1);
  // By how many more windows hold v than v - 1.
  for (const std::int32_t begin : windows.begin()) ++offsets[begin];
  for (const std::int32_t end : windows.end()) --offsets[end];
  // How many hold v, and so where the list of v begins.
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::exclusive_scan(offsets.begin(), offsets.end(), offsets.begin(), 0);
  return offsets;
}

std::vector<std::int32_t> value_windows_of(const Windows& windows) {
  std::vector<std::int32_t> holders(windows.entries());
  const auto offsets = windows.value_offsets().host();
  std::vector<std::int32_t> next(offsets.begin(), offsets.end());  // of each value's list the place to fill
  for (std::int64_t w = 0; w < windows.size(); ++w) {
    const auto first = next.begin() + windows.begin()[w];
    std::for_each(first, first + windows.length(w),
                  [&](std::int32_t& place) { holders[place++] = static_cast<std::int32_t>(w); });
  }
  return holders;
}

std::vector<std::int32_t> by_length_of(const Windows& windows) {
  std::vector<std::int32_t> missing(windows.size());
  for (std::int64_t w = 0; w < windows.size(); ++w) missing[w] = windows.max_length() - windows.length(w);
  return Index(std::move(missing)).groups().order;
}

std::vector<std::int32_t> reach_of(const Windows& windows) {
  std::vector<std::int32_t> reach(static_cast<std::size_t>(windows.values()) + 1);  // a window may begin at the end
  for (std::int64_t w = 0; w < windows.size(); ++w)
    reach[windows.begin()[w]] = std::max(reach[windows.begin()[w]], windows.end()[w]);
  reach.pop_back();
  std::partial_sum(reach.begin(), reach.end(), reach.begin(), [](auto a, auto b) { return std::max(a, b); });
  return reach;
}

}  // namespace

const Index& Windows::list(List list) const {
  const auto made = [&]() -> std::vector<std::int32_t> {
    switch (list) {
      case kEntryValues: return entry_values_of(*this);
      case kEntryWindows: return entry_windows_of(*this);
      case kValueOffsets: return value_offsets_of(*this);
      case kValueWindows: return value_windows_of(*this);
      case kByLength: return by_length_of(*this);
      case kRunTable: return runs().table(values());
      case kReach: return reach_of(*this);
      default: return {};
    }
  };
  if (list > kOffsets) state_->made[list].call([&] { state_->lists[list] = Index(made()); });
  return state_->lists[list];
}

Windows::Uses Windows::uses() const {
  Uses uses{};
  for (std::size_t l = 0; l < kLists; ++l)
    if (l <= kOffsets || state_->made[l].done()) uses[l] = state_->lists[l].uses() | kMade;
  if (state_->over_entries_made.done()) {
    const Uses theirs = state_->over_entries->uses();
    std::copy_n(theirs.begin(), kLists, uses.begin() + kLists);
  }
  if (state_->runs_made.done()) uses.back() = kMade;
  return uses;
}

void Windows::make(const Uses& uses, Upload& upload) const {
  for (std::size_t l = 0; l < kLists; ++l)
    if (uses[l] != 0) list(static_cast<List>(l)).make(uses[l], upload);
  if (uses.back() != 0) runs();
  const auto of_entries = std::span(uses).subspan(kLists, kLists);
  if (std::ranges::count(of_entries, 0) == std::ssize(of_entries)) return;
  Uses theirs{};
  std::ranges::copy(of_entries, theirs.begin());
  over_entries().make(theirs, upload);
}

}  // namespace seqrec

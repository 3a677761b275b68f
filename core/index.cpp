#include "core/index.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>

#include "core/once.h"

namespace seqrec {
namespace {

/// `order`: the places sorted by their id, equal ids in ascending places.
std::vector<std::int32_t> sort_places(std::span<const std::int32_t> ids, std::size_t bound) {
  std::vector<std::int32_t> order(ids.size());
  if (bound <= 4 * ids.size() + 1024) {
    std::vector<std::int32_t> next(bound + 1);
    for (const std::int32_t id : ids) ++next[id + 1];
    for (std::size_t id = 0; id < bound; ++id) next[id + 1] += next[id];
    for (std::size_t place = 0; place < ids.size(); ++place) {
      order[next[ids[place]]++] = static_cast<std::int32_t>(place);
    }
  } else {
    std::vector<std::uint64_t> keys(ids.size());
    for (std::size_t place = 0; place < ids.size(); ++place) {
      keys[place] = static_cast<std::uint64_t>(ids[place]) << 32 | place;
    }
    std::sort(keys.begin(), keys.end());
    std::transform(keys.begin(), keys.end(), order.begin(),
                   [](std::uint64_t key) { return static_cast<std::int32_t>(key & 0xFFFFFFFF); });
  }
  return order;
}

Groups collect(std::span<const std::int32_t> ids, std::size_t bound) {
  Groups groups;
  groups.order = sort_places(ids, bound);
  groups.group_of.resize(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto place = static_cast<std::size_t>(groups.order[i]);
    if (groups.ids.empty() || groups.ids.back() != ids[place]) {
      groups.ids.push_back(ids[place]);
      groups.offsets.push_back(static_cast<std::int32_t>(i));
    }
    groups.group_of[place] = static_cast<std::int32_t>(groups.ids.size()) - 1;
  }
  groups.offsets.push_back(static_cast<std::int32_t>(ids.size()));
  return groups;
}

}  // namespace

struct Index::State {
  std::vector<std::int32_t> ids;
  std::int64_t bound = 0;
  Once grouped;
  Groups groups;
  std::mutex uploading;  // guards the copies
  std::vector<DeviceGroups> group_uploads;
  std::vector<Tensor> uploads;  // one per device; never the CPU's, whose tensor would keep this state alive for ever
};

Index::Index() {
  static const auto empty = std::make_shared<State>();
  state_ = empty;
}

Index::Index(std::vector<std::int32_t> ids) : state_(std::make_shared<State>()) {
  require<ShapeError>(ids.size() <= std::numeric_limits<std::int32_t>::max(), "[index] too many ids: ", ids.size());
  std::int32_t largest = -1, smallest = 0;
  for (const std::int32_t id : ids) {
    largest = std::max(largest, id);
    smallest = std::min(smallest, id);
  }
  if (smallest < 0) {
    const auto bad = std::find_if(ids.begin(), ids.end(), [](std::int32_t id) { return id < 0; });
    throw ShapeError(concat("[index] ids must not be negative: got ", *bad, " at ", bad - ids.begin()));
  }
  state_->bound = std::int64_t{largest} + 1;
  state_->ids = std::move(ids);
}

Index Index::range(std::int64_t n) {
  require<ShapeError>(n >= 0 && n <= std::numeric_limits<std::int32_t>::max(), "[index] no range of ", n, " ids");
  std::vector<std::int32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  return Index(std::move(ids));
}

std::int64_t Index::size() const { return static_cast<std::int64_t>(state_->ids.size()); }
std::span<const std::int32_t> Index::host() const { return state_->ids; }
std::int64_t Index::bound() const { return state_->bound; }

const Groups& Index::groups() const {
  state_->grouped.call([&] { state_->groups = collect(state_->ids, static_cast<std::size_t>(state_->bound)); });
  return state_->groups;
}

DeviceGroups Index::groups_on(Device device) const {
  const std::lock_guard lock(state_->uploading);
  for (const DeviceGroups& upload : state_->group_uploads) {
    if (upload.ids.device() == device) return upload;
  }
  const Groups& groups = this->groups();
  std::vector<std::int32_t> starts;
  for (std::size_t i = 0; i < groups.order.size(); i += DeviceGroups::kSegment)
    starts.push_back(groups.group_of[groups.order[i]]);
  std::vector<std::int32_t> all;
  all.reserve(groups.ids.size() + groups.offsets.size() + groups.order.size() + starts.size());
  std::int64_t ends[4], *end = ends;
  for (const auto* part : {&groups.ids, &groups.offsets, &groups.order, &std::as_const(starts)}) {
    all.insert(all.end(), part->begin(), part->end());
    *end++ = std::ssize(all);
  }
  const Tensor upload = Tensor::from(all, {std::ssize(all)}, device);
  return state_->group_uploads.emplace_back(DeviceGroups{upload.slice(0, 0, ends[0]), upload.slice(0, ends[0], ends[1]),
                                                         upload.slice(0, ends[1], ends[2]),
                                                         upload.slice(0, ends[2], ends[3])});
}

Tensor Index::on(Device device) const {
  if (device == kCpu) return Tensor::wrap(state_->ids.data(), {size()}, DType::I32, state_);
  const std::lock_guard lock(state_->uploading);
  for (const Tensor& upload : state_->uploads) {
    if (upload.device() == device) return upload;
  }
  return state_->uploads.emplace_back(Tensor::from(state_->ids, {size()}, device));
}

}  // namespace seqrec

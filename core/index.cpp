#include "core/index.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <numeric>

#include "core/once.h"
#include "core/upload.h"

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
  for (std::size_t i = 0; i < ids.size(); i += Groups::kSegment)
    groups.starts.push_back(groups.group_of[groups.order[i]]);
  return groups;
}

bool is_on(Device device, const Tensor& upload) { return upload.device() == device; }
bool is_on(Device device, const DeviceGroups& upload) { return upload.ids.device() == device; }

}  // namespace

struct Index::State {
  std::vector<std::int32_t> own;   // empty where the ids are another's groups'
  std::shared_ptr<State> grouped;  // that one
  std::span<const std::int32_t> ids;
  std::int64_t bound = 0;
  Once collected;
  Groups groups;
  std::atomic<std::uint8_t> uses{0};
  std::recursive_mutex uploading;  // guards the copies
  std::vector<DeviceGroups> group_uploads;
  std::vector<Tensor> uploads;  // one per device; never the CPU's, whose tensor would keep this state alive for ever

  /// Of the copies the one on `device`, or null.
  template <class Copy>
  static const Copy* find(Device device, const std::vector<Copy>& copies) {
    const auto found = std::ranges::find_if(copies, [&](const Copy& copy) { return is_on(device, copy); });
    return found == copies.end() ? nullptr : &*found;
  }
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
  state_->own = std::move(ids);
  state_->ids = state_->own;
}

Index Index::range(std::int64_t n) {
  require<ShapeError>(n >= 0 && n <= std::numeric_limits<std::int32_t>::max(), "[index] no range of ", n, " ids");
  std::vector<std::int32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  return Index(std::move(ids));
}

Index Index::of(std::shared_ptr<State> state) {
  Index index;
  index.state_ = std::move(state);
  return index;
}

std::int64_t Index::size() const { return std::ssize(state_->ids); }
std::span<const std::int32_t> Index::host() const { return state_->ids; }
std::int64_t Index::bound() const { return state_->bound; }

const Groups& Index::groups() const {
  state_->collected.call([&] {
    state_->groups = collect(state_->ids, static_cast<std::size_t>(state_->bound));
    state_->uses |= kGrouped;
  });
  return state_->groups;
}

Index Index::distinct() const {
  const auto state = std::make_shared<State>();
  state->grouped = state_;
  state->ids = groups().ids;
  state->bound = bound();
  return of(state);
}

DeviceGroups Index::groups_on(Device device) const {
  const std::lock_guard lock(state_->uploading);
  if (const DeviceGroups* found = State::find(device, state_->group_uploads)) return *found;
  Upload upload(device);
  make(kGroupsUploaded, upload);
  upload.send();
  return state_->group_uploads.back();
}

Tensor Index::on(Device device) const {
  if (device == kCpu) return Tensor::wrap(const_cast<std::int32_t*>(state_->ids.data()), {size()}, DType::I32, state_);
  if (state_->grouped) return of(state_->grouped).groups_on(device).ids;
  const std::lock_guard lock(state_->uploading);
  if (const Tensor* found = State::find(device, state_->uploads)) return *found;
  Upload upload(device);
  make(kUploaded, upload);
  upload.send();
  return state_->uploads.back();
}

std::uint8_t Index::uses() const { return state_->uses; }

void Index::make(std::uint8_t uses, Upload& upload) const {
  if ((uses & kGrouped) != 0) groups();
  const std::lock_guard lock(state_->uploading);
  if ((uses & kUploaded) != 0 && State::find(upload.device(), state_->uploads) == nullptr)
    upload.add<std::int32_t>({state_->ids}, [state = state_](const Tensor& all) {
      const std::lock_guard lock(state->uploading);
      state->uploads.push_back(all);
      state->uses |= kUploaded;
    });
  if ((uses & kGroupsUploaded) != 0 && State::find(upload.device(), state_->group_uploads) == nullptr) {
    const Groups& groups = this->groups();
    upload.add<std::int32_t>(
        {groups.ids, groups.offsets, groups.order, groups.starts}, [state = state_](const Tensor& all) {
          std::int64_t end = 0;
          const auto next = [&](const std::vector<std::int32_t>& part) {
            const std::int64_t begin = end;
            end += std::ssize(part);
            return all.slice(0, begin, end);
          };
          const Groups& groups = state->groups;
          const std::lock_guard lock(state->uploading);
          state->group_uploads.push_back(
              {next(groups.ids), next(groups.offsets), next(groups.order), next(groups.starts)});  // braces: in order
          state->uses |= kGroupsUploaded;
        });
  }
}

}  // namespace seqrec

#include "train/shared_data.h"

#include <algorithm>
#include <utility>

namespace seqrec::train {
namespace {

constexpr std::size_t kKept = 4;

}  // namespace

RunData read_data(const data::Config& config, const BatchNeeds& needs) {
  data::Dataset dataset = data::prepare(config, needs);
  std::vector<std::string> titles = data::item_titles(config, dataset);
  return {std::move(dataset), std::move(titles)};
}

std::shared_ptr<const RunData> SharedData::get(const data::Config& config, const BatchNeeds& needs) {
  const std::lock_guard lock(mutex_);  // while they are read too: who wants the same waits for them
  const auto there = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.needs == needs && entry.reads->agrees(config); });
  if (there != entries_.end()) {
    std::rotate(there, there + 1, entries_.end());
    return entries_.back().data;
  }
  const auto reads = std::make_shared<data::ConfigReads>();
  auto read = std::make_shared<const RunData>(read_data(config.watched(reads), needs));
  ++reads_;
  if (entries_.size() == kKept) entries_.erase(entries_.begin());
  entries_.push_back({reads, needs, std::move(read)});
  return entries_.back().data;
}

int SharedData::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

}  // namespace seqrec::train

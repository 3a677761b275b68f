#include "train/team.h"

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "train/message.h"
#include "train/stopwatch.h"
#include "train/sum_message.h"

namespace seqrec::train {

Team::Team(dist::Processes* processes, std::int64_t shards)
    : processes_(processes),
      rank_(processes ? processes->rank() : 0),
      size_(processes ? processes->size() : 1),
      shards_(shards) {}

std::int64_t Team::first_of(int rank) const {
  const std::int64_t working = std::min<std::int64_t>(size_, shards_);
  return (std::min<std::int64_t>(rank, working) * shards_ + working - 1) / working;
}

int Team::owner(std::int64_t shard) const {
  return static_cast<int>(shard * std::min<std::int64_t>(size_, shards_) / shards_);
}

ShardSum Team::tree(std::int64_t begin, std::int64_t end, const std::function<ShardSum(std::int64_t)>& leaf,
                    Device device) {
  if (end - begin == 1) return owner(begin) == rank_ ? leaf(begin) : ShardSum{};
  const std::int64_t middle = begin + (end - begin + 1) / 2;
  ShardSum sum = tree(begin, middle, leaf, device), right = tree(middle, end, leaf, device);
  const int to = owner(begin), from = owner(middle);
  if (from != to && rank_ == from) send(to, to_message(right));
  if (from != to && rank_ == to) right = shard_sum(receive(from), device);
  if (rank_ == to) sum.add(std::move(right));
  return rank_ == to ? std::move(sum) : ShardSum{};
}

ShardSum Team::sum(const std::function<ShardSum(std::int64_t)>& leaf, Device device, const std::atomic<bool>* told,
                   bool& stop) {
  ShardSum sum = tree(0, shards_, leaf, device);
  if (leads()) stop = told && told->load();
  if (!is_shared()) return sum;
  dist::Message message;
  if (leads()) {
    message = to_message(sum);
    message.push_back(std::byte{stop});
  }
  message = broadcast(std::move(message));
  if (leads()) return sum;
  stop = message.back() != std::byte{0};
  message.pop_back();
  return shard_sum(message, device);
}

std::pair<std::int64_t, std::int64_t> Team::part(std::int64_t count) const {
  const auto first_of = [&](int rank) { return (rank * count + size_ - 1) / size_; };
  return {first_of(rank_), first_of(rank_ + 1)};
}

void Team::gather(const std::function<dist::Message()>& own, const std::function<void(const dist::Message&)>& take) {
  uncounted([&] {
    if (!leads()) return send(0, own());
    for (int rank = 1; rank < size_; ++rank) take(receive(rank));
  });
}

std::string Team::tell(std::string text) {
  if (is_shared()) uncounted([&] { text = text_of(broadcast(to_message(text))); });
  return text;
}

void Team::tell(Tensor& tensor) {
  if (!is_shared()) return;
  uncounted([&] {
    const dist::Message message = broadcast(leads() ? bytes_of(tensor) : dist::Message());
    if (!leads()) set_bytes(tensor, message);
  });
}

/// What belongs to no step.
void Team::uncounted(const std::function<void()>& exchange) {
  const auto before = std::pair(wait_seconds_, sent_);
  exchange();
  std::tie(wait_seconds_, sent_) = before;
}

std::vector<std::string> Team::report(std::int64_t steps, double seconds) {
  if (!is_shared() || steps == 0) return {};
  const double each = 1.0 / static_cast<double>(steps);
  char text[200];
  std::snprintf(text, sizeof text, "%lld of %lld shards; a step: compute %.3f ms, wait %.3f ms, %.1f kB sent",
                static_cast<long long>(end() - first()), static_cast<long long>(shards_),
                1e3 * (seconds - wait_seconds_) * each, 1e3 * wait_seconds_ * each,
                1e-3 * static_cast<double>(sent_) * each);
  std::vector<std::string> lines;
  if (!leads()) send(0, to_message(text));
  for (int rank = 0; leads() && rank < size_; ++rank)
    lines.push_back(
        concat("process ", rank, " on ", processes_->host(rank), ": ", rank == 0 ? text : text_of(receive(rank))));
  wait_seconds_ = 0;
  sent_ = 0;
  return lines;
}

dist::Message Team::broadcast(dist::Message message) {
  int reach = 1;  // the processes below it have the message
  while (reach <= rank_) reach *= 2;
  if (rank_ > 0) message = receive(rank_ - reach / 2);
  for (; rank_ + reach < size_; reach *= 2) send(rank_ + reach, message);
  return message;
}

void Team::send(int to, const dist::Message& message) {
  const Stopwatch watch;
  processes_->send(to, message);
  wait_seconds_ += watch.seconds();
  sent_ += std::ssize(message);
}

dist::Message Team::receive(int from) {
  const Stopwatch watch;
  dist::Message message = processes_->receive(from);
  wait_seconds_ += watch.seconds();
  return message;
}

}  // namespace seqrec::train

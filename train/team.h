#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dist/processes.h"
#include "train/shard_sum.h"

namespace seqrec::train {

/// The processes that train one model together, or this one alone. All compute the same steps from the same parameters;
/// each makes some shards of a batch, one after the other, and gets the sum of all, and scores some batches of an
/// evaluation. Process 0 leads: it alone reads and writes the run's folder, makes metrics of what all found and tells,
/// and the others learn from it where training stands.
class Team {
 public:
  /// Null: this process alone. They must outlive it.
  Team(dist::Processes* processes, std::int64_t shards);

  bool leads() const { return rank_ == 0; }
  /// Whether there are others.
  bool is_shared() const { return size_ > 1; }
  /// The shards [first, end) that this process makes: as many as the others, or one more. None in those that are more
  /// than there are shards.
  std::int64_t first() const { return first_of(rank_); }
  std::int64_t end() const { return first_of(rank_ + 1); }

  /// Of so many pieces of work in order the ones [first, second) that are this process' part: as many as the others
  /// have, or one more. The first process has some if any has.
  std::pair<std::int64_t, std::int64_t> part(std::int64_t count) const;
  /// Calls take(message) in process 0 with what own() is in each of the others, in the order of their parts.
  void gather(const std::function<dist::Message()>& own, const std::function<void(const dist::Message&)>& take);

  /// The sum of all shards, in a binary tree that depends on their number alone: the first ceil(n / 2) and the others,
  /// each likewise. `leaf` makes this process' own, in order. A sum moves to whoever has the first of its shards; that
  /// of all goes from process 0 to every other, and whether that one was told to stop by then (`told`; the others'
  /// isn't looked at) with it, as `stop`. Memory is that of log2(shards) sums, and of two more in messages where there
  /// are several processes. A shard without rows has no parts.
  ShardSum sum(const std::function<ShardSum(std::int64_t shard)>& leaf, Device device, const std::atomic<bool>* told,
               bool& stop);

  /// What process 0 has, in all: a text, the content of a tensor. It passes through log2(processes) hands.
  std::string tell(std::string text);
  void tell(Tensor& tensor);

  /// What the steps since the last call came to, a line for each process: "process 1 on host: ...". Of process 0; none
  /// in the others, and where this one is alone.
  std::vector<std::string> report(std::int64_t steps, double seconds);

 private:
  std::int64_t first_of(int rank) const;
  int owner(std::int64_t shard) const;
  ShardSum tree(std::int64_t begin, std::int64_t end, const std::function<ShardSum(std::int64_t shard)>& leaf,
                Device device);
  void uncounted(const std::function<void()>& exchange);
  void send(int to, const dist::Message& message);
  dist::Message receive(int from);
  /// Of process 0.
  dist::Message broadcast(dist::Message message);

  dist::Processes* processes_;
  int rank_ = 0, size_ = 1;
  std::int64_t shards_;
  double wait_seconds_ = 0;
  std::int64_t sent_ = 0;  // bytes
};

}  // namespace seqrec::train

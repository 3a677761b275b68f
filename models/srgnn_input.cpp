#include "models/srgnn_input.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace seqrec::models {
namespace {

using Ids = std::vector<std::int32_t>;
using Span = std::span<const std::int32_t>;

Span part(const Ids& values, std::int32_t begin, std::int32_t end) { return Span(values).subspan(begin, end - begin); }

/// Lists one after the other.
struct Lists {
  Ids offsets{0}, values;

  Span operator[](std::int32_t i) const { return part(values, offsets[i], offsets[i + 1]); }
  void add(Span list) {
    values.insert(values.end(), list.begin(), list.end());
    offsets.push_back(static_cast<std::int32_t>(values.size()));
  }
  Ragged take() && { return {Windows::adjacent(std::move(offsets)), Index(std::move(values))}; }
};

/// The instances after one step, by what they are made of: a hash table with open addressing.
class Instances {
 public:
  /// The number of the instance with this row and these neighbours, a new one if there is none yet.
  std::int32_t find(std::int32_t row, Span incoming, Span outgoing) {
    if (2 * (rows_.size() + 1) > slots_.size()) grow();
    const std::uint32_t hash = hash_of(row, incoming, outgoing);
    for (std::size_t slot = hash & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
      const std::int32_t i = slots_[slot];
      if (i < 0) return slots_[slot] = add(row, incoming, outgoing, hash);
      if (hashes_[i] == hash && rows_[i] == row && std::ranges::equal(incoming_[i], incoming) &&
          std::ranges::equal(outgoing_[i], outgoing))
        return i;
    }
  }

  Graph take() && { return {Index(std::move(rows_)), std::move(incoming_).take(), std::move(outgoing_).take()}; }

 private:
  static std::uint32_t hash_of(std::int32_t row, Span incoming, Span outgoing) {
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
    std::uint64_t hash = static_cast<std::uint64_t>(row) * kFactor;
    const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ (hash >> 29) ^ value) * kFactor; };
    for (const std::int32_t u : incoming) mix(static_cast<std::uint64_t>(u));
    mix(~std::uint64_t{0});  // no neighbour: where one list ends and the other begins
    for (const std::int32_t u : outgoing) mix(static_cast<std::uint64_t>(u));
    return static_cast<std::uint32_t>(hash >> 32);
  }

  std::int32_t add(std::int32_t row, Span incoming, Span outgoing, std::uint32_t hash) {
    rows_.push_back(row);
    hashes_.push_back(hash);
    incoming_.add(incoming);
    outgoing_.add(outgoing);
    return static_cast<std::int32_t>(rows_.size()) - 1;
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(1024, 2 * slots_.size()), -1);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      std::size_t slot = hashes_[i] & (slots_.size() - 1);
      while (slots_[slot] >= 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<std::int32_t>(i);
    }
  }

  Ids rows_, slots_;
  std::vector<std::uint32_t> hashes_;
  Lists incoming_, outgoing_;
};

/// One window's graph. It is made anew for each, in memory that it keeps.
class Session {
 public:
  Session(std::size_t items, EdgeWeight weight) : seen_(items), weight_(weight) {}

  /// The graph of the items (places in the batch's list of them) of a window.
  void read(Span items) {
    ++session_;
    nodes_.clear();
    places_.clear();
    for (const std::int32_t item : items) {
      Seen& seen = seen_[item];
      if (seen.session != session_) {
        seen = {session_, static_cast<std::int32_t>(nodes_.size())};
        nodes_.push_back(item);
      }
      places_.push_back(seen.node);
    }
    const Span places(places_);
    const std::size_t edges = places.size() - 1;
    incoming_.read(places.last(edges), places.first(edges), nodes_, weight_);
    outgoing_.read(places.first(edges), places.last(edges), nodes_, weight_);
    state_ = nodes_;
  }

  /// Takes every node from its instance before a step to that after it.
  void step(Instances& instances) {
    next_.clear();
    for (std::int32_t node = 0; node < std::ssize(nodes_); ++node)
      next_.push_back(
          instances.find(state_[node], incoming_.states_of(node, state_), outgoing_.states_of(node, state_)));
    std::swap(state_, next_);
  }

  /// Appends the instance at each position.
  void append_to(Ids& positions) const {
    for (const std::int32_t place : places_) positions.push_back(state_[place]);
  }
  std::int32_t last() const { return state_[places_.back()]; }

 private:
  struct Seen {
    std::int32_t session = 0, node = 0;
  };

  /// The neighbours of each node on one side, ordered by their items.
  class Side {
   public:
    /// Edge e makes `neighbours[e]` a neighbour of nodes[e].
    void read(Span nodes, Span neighbours, const Ids& items, EdgeWeight weight) {
      begin_.assign(items.size() + 1, 0);
      for (const std::int32_t node : nodes) ++begin_[node + 1];
      for (std::size_t node = 0; node < items.size(); ++node) begin_[node + 1] += begin_[node];
      end_.assign(begin_.begin(), begin_.end() - 1);
      values_.resize(nodes.size());
      for (std::size_t e = 0; e < nodes.size(); ++e) values_[end_[nodes[e]]++] = neighbours[e];
      for (std::size_t node = 0; node < items.size(); ++node) {
        if (end_[node] - begin_[node] < 2) continue;
        const auto first = values_.begin() + begin_[node], last = values_.begin() + end_[node];
        std::sort(first, last, [&items](std::int32_t a, std::int32_t b) { return items[a] < items[b]; });
        if (weight == EdgeWeight::Binary)
          end_[node] = static_cast<std::int32_t>(std::unique(first, last) - values_.begin());
      }
    }

    /// The instances of a node's neighbours; valid until the next call.
    Span states_of(std::int32_t node, const Ids& states) {
      found_.clear();
      for (const std::int32_t u : part(values_, begin_[node], end_[node])) found_.push_back(states[u]);
      return found_;
    }

   private:
    Ids begin_, end_, values_, found_;
  };

  std::vector<Seen> seen_;
  EdgeWeight weight_;
  std::int32_t session_ = 0;
  Ids nodes_;   // item of each node
  Ids places_;  // node of each position
  Side incoming_, outgoing_;
  Ids state_, next_;  // instance of each node
};

}  // namespace

SrgnnInput srgnn_input(const Batch& batch, std::int64_t max_length, std::int64_t steps, EdgeWeight weight) {
  const Windows cut = batch.windows.keep_last(max_length);
  Index items = batch.items;
  const std::int64_t padding = items.size();  // the value that windows without an item look at, if there are any
  const bool all_filled = std::ranges::equal(cut.begin(), cut.end(), std::less<>());
  if (!all_filled) {
    Ids padded(items.host().begin(), items.host().end());
    padded.push_back(0);
    items = Index(std::move(padded));
  }
  const Groups& groups = items.groups();

  Session session(groups.ids.size(), weight);
  std::vector<Instances> instances(steps);
  Ids positions, last;
  positions.reserve(cut.entries());
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    const auto row = static_cast<std::size_t>(r);
    const bool empty = cut.length(r) == 0;
    session.read(empty
                     ? part(groups.group_of, static_cast<std::int32_t>(padding), static_cast<std::int32_t>(padding) + 1)
                     : part(groups.group_of, cut.begin()[row], cut.end()[row]));
    for (Instances& level : instances) session.step(level);
    if (!empty) session.append_to(positions);
    last.push_back(session.last());
  }

  SrgnnInput input{.items = Index(groups.ids),
                   .graphs = {},
                   .windows = Windows::adjacent(Ids(cut.offsets().begin(), cut.offsets().end())),
                   .nodes = Index(std::move(positions)),
                   .last = Index(std::move(last))};
  for (Instances& level : instances) input.graphs.push_back(std::move(level).take());
  return input;
}

}  // namespace seqrec::models

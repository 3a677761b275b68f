#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace seqrec::tune {

/// The numbers of epochs at which trials are compared, the last one being `most`: that divided by eta again and again,
/// rounded up, down to `least`; each a multiple of `eval_step`, so that there is a validation to compare.
std::vector<std::int64_t> rungs(std::int64_t least, std::int64_t most, std::int64_t eta, std::int64_t eval_step);

/// How many epochs a trial that comes from the rung before trains for a rung.
std::int64_t epochs_for(const std::vector<std::int64_t>& rungs, std::size_t rung);

/// What is to be done: training a trial until it has so many epochs.
struct Leg {
  std::int64_t trial = 0;  ///< from 1
  std::size_t rung = 0;
  std::int64_t epochs = 0;
  bool operator==(const Leg&) const = default;
};

/// Decides which trials go on, and when new ones begin: asynchronous successive halving (ASHA; Li et al., "A system for
/// massively parallel hyperparameter tuning", MLSys 2020). Of the trials that have come to a rung the best 1/eta go on
/// to the next one; where none may, a new trial begins. With one rung every trial is trained to its end.
///
/// Decisions depend on results alone, not on when these come: each is made as if `lanes` trials ran side by side and an
/// epoch took the same time in all of them. What would have ended by then is known, what would not isn't, even if it
/// has. So a study is the same however many trials run at once, and after every interruption.
class Schedule {
 public:
  struct Rules {
    std::int64_t trials = 1;
    std::vector<std::int64_t> rungs = {1};
    std::int64_t eta = 3;
    std::int64_t lanes = 1;
    bool learns = false;  ///< whether the choice of a new trial needs results
  };
  /// A result; larger is better, none: the trial failed.
  using Value = std::optional<double>;
  struct Known {
    Leg leg;
    Value value;
  };

  explicit Schedule(Rules rules);

  /// The next leg. None if that can't be said without results that are awaited, or if there is none: ended().
  std::optional<Leg> next();
  bool ended() const { return ended_; }
  /// Tells the result of a leg, in any order; may be told before next() gives it.
  void tell(std::int64_t trial, std::size_t rung, Value value);
  bool is_told(const Leg& leg) const { return told_.contains({leg.trial, leg.rung}); }
  /// The results that the last decision could know, in the order in which they became known.
  std::span<const Known> known() const { return known_; }

 private:
  struct Running {
    Leg leg;
    std::int64_t end;  // in epochs, of the lanes' time
  };

  bool learn_until(std::int64_t time);
  std::optional<Leg> promotion() const;
  std::optional<Leg> decide();

  Rules rules_;
  std::vector<std::int64_t> free_;  // when each lane is
  std::vector<Running> running_;    // in the order of their decisions
  std::map<std::pair<std::int64_t, std::size_t>, Value> told_;
  std::vector<Known> known_;
  std::set<std::pair<std::int64_t, std::size_t>> promoted_;  // from this rung
  std::int64_t begun_ = 0;
  bool ended_ = false;
};

}  // namespace seqrec::tune

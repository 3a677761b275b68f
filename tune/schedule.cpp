#include "tune/schedule.h"

#include <algorithm>
#include <utility>

namespace seqrec::tune {

namespace {

std::int64_t divided_up(std::int64_t number, std::int64_t divisor) {
  return number / divisor + (number % divisor != 0 ? 1 : 0);
}

}  // namespace

std::vector<std::int64_t> rungs(std::int64_t least, std::int64_t most, std::int64_t eta, std::int64_t eval_step) {
  std::vector<std::int64_t> out = {most};
  for (std::int64_t divisor = eta; divisor <= most; divisor *= eta) {
    const std::int64_t epochs = divided_up(most, divisor), validations = divided_up(epochs, eval_step);
    if (epochs < least) break;
    if (validations <= (out.back() - 1) / eval_step) out.push_back(validations * eval_step);
    if (divisor > most / eta) break;
  }
  std::ranges::reverse(out);
  return out;
}

std::int64_t epochs_for(const std::vector<std::int64_t>& rungs, std::size_t rung) {
  return rungs[rung] - (rung > 0 ? rungs[rung - 1] : 0);
}

Schedule::Schedule(Rules rules) : rules_(std::move(rules)), free_(static_cast<std::size_t>(rules_.lanes), 0) {}

void Schedule::tell(std::int64_t trial, std::size_t rung, Value value) { told_[{trial, rung}] = value; }

/// Takes in what has ended by then; false if a result of it is awaited.
bool Schedule::learn_until(std::int64_t time) {
  for (;;) {
    const auto first = std::ranges::min_element(running_, {}, &Running::end);
    if (first == running_.end() || first->end > time) return true;
    const auto told = told_.find({first->leg.trial, first->leg.rung});
    if (told == told_.end()) return false;
    known_.push_back({first->leg, told->second});
    running_.erase(first);
  }
}

/// Of the best of the highest rung that has one to promote.
std::optional<Leg> Schedule::promotion() const {
  for (std::size_t rung = rules_.rungs.size() - 1; rung-- > 0;) {
    std::vector<const Known*> there;
    for (const Known& one : known_)
      if (one.leg.rung == rung) there.push_back(&one);
    std::ranges::sort(there, [](const Known* a, const Known* b) {
      return a->value != b->value ? a->value > b->value : a->leg.trial < b->leg.trial;
    });
    there.resize(there.size() / static_cast<std::size_t>(rules_.eta));
    for (const Known* one : there)
      if (one->value && !promoted_.contains({one->leg.trial, rung}))
        return Leg{one->leg.trial, rung + 1, rules_.rungs[rung + 1]};
  }
  return std::nullopt;
}

std::optional<Leg> Schedule::decide() {
  if (const std::optional<Leg> leg = promotion()) {
    promoted_.emplace(leg->trial, leg->rung - 1);
    return leg;
  }
  if (begun_ == rules_.trials) return std::nullopt;
  return Leg{++begun_, 0, rules_.rungs[0]};
}

std::optional<Leg> Schedule::next() {
  while (!ended_) {
    const auto lane = std::ranges::min_element(free_);
    const std::int64_t now = *lane;
    const bool needs_results = rules_.learns || rules_.rungs.size() > 1;
    if (needs_results && !learn_until(now)) return std::nullopt;
    if (const std::optional<Leg> leg = decide()) {
      *lane = now + epochs_for(rules_.rungs, leg->rung);
      running_.push_back({*leg, *lane});
      return leg;
    }
    if (running_.empty() || !needs_results)
      ended_ = true;
    else
      *lane = std::ranges::min(running_, {}, &Running::end).end;
  }
  return std::nullopt;
}

}  // namespace seqrec::tune

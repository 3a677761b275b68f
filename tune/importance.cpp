#include "tune/importance.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"

namespace seqrec::tune {
namespace {

constexpr std::size_t kFewest = 8;  // trials that say something
constexpr std::size_t kParts = 4;   // of a number's range, by the trials in them

/// The trials that have a value, the best one first.
std::vector<TrialResult> ranked(const StudyContent& content, bool bigger) {
  std::vector<TrialResult> out;
  for (const auto& [trial, result] : content.last())
    if (result.value() && content.settings.contains(trial)) out.push_back(result);
  std::ranges::stable_sort(out, [&](const TrialResult& a, const TrialResult& b) {
    if (a.rung != b.rung) return a.rung > b.rung;
    return bigger ? *a.value() > *b.value() : *a.value() < *b.value();
  });
  return out;
}

/// Which group each trial is in, in the order of `trials`.
std::vector<std::size_t> groups_of(const Parameter& parameter, const std::vector<const Json*>& values) {
  std::vector<std::size_t> out(values.size());
  if (parameter.distribution.kind == Distribution::Kind::Choice) {
    for (std::size_t i = 0; i < values.size(); ++i)
      out[i] = static_cast<std::size_t>(std::ranges::find(parameter.distribution.choices, *values[i]) -
                                        parameter.distribution.choices.begin());
    return out;
  }
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]->as_double(); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    // Equal numbers stay together.
    const bool same = i > 0 && values[order[i]]->as_double() == values[order[i - 1]]->as_double();
    out[order[i]] = same ? out[order[i - 1]] : i * kParts / order.size();
  }
  return out;
}

/// Epsilon squared of the ranks 0, 1, ..: of the variance between groups, less what chance gives.
double between(const std::vector<std::size_t>& groups) {
  const auto n = static_cast<double>(groups.size());
  const double mean = (n - 1) / 2, all = n * (n * n - 1) / 12;
  std::map<std::size_t, std::pair<double, double>> sums;  // of ranks, and their number
  for (std::size_t i = 0; i < groups.size(); ++i) {
    sums[groups[i]].first += static_cast<double>(i);
    sums[groups[i]].second += 1;
  }
  double of_groups = 0;
  for (const auto& [group, sum] : sums) {
    const double away = sum.first / sum.second - mean;
    of_groups += sum.second * away * away;
  }
  const auto k = static_cast<double>(sums.size());
  if (k >= n) return 0;
  const double within = (all - of_groups) / (n - k);
  return std::clamp((of_groups - (k - 1) * within) / all, 0.0, 1.0);
}

}  // namespace

std::vector<Importance> importance(const StudyContent& content, const Space& space, bool bigger) {
  const std::vector<TrialResult> trials = ranked(content, bigger);
  std::vector<Importance> out;
  if (trials.size() < kFewest) return out;
  for (const Parameter& parameter : space.parameters) {
    std::vector<const Json*> values;
    for (const TrialResult& trial : trials) values.push_back(&content.settings.at(trial.trial).at(parameter.key));
    out.push_back({parameter.key, between(groups_of(parameter, values))});
  }
  std::ranges::stable_sort(out, [](const Importance& a, const Importance& b) { return a.share > b.share; });
  return out;
}

Space stored_space(const Json& header) {
  Space space;
  try {
    for (const auto& [key, value] : header.at("space").as_object())
      space.parameters.push_back(parse_parameter(key, value, "study.jsonl"));
  } catch (const ConfigError& error) {
    throw FormatError(error.what());
  }
  return space;
}

}  // namespace seqrec::tune

#include "data/point_split.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/random.h"
#include "data/date.h"
#include "data/splitting.h"

namespace seqrec::data {
namespace {

const char* const kAt =
    "a quantile of the times (above 0 and below 1), a date such as 1998-03-01 or 1998-03-01T12:00:00Z, or a time as in "
    "the data (from 1 on)";

const std::vector<Key>& point_keys() {
  static const std::vector<Key> kKeys = {
      Key::any("at", 0.9, kAt, "the point: what is before it trains"),
      Key::choice("target", "last", {"last", "first", "random", "all", "successive"}, "which are tested"),
      Key::choice("valid", "by_time", {"by_time", "by_user", "last_train", "none"}, "what validates"),
      Key::number("valid_share", 0.1, {.above = 0, .below = 1}, "of the interactions (by_time) or users (by_user)"),
      Key::choice("cold_users", "keep", {"keep", "drop"}, "users who don't train"),
      Key::choice("cold_items", "keep", {"keep", "drop"}, "targets that don't train"),
  };
  return kKeys;
}

bool is_point(const Json& at) {
  if (at.is_number()) return at.as_double() > 0;
  return at.is_string() && parse_date(at.as_string());
}

/// The key of which a share of the interactions are before it.
std::int64_t quantile(std::vector<std::int64_t> keys, double share) {
  const auto nth = static_cast<std::ptrdiff_t>(share * static_cast<double>(keys.size()));
  const auto at = keys.begin() + std::min(nth, std::ssize(keys) - 1);
  std::nth_element(keys.begin(), at, keys.end());
  return *at;
}

/// The rows of one history after another.
class PointSplit {
 public:
  PointSplit(Dataset& dataset, const Json& args, std::uint64_t seed)
      : dataset_(dataset),
        target_(args.at("target").as_string()),
        valid_(args.at("valid").as_string()),
        valid_share_(args.at("valid_share").as_double()),
        drop_cold_users_(args.at("cold_users").as_string() == "drop"),
        targets_{named_seed(seed, "targets of the split"), 0},
        users_{named_seed(seed, "users who validate"), 0} {}

  bool validates_by_time() const { return valid_ == "by_time"; }

  /// `from` and `to` are the history's first positions from the validation's point on, and from the test's.
  void add(std::int32_t history, std::int32_t from, std::int32_t to, std::int32_t length) {
    std::int32_t train_end = to;  // of the interactions
    std::vector<Row> valid;
    if (validates_by_time()) {
      train_end = from;
      choose(history, from, to, valid);
    } else if (valid_ == "by_user" && drawn(history)) {
      train_end = 0;
      if (to > 0) take({history, to - 1}, valid);
    } else if (valid_ == "last_train" && to > 2) {  // or else nothing is left to train on
      train_end = to - 1;
      take({history, train_end}, valid);
    }
    for (std::int32_t position = 1; position < train_end; ++position) dataset_.train.push_back({history, position});
    std::vector<Row> test;
    choose(history, to, length, test);
    const bool is_cold = train_end < 2;
    keep(valid, is_cold && valid_ != "by_user", dataset_.valid);
    keep(test, is_cold, dataset_.test);
  }

 private:
  bool drawn(std::int32_t history) const {
    RandomStream stream = users_;
    stream.stream = static_cast<std::uint64_t>(history);
    return Random(stream).uniform() < valid_share_;
  }

  /// The targets among a history's positions [begin, end).
  void choose(std::int32_t history, std::int32_t begin, std::int32_t end, std::vector<Row>& out) {
    if (begin >= end) return;
    if (target_ == "last") return take({history, end - 1}, out);
    if (target_ == "first") return take({history, begin}, out);
    if (target_ == "random") {
      RandomStream stream = targets_;
      stream.stream = static_cast<std::uint64_t>(history);
      const std::int32_t first = std::min(std::max(begin, 1), end - 1);
      return take({history, first + static_cast<std::int32_t>(Random(stream, static_cast<std::uint64_t>(begin) * 64)
                                                                  .below(static_cast<std::uint32_t>(end - first)))},
                  out);
    }
    for (std::int32_t position = begin; position < end; ++position)
      take({history, position, target_ == "all" ? position - begin : 0}, out);
  }

  void take(Row row, std::vector<Row>& out) {
    if (row.position > row.skipped)
      out.push_back(row);
    else
      ++dataset_.facts.without_history;
  }

  void keep(const std::vector<Row>& rows, bool is_cold, RowList& out) {
    if (is_cold && drop_cold_users_)
      dataset_.facts.dropped_users += std::ssize(rows);
    else
      for (const Row row : rows) out.push_back(row);
  }

  Dataset& dataset_;
  std::string target_, valid_;
  double valid_share_;
  bool drop_cold_users_;
  RandomStream targets_, users_;
};

/// Targets that training never reads.
void drop_cold_items(Dataset& dataset) {
  const std::vector<std::int64_t> counts = trained_counts(dataset);
  for (RowList* rows : {&dataset.valid, &dataset.test}) {
    RowList kept;
    for (const Row row : *rows)
      if (counts[dataset.target(row)] > 0) kept.push_back(row);
    dataset.facts.dropped_items += std::ssize(*rows) - std::ssize(kept);
    *rows = std::move(kept);
  }
}

}  // namespace

Json complete_point_split(const Json& value, const std::string& source) {
  const std::string where = concat("eval_args.split.GTS, ", source);
  Json given = value;
  if (!given.is_object()) given = Json(Json::Object{{"at", value}});
  for (const auto& [name, member] : given.as_object()) {
    const bool known = std::any_of(point_keys().begin(), point_keys().end(),
                                   [&name = name](const Key& key) { return key.name == name; });
    require<ConfigError>(known, "unknown key '", name, "' in ", where,
                         "; known are at, target, valid, valid_share, cold_users, cold_items");
  }
  Json out = complete_values(point_keys(), given, where);
  if (!is_point(out.at("at"))) point_keys()[0].fail(out.at("at"), where, kAt);
  return out;
}

void split_at_points(Dataset& dataset, const Config& config, const TimeScale& scale, std::span<const std::int64_t> keys,
                     const std::string& file) {
  const auto& [mode, value] = config.at("eval_args").at("split").as_object()[0];
  const std::string name = concat("eval_args.split {", mode, ": ", value.dump(), "}");
  require<DataError>(scale.missing == 0, file, ": ", scale.missing, " of ", dataset.rows_read, " times (TIME_FIELD ",
                     config.get_string("TIME_FIELD"),
                     ") are missing, and what has no time is on neither side of a point: ", name);
  if (keys.empty()) return;
  dataset.by_time = true;
  SplitFacts& facts = dataset.facts;
  const std::vector<std::int64_t> all(keys.begin(), keys.end());
  std::int64_t test_point, valid_point;
  Json args = value;
  if (mode == "TS") {
    const std::array<double, 3> ratios = split_ratios(value);
    args = complete_point_split(Json(Json::Object{{"target", "successive"}}), "");
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    test_point = ratios[2] > 0 ? quantile(all, ratios[0] + ratios[1]) : kEnd;
    valid_point = ratios[1] > 0 ? std::min(quantile(all, ratios[0]), test_point) : test_point;
  } else {
    const Json& at = args.at("at");
    const double number =
        at.is_number() ? at.as_double()
                       : static_cast<double>(*parse_date(at.as_string())) * std::max(facts.ticks_per_second, 1.0);
    test_point = at.is_number() && number < 1 ? quantile(all, number) : scale.key_of(number);
    std::vector<std::int64_t> before;
    std::copy_if(all.begin(), all.end(), std::back_inserter(before), [&](auto key) { return key < test_point; });
    const auto text = [&](std::int64_t key) { return time_text(scale.time(key), facts.ticks_per_second); };
    const auto ends = std::minmax_element(all.begin(), all.end());
    const auto fail = [&](const char* what) {
      throw DataError(concat(file, ": ", name, ": the point ", text(test_point), " leaves no interaction ", what,
                             "; the times go from ", text(*ends.first), " to ", text(*ends.second)));
    };
    if (before.empty()) fail("before it to train on");
    if (before.size() == all.size()) fail("at or after it to test");
    valid_point = quantile(before, 1 - args.at("valid_share").as_double());
  }
  PointSplit split(dataset, args, static_cast<std::uint64_t>(config.get_int("seed")));
  if (!split.validates_by_time()) valid_point = test_point;
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    const auto begin = keys.begin() + dataset.offsets[h], end = keys.begin() + dataset.offsets[h + 1];
    const auto position = [&](std::int64_t point) {
      return static_cast<std::int32_t>(std::lower_bound(begin, end, point) - begin);
    };
    split.add(static_cast<std::int32_t>(h), position(valid_point), position(test_point),
              static_cast<std::int32_t>(end - begin));
  }
  if (args.at("cold_items").as_string() == "drop") drop_cold_items(dataset);
  require<DataError>(mode == "TS" || !dataset.test.empty(), file, ": ", name, ": no target at or after the point ",
                     time_text(scale.time(test_point), facts.ticks_per_second),
                     " is left to test: ", facts.without_history, " have no interaction before them, ",
                     facts.dropped_users + facts.dropped_items, " are of users or items that are dropped as cold");
  const auto is_within = [&](std::int64_t point) { return point <= *std::max_element(all.begin(), all.end()); };
  if (is_within(test_point)) facts.test_point = scale.time(test_point);
  if (valid_point < test_point) facts.valid_point = scale.time(valid_point);
}

}  // namespace seqrec::data

#include <algorithm>

#include <doctest/doctest.h>

#include "data/date.h"
#include "data/negative_sampler.h"
#include "data/timeline.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

std::string time_inter(std::string_view lines) {
  std::string text = "user_id:token\titem_id:token\ttimestamp:float\n";
  for (const char c : lines) text += c == ' ' ? '\t' : c;
  return text;
}

// u: 1 2 3 4 | 11 12 13;  v: 5 6 | 14;  w (cold): | 15 16;  x: 7 8 (nothing later).  "new" is in no training.
const char* const kFour =
    "u a 1\nu b 2\nu c 3\nu d 4\nv a 5\nv b 6\nx a 7\nx c 8\nu a 11\nu new 12\nu b 13\nv d 14\nw a 15\nw new 16\n";

Dataset split(const char* args, std::vector<std::string> more = {}) {
  const DatasetFiles files(time_inter(kFour));
  more.push_back(std::string("eval_args={split: ") + args + "}");
  return files.prepare(more);
}

std::string rows_text(const Dataset& dataset, const RowList& rows) {
  std::string out;
  for (const Row row : rows) {
    if (!out.empty()) out += ", ";
    out += dataset.users.token(dataset.user(row));
    out += ":";
    for (const std::int32_t item : dataset.before(row)) out.append(" ").append(dataset.items.token(item));
    out.append(" > ").append(dataset.items.token(dataset.target(row)));
  }
  return out;
}

}  // namespace

TEST_CASE("a global temporal split tests the targets it is asked for, from all that was before them") {
  const auto test = [](const char* target, std::vector<std::string> more = {}) {
    const Dataset dataset = split((std::string("{GTS: {at: 9, valid: none, target: ") + target + "}}").c_str(), more);
    CHECK(rows_text(dataset, dataset.train) ==
          "u: a > b, u: a b > c, u: a b c > d, v: a > b, x: a > c");  // nothing from the point on
    CHECK(dataset.valid.empty());
    CHECK(dataset.facts.test_point == 9);
    CHECK(dataset.facts.train_interactions == 8);
    CHECK(dataset.facts.train_later == 0);
    CHECK(dataset.by_time);
    return rows_text(dataset, dataset.test);
  };
  CHECK(test("last") == "u: a b c d a new > b, v: a b > d, w: a > new");
  CHECK(test("first") == "u: a b c d > a, v: a b > d");
  CHECK(test("successive") == "u: a b c d > a, u: a b c d a > new, u: a b c d a new > b, v: a b > d, w: a > new");
  CHECK(test("all") == "u: a b c d > a, u: a b c d > new, u: a b c d > b, v: a b > d");
  const std::string random = test("random");
  CHECK(random == test("random"));
  bool others = false;
  for (const char* seed : {"seed=1", "seed=2", "seed=3", "seed=4"}) others |= test("random", {seed}) != random;
  CHECK(others);
}

TEST_CASE("cold users and items are counted, and dropped where that is asked for") {
  const Dataset kept = split("{GTS: {at: 9, valid: none, target: successive}}");
  CHECK(kept.facts.without_history == 1);  // w's first
  CHECK(kept.facts.cold_item_targets == 2);
  CHECK(kept.facts.cold_user_rows == 1);
  CHECK(kept.facts.earliest_test_target == 11);
  const Dataset items = split("{GTS: {at: 9, valid: none, target: successive, cold_items: drop}}");
  CHECK(rows_text(items, items.test) == "u: a b c d > a, u: a b c d a new > b, v: a b > d");
  CHECK(items.facts.dropped_items == 2);
  CHECK(items.facts.cold_item_targets == 0);
  const Dataset users = split("{GTS: {at: 9, valid: none, target: successive, cold_users: drop}}");
  CHECK(users.facts.dropped_users == 1);
  CHECK(users.facts.cold_user_rows == 0);
  CHECK(users.test.size() == 4);
}

TEST_CASE("validation by time, by user, by the last training items") {
  const Dataset by_time = split("{GTS: {at: 9, valid_share: 0.5, target: successive}}");
  CHECK(by_time.facts.valid_point == 5);
  CHECK(rows_text(by_time, by_time.train) == "u: a > b, u: a b > c, u: a b c > d");
  CHECK(rows_text(by_time, by_time.valid) == "v: a > b, x: a > c");
  CHECK(by_time.test.size() == 5);
  CHECK(by_time.facts.cold_user_rows == 2);  // v and w

  const Dataset last = split("{GTS: {at: 9, valid: last_train}}");
  CHECK(rows_text(last, last.train) == "u: a > b, u: a b > c, v: a > b, x: a > c");  // two items train
  CHECK(rows_text(last, last.valid) == "u: a b c > d");
  CHECK_FALSE(last.facts.valid_point);

  std::size_t drawn = 0;
  for (int seed = 0; seed < 8; ++seed) {
    const Dataset by_user = split("{GTS: {at: 9, valid: by_user, valid_share: 0.4}}", {"seed=" + std::to_string(seed)});
    for (const Row valid : by_user.valid) {
      CHECK(by_user.before(valid).size() + 1 == (by_user.users.token(by_user.user(valid)) == "u" ? 4 : 2));
      for (const Row train : by_user.train) CHECK(train.history != valid.history);
      ++drawn;
    }
  }
  CHECK(drawn > 3);
  CHECK(drawn < 20);
}

TEST_CASE("the point is a quantile, a time or a date, and equal times are on one side of it") {
  const DatasetFiles days(
      time_inter("u a 889000000\nu b 889100000\nu c 889272000\nu d 889272000\nv a 889000000\nv b "
                 "889100000\nv c 889372000\nw a 889272000\n"));
  const auto at = [&](const std::string& point) {
    const Dataset dataset = days.prepare({"eval_args={split: {GTS: {at: " + point + ", valid: none}}}"});
    return rows_text(dataset, dataset.test);
  };
  const char* const expected = "u: a b c > d, v: a b > c";
  CHECK(at("0.5") == expected);
  CHECK(at("0.8") == expected);  // still the first of equal times
  CHECK(at("889272000") == expected);
  CHECK(at("1998-03-07T11:00:00Z") == expected);  // is 889268400
  CHECK(at("'1998-03-07 13:00+01:00'") == expected);
  CHECK(at("1998-03-07") == expected);
  CHECK(at("1998-03-08") == "v: a b > c");
  // The same as milliseconds.
  const DatasetFiles milliseconds(time_inter("u a 889000000000\nu b 889100000000\nu c 889272000000\n"));
  const Dataset dataset = milliseconds.prepare({"eval_args={split: {GTS: {at: 1998-03-07, valid: none}}}"});
  CHECK(rows_text(dataset, dataset.test) == "u: a b > c");
  CHECK(dataset.facts.ticks_per_second == 1000);
}

TEST_CASE("TS cuts at two points in time by ratio") {
  const Dataset dataset = split("{TS: [0.5, 0.2, 0.3]}");
  CHECK(dataset.facts.valid_point == 8);
  CHECK(dataset.facts.test_point == 12);
  CHECK(rows_text(dataset, dataset.train) == "u: a > b, u: a b > c, u: a b c > d, v: a > b");
  CHECK(rows_text(dataset, dataset.valid) == "u: a b c d > a, x: a > c");
  CHECK(rows_text(dataset, dataset.test) == "u: a b c d a > new, u: a b c d a new > b, v: a b > d, w: a > new");
  const Dataset whole = split("{TS: [1, 0, 1]}");
  CHECK(whole.valid.empty());
  CHECK(whole.train.size() + whole.test.size() == 10);
  CHECK(split("{TS: [1, 1, 0]}").test.empty());
}

TEST_CASE("leave-one-out says how much training knows of the future") {
  const Dataset dataset = split("{LS: valid_and_test}");
  CHECK_FALSE(dataset.facts.test_point);
  CHECK(dataset.facts.earliest_test_target == 13);
  CHECK(dataset.facts.train_interactions == 5 + 2 + 2 + 2);
  CHECK(dataset.facts.train_later == 2);  // w's, whose only row trains
  CHECK(dataset.facts.cold_item_targets == 0);
  CHECK(dataset.facts.cold_user_rows == 0);
}

TEST_CASE("popularity of a split by time is that of training") {
  const Dataset dataset = split("{GTS: {at: 9, valid: none, target: successive}}");
  CHECK(trained_counts(dataset)[*dataset.items.find("new")] == 0);
  CHECK(trained_counts(dataset)[*dataset.items.find("a")] == 3);
  const NegativeSampler sampler(dataset, {NegativeSampling::Distribution::Popularity, 50});
  std::vector<std::int32_t> drawn;
  sampler.draw({1, 2}, 0, *dataset.items.find("a"), drawn);
  CHECK(std::find(drawn.begin(), drawn.end(), *dataset.items.find("new")) == drawn.end());
}

TEST_CASE("a split by time that can't be made is an error that says why") {
  const auto error = [](const char* args) { return message_of([&] { split(args); }); };
  const char* const at =
      ", expected a quantile of the times (above 0 and below 1), a date such as 1998-03-01 or 1998-03-01T12:00:00Z, or "
      "a time as in the data (from 1 on)";
  CHECK(error("{GTS: {at: 1998-02-30}}") == std::string("at (eval_args.split.GTS, --set): got \"1998-02-30\"") + at);
  CHECK(error("{GTS: {at: 0}}") == std::string("at (eval_args.split.GTS, --set): got 0") + at);
  CHECK(error("{GTS: yesterday}") == std::string("at (eval_args.split.GTS, --set): got \"yesterday\"") + at);
  CHECK(error("{GTS: {to: 3}}") ==
        "unknown key 'to' in eval_args.split.GTS, --set; known are at, target, valid, valid_share, cold_users, "
        "cold_items");
  CHECK(error("{GTS: {target: any}}") ==
        "target (eval_args.split.GTS, --set): got \"any\", expected one of last, first, random, all, successive");
  CHECK(error("{GTS: {at: 20}}")
            .find(": the point 20 leaves no interaction at or after it to test; the times go from "
                  "1 to 16") != std::string::npos);
  CHECK(error("{GTS: {at: 1}}")
            .find(": the point 1 leaves no interaction before it to train on; the times go from 1 "
                  "to 16") != std::string::npos);
  CHECK(error("{GTS: {at: 15, valid: none, target: first}}")
            .find(": no target at or after the point 15 is left to test: 1 have no interaction before them, 0 are of "
                  "users or items that are dropped as cold") != std::string::npos);

  const DatasetFiles gaps(time_inter("u a 1\nu b \nu c 3\n"));
  CHECK(message_of([&] { gaps.prepare({"eval_args={split: {GTS: 0.5}}"}); })
            .find(": 1 of 3 times (TIME_FIELD timestamp) are missing, and what has no time is on neither side of a "
                  "point: eval_args.split {GTS: {\"at\":0.5,") != std::string::npos);
  const DatasetFiles none("user_id:token\titem_id:token\nu\ta\n");
  CHECK(message_of([&] {
          none.prepare({"eval_args={split: {GTS: 0.5}}"});
        }).find("no column 'timestamp' (TIME_FIELD)") != std::string::npos);
}

TEST_CASE("dates are read and written in UTC") {
  CHECK(parse_date("1970-01-01") == 0);
  CHECK(parse_date("1998-03-07T11:00:00Z") == 889268400);
  CHECK(parse_date("1998-03-07 12:00+01:00") == 889268400);
  CHECK(parse_date(" 2000-02-29 ") == 951782400);
  CHECK(parse_date("1998-03-07 12:00:00 +0100") == 889268400);
  CHECK(parse_date("1998-03-07 05:30:00-05:30") == 889268400);
  CHECK(parse_date("1998-03-07 11:00:00 UTC") == 889268400);
  for (const char* bad : {"", "1998", "1998-3-7", "1999-02-29", "1998-13-01", "1998-03-07T", "1998-03-07T25:00",
                          "1998-03-07T11:00:00X", "1998-03-07T11:00:00+1", "98-03-07", "1998-03-07Z"})
    CHECK_MESSAGE(!parse_date(bad), bad);
  CHECK(date_text(889268400) == "1998-03-07T11:00:00Z");
  CHECK(date_text(-1) == "1969-12-31T23:59:59Z");
  CHECK_FALSE(date_text(std::int64_t{1} << 60));
  CHECK(time_text(889268400500, 1000) == "889268400500 (1998-03-07T11:00:00Z)");
  CHECK(time_text(17.5, 0) == "17.5");
}

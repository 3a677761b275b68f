#include "tune/importance.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace seqrec::tune {
namespace {

/// Trials whose value is the number `a` and, a little, a draw; `b` and `c` say nothing.
StudyContent study(int trials) {
  StudyContent content;
  Random random(random_stream(4, Purpose::Test));
  for (int i = 1; i <= trials; ++i) {
    const double a = random.uniform();
    content.settings[i] = Json::Object{{"a", a}, {"b", static_cast<int>(random.below(3))}, {"c", random.uniform()}};
    content.results.push_back({.trial = i, .epochs = 1, .values = {a + 0.1 * random.uniform()}});
  }
  return content;
}

Space space() {
  return stored_space(Json::parse(R"({"space":{"a":{"uniform":[0,1]},"b":[0,1,2],"c":{"uniform":[0,1]}}})"));
}

TEST_CASE("the key that decides is told, and those that don't get about nothing") {
  const std::vector<Importance> all = importance(study(60), space(), true);
  REQUIRE(all.size() == 3);
  CHECK(all[0].key == "a");
  CHECK(all[0].share > 0.8);
  CHECK(all[1].share < 0.15);
  CHECK(all[2].share < 0.15);
  CHECK(importance(study(60), space(), false)[0].share > 0.8);
}

TEST_CASE("few trials say nothing, and equal ones no more") {
  CHECK(importance(study(7), space(), true).empty());
  StudyContent same = study(20);
  for (auto& [trial, settings] : same.settings) settings = same.settings.at(1);
  for (const Importance& one : importance(same, space(), true)) CHECK(one.share == 0);
  StudyContent failed = study(20);
  for (TrialResult& result : failed.results) result = {.trial = result.trial, .error = "no memory"};
  CHECK(importance(failed, space(), true).empty());
}

TEST_CASE("what is no space in a file is refused") {
  CHECK(message_of<FormatError>([] {
          stored_space(Json::parse(R"({"space":{"a":3}})"));
        }).starts_with("a (study.jsonl): got 3"));
  CHECK(message_of<FormatError>([] { stored_space(Json::parse("{}")); }).find("space") != std::string::npos);
}

}  // namespace
}  // namespace seqrec::tune

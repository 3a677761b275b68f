#include "tune/study_file.h"

#include <fstream>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

namespace seqrec::tune {
namespace {

TrialResult result(std::int64_t trial, std::int64_t rung, std::vector<double> values) {
  return {.trial = trial, .rung = rung, .epochs = 1 + rung, .values = std::move(values), .at = 0.5};
}

TEST_CASE("a study's file gives back what was put in") {
  const TempFolder folder;
  const StudyFile file(study_file(folder.path()));
  file.begin(Json::Object{{"metric", "mrr@10"}});
  file.add_trial(1, Json::Object{{"a", 0.1}});
  file.add(result(1, 0, {0.1, 0.2}));
  file.add_trial(2, Json::Object{{"a", 0.2}});
  file.add({.trial = 2, .error = "loss is NaN"});
  file.add(result(1, 1, {0.3, 0.5}));
  const StudyContent content = file.read();
  CHECK(content.header.dump() == R"({"metric":"mrr@10"})");
  CHECK(content.settings.at(2).at("a") == Json(0.2));
  REQUIRE(content.results.size() == 3);
  CHECK(content.results[0].value() == (0.1 + 0.2) / 2);
  CHECK(content.results[1].error == "loss is NaN");
  CHECK(!content.results[1].value());
  CHECK(!content.torn);
  CHECK(content.last().at(1).rung == 1);
  CHECK(content.best(true)->trial == 1);
  CHECK(content.best(true)->value() == 0.4);
}

TEST_CASE("the best trial is the largest or the smallest, of equal ones the first, and never a failed one") {
  StudyContent content;
  CHECK(!content.best(true));
  content.results = {{.trial = 1, .error = "no"}, result(2, 0, {3}), result(3, 0, {3}), result(4, 0, {1})};
  CHECK(content.best(true)->trial == 2);
  CHECK(content.best(false)->trial == 4);
}

TEST_CASE("a line that a kill cut off is dropped, and what follows stands on a line of its own") {
  const TempFolder folder;
  const std::filesystem::path path = study_file(folder.path());
  const StudyFile file(path);
  file.begin(Json::Object{{"metric", "mrr@10"}});
  file.add_trial(1, Json::Object{{"a", 1}});
  file.add(result(1, 0, {1}));
  const std::string whole = read_text(path);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = last + 1; size < whole.size(); ++size) {
    std::ofstream(path) << whole.substr(0, size);
    const StudyContent content = file.read();
    CHECK(content.torn);
    CHECK(content.results.empty());
    file.repair(content);
    file.add(result(1, 0, {1}));
    CHECK(read_text(path) == whole);
  }
}

TEST_CASE("a damaged line names the file and its number") {
  const TempFolder folder;
  const std::filesystem::path path = study_file(folder.path());
  const auto refused = [&](const std::string& text) {
    write_text(path, text);
    return message_of<FormatError>([&] { StudyFile(path).read(); });
  };
  const std::string head = "{\"event\":\"study\"}\n";
  CHECK(refused(head + "{\"event\":}\n").starts_with(path.string() + ":2: "));
  CHECK(refused(head + "{\"event\":\"other\"}\n").ends_with("event: got 'other', expected study, trial or result"));
  CHECK(refused(head + head).ends_with("expected the study's line once, and first"));
  CHECK(refused("{\"event\":\"trial\",\"trial\":1,\"settings\":{}}\n").ends_with("once, and first"));
  CHECK(refused(head + "{\"event\":\"result\",\"trial\":1}\n").starts_with(path.string() + ":2: "));
  CHECK(refused(head + "{\"event\":\"trial\",\"trial\":0,\"settings\":{}}\n").ends_with("expected a number from 1"));
  CHECK(refused(head + "{\"event\":\"trial\",\"trial\":1,\"settings\":[]}\n").ends_with("settings: expected a map"));
}

}  // namespace
}  // namespace seqrec::tune

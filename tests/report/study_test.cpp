// Pages about studies.
#include "report/study.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "report/parallel.h"
#include "report/report.h"
#include "tests/message_of.h"
#include "tests/report/text.h"
#include "tests/temp_folder.h"
#include "tune/study_file.h"

namespace seqrec::report {
namespace {

/// A study of two keys, whose trials come to 0.01 times their number; the last one fails.
std::string make_study(const TempFolder& folder, int trials) {
  const tune::StudyFile file(tune::study_file(folder.path()));
  file.begin(Json::parse(R"({"format":1,"model":"SHAN","dataset":"<shop>","metric":"mrr@10","bigger":true,
      "sampler":"tpe","seeds":1,"halving":1,"space":{"learning_rate":{"loguniform":[0.001,0.1]},
      "embedding_size":[8,16]}})"));
  for (int i = 1; i <= trials; ++i) {
    file.add_trial(i, Json::Object{{"learning_rate", 0.001 * i}, {"embedding_size", i % 2 == 0 ? 8 : 16}});
    if (i < trials)
      file.add({.trial = i, .epochs = 3, .stopped_early = i == 2, .values = {0.01 * i}, .at = 10.0 * i});
    else
      file.add({.trial = i, .epochs = 0, .error = "loss is <NaN>", .at = 10.0 * i});
  }
  file.add({.trial = trials - 1, .rung = 1, .epochs = 9, .values = {0.5}, .at = 10.0 * trials});
  return folder.path().string();
}

TEST_CASE("a study's page tells the best, every trial, what mattered and what failed, and asks for nothing") {
  const TempFolder folder;
  const std::string study = make_study(folder, 12), out = page({study});
  CHECK(out == page({study}));
  CHECK(contains(out, "<title>Tuning SHAN on &lt;shop&gt;</title>"));
  CHECK(contains(out, "The best, trial 11: mrr@10 0.5000 after 9 epochs"));
  CHECK(contains(out, ">seconds that the study ran</text>"));
  CHECK(count(out, "class=\"curve thin s7\"/>") == 9 + 1);  // of 11 trials the best and the best tenth, 2, are others
  CHECK(count(out, "class=\"curve s1\"/>") == 1 + 1);       // the best, and its key
  CHECK(contains(out, "<h2>What mattered</h2>"));
  CHECK(contains(out, "stopped early"));
  CHECK(contains(out, "loss is &lt;NaN&gt;"));
  CHECK(contains(out, "<td>left</td>"));
  for (const char* part : {"src=", "http:", "https:", "url(", "<script", "<shop>"}) {
    CAPTURE(part);
    CHECK_FALSE(contains(out, part));
  }
}

TEST_CASE("a study that has just begun has a page, and other files are refused") {
  const TempFolder folder, other;
  CHECK(!is_study(folder.path().string()));
  const std::string study = make_study(folder, 2);
  CHECK(is_study(study));
  CHECK_FALSE(contains(page({study}), "<h2>What mattered</h2>"));
  CHECK(message_of<UsageError>([&] { page({study, study}); }) == study + " is a study, which has a page by itself");
  const tune::StudyFile file(tune::study_file(folder.path()));
  file.begin(Json::parse(R"({"model":"SHAN","dataset":"d","metric":"m","bigger":true,"sampler":"tpe","seeds":1,
      "halving":null,"space":{"a":[1,2]}})"));
  CHECK_FALSE(contains(page({study}), "<h2>Search</h2>"));  // no trial yet
  file.add({.trial = 1, .values = {1}});
  CHECK(contains(message_of<FormatError>([&] { page({study}); }), "study.jsonl: trial 1 has no line of its own"));
  write_text(tune::study_file(folder.path()), "{\"event\":\"study\"}\n");
  CHECK(message_of<FormatError>([&] { page({study}); }).starts_with(study));
  file.begin(Json::parse(R"({"model":"SHAN","dataset":"d","metric":"m","bigger":true,"space":{"a":[1,2]}})"));
  CHECK(message_of<FormatError>([&] { page({study}); }).starts_with(tune::study_file(folder.path()).string() + ": "));
}

TEST_CASE("parallel coordinates have an axis for each key, and shorten what is too long") {
  CHECK(parallel_chart("t", {{.name = "a"}}, {}).empty());
  const std::string drawn =
      parallel_chart("t",
                     {{.name = "a_key_with_a_very_long_name"},
                      {.name = "b", .words = {"x", "<a long word that is cut>", "четырнадцать14", "четырнадцать и 1"}},
                      {.name = "c"}},
                     {{{1e-5, 0, 3}}, {{0.1, 1, 3}, ParallelLine::Rank::Best}});
  CHECK(count(drawn, "class=\"axis\"") == 3);
  CHECK(contains(drawn, ">a_key_with_a_ver..</text>"));
  CHECK(contains(drawn, ">&lt;a long word..</text>"));
  CHECK(contains(drawn, ">четырнадцать14</text>"));
  CHECK(contains(drawn, ">четырнадцать..</text>"));
  CHECK(contains(drawn, ">1e-05</text>"));
  CHECK(count(drawn, ">3</text>") == 1);  // of equal numbers one label
  CHECK(count(drawn, "nan") == 0);
}

}  // namespace
}  // namespace seqrec::report

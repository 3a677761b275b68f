// Pages about runs, made of folders that were put together here.
#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "report/report.h"
#include "tests/message_of.h"
#include "tests/report/text.h"
#include "tests/temp_folder.h"
#include "train/row_results.h"

namespace seqrec::report {
namespace {

/// A run's folder with two epochs; `hits` of its 40 test rows are ranked first.
std::string make_run(const TempFolder& folder, const std::string& name, int hits, const std::string& model = "SHAN") {
  const std::filesystem::path run = folder.path() / name;
  std::filesystem::create_directories(run);
  write_text(run / "config.json", "{\"model\":\"" + model +
                                      "\",\"dataset\":\"<shop>\",\"data_path\":\"data\",\"valid_metric\":\"MRR@10\","
                                      "\"epochs\":2,\"learning_rate\":0.001,\"train_batch_size\":64}");
  write_text(run / "events.jsonl",
             "{\"event\":\"epoch\",\"epoch\":1,\"train_seconds\":1.5,\"loss\":7.0,\"valid_seconds\":0.25,"
             "\"valid\":{\"mrr@10\":0.25}}\n"
             "{\"event\":\"epoch\",\"epoch\":2,\"train_seconds\":1.5,\"loss\":6.0,\"valid_seconds\":0.25,"
             "\"valid\":{\"mrr@10\":0.5}}\n"
             "{\"event\":\"epo");
  train::RowResults rows;
  rows.model = model;
  rows.dataset = "<shop>";
  rows.eval_mode = "full";
  rows.choice.metrics = {train::metric_info("MRR")};
  rows.choice.topk = {10};
  rows.catalogue = {25, std::vector<std::int64_t>(25, 3)};
  rows.k = 1;
  for (int row = 0; row < 40; ++row) {
    rows.place.push_back(row);
    rows.user.push_back(row + 1);
    rows.target.push_back(1);
    rows.history_length.push_back(1 + row);
    rows.popularity.push_back(3);
    rows.score.push_back(0);
    rows.rank.push_back(row < hits ? 1 : 20);
    rows.optimistic.push_back(rows.rank.back());
    rows.pessimistic.push_back(rows.rank.back());
    rows.candidates.push_back(20);
    rows.group.push_back(row);
    rows.lists.push_back(1);
  }
  rows.save(run / "rows.safetensors");
  write_text(run / "result.json",
             "{\"event\":\"result\",\"best_epoch\":2,\"epochs\":2,\"stopped_early\":false,\"valid\":{"
             "\"mrr@10\":0.5},\"test\":{\"mrr@10\":0.25},\"peak_rss_bytes\":5000000}");
  return run.string();
}

TEST_CASE("a page tells of a run what its folder holds, asks for nothing, and is the same each time") {
  const TempFolder folder;
  const std::string run = make_run(folder, "run", 10);
  const std::string out = page({run});
  CHECK(out == page({run}));
  CHECK(contains(out, "<title>SHAN on &lt;shop&gt;</title>"));
  CHECK(contains(out, "0.5000 mrr@10"));
  CHECK(contains(out, "class=\"ring s0\""));
  CHECK(contains(out, "40 rows of 40 users of &lt;shop&gt;"));
  CHECK(contains(out, "0.2500 <span class=\"quiet\">["));
  CHECK(contains(out, "<b><code><span class=\"text\">64</span></code></b>"));  // not the default
  CHECK(contains(out, "<td><code><span class=\"text\">0.001</span></code></td>"));
  for (const char* part : {"src=", "http:", "https:", "url(", "<script", "<shop>"}) {
    CAPTURE(part);
    CHECK_FALSE(contains(out, part));
  }
}

TEST_CASE("a baseline that was tested in some of the rows says so") {
  const TempFolder folder;
  const std::string run = make_run(folder, "run", 10);
  const auto out = [&](int rows) {
    write_text(std::filesystem::path(run) / "result.json",
               "{\"event\":\"result\",\"best_epoch\":2,\"valid\":{},\"test\":{\"mrr@10\":0.25},\"peak_rss_bytes\":1,"
               "\"baselines\":{\"rows\":" +
                   std::to_string(rows) + ",\"pop\":{\"mrr@10\":0.125}}}");
    return page({run});
  };
  CHECK(contains(out(40), "pop, a baseline</span></td><td>0.1250</td>"));
  CHECK(contains(out(12), "pop, a baseline in 12 of the rows</span></td><td>0.1250</td>"));
}

TEST_CASE("several runs stand beside each other, and what differs is said") {
  const TempFolder folder;
  const std::string bad = make_run(folder, "bad", 2), good = make_run(folder, "good", 30, "Caser");
  const std::string out = page({bad, good});
  CHECK(contains(out, "<title>Models on &lt;shop&gt;, 2 runs</title>"));
  CHECK(contains(out, "<h3>Differences</h3>"));
  CHECK(contains(out, "<td>differ</td>"));
  CHECK(contains(out, "<tr class=\"differs\"><th scope=\"row\"><code>model</code>"));
}

TEST_CASE("runs of other rows are compared apart, with the reason") {
  const TempFolder folder;
  const std::string one = make_run(folder, "one", 2), other = make_run(folder, "other", 2);
  train::RowResults rows = train::RowResults::load(std::filesystem::path(other) / "rows.safetensors");
  rows.target[3] = 2;
  rows.save(std::filesystem::path(other) / "rows.safetensors");
  const std::string out = page({one, other});
  CHECK(contains(out, "Not the same rows: "));
  CHECK(contains(out, "row 3 has target 2, not 1"));
  CHECK_FALSE(contains(out, "<h3>Differences</h3>"));
  const std::string third = make_run(folder, "third", 30, "Caser");
  const std::string compared = page({one, other, third});
  CHECK(contains(compared, "<h3>Differences</h3>"));
  CHECK(contains(compared, "<td>" + third + "</td><td>" + one + "</td>"));
  CHECK_FALSE(contains(compared, "<td>" + third + "</td><td>" + other + "</td>"));
}

TEST_CASE("a run has one colour in all charts, and runs of several seeds that of their first") {
  const TempFolder folder;
  const std::string one = make_run(folder, "one", 2), again = make_run(folder, "again", 2),
                    other = make_run(folder, "other", 30, "Caser");
  const std::string out = page({one, again, other});
  REQUIRE(contains(out, "mean of "));
  CHECK(count(out, "class=\"ring s2\"") == 2);
  const std::string row = out.substr(out.find("<td>" + other + "</td>"));
  CHECK(contains(row.substr(0, row.find("</tr>")), "class=\"dot s2\""));
}

TEST_CASE("a run that goes on is told so far") {
  const TempFolder folder;
  const std::string run = make_run(folder, "run", 10);
  remove_file(std::filesystem::path(run) / "result.json");
  const std::string out = page({run});
  CHECK(contains(out, "not finished"));
  CHECK(contains(out, "<h2>Learning</h2>"));
  CHECK_FALSE(contains(out, "<h2>Test</h2>"));
  remove_file(std::filesystem::path(run) / "events.jsonl");
  CHECK_FALSE(contains(page({run}), "<h2>Learning</h2>"));
}

TEST_CASE("what isn't a run is refused, and a damaged file is named") {
  const TempFolder folder;
  CHECK(message_of<UsageError>([] { page({}); }) == "expected a run to report, got none");
  CHECK(message_of<UsageError>([&] { page({folder.path().string()}); }) ==
        folder.path().string() + " holds no run (no config.json)");
  const std::string run = make_run(folder, "run", 10);
  CHECK(message_of<UsageError>([&] { page({run, run}); }) == run + " is named twice");
  CHECK(message_of<UsageError>([&] { page({run, run + "/"}); }) == run + "/ is named twice, as " + run + " too");
  const auto refusal = [&](const char* file, const std::string& content) {
    make_run(folder, "run", 10);
    write_text(std::filesystem::path(run) / file, content);
    return message_of<FormatError>([&] { page({run}); });
  };
  CHECK(refusal("config.json", "{\"model\":1}").starts_with(run + "/config.json: "));
  CHECK(refusal("config.json", "[]").starts_with(run + "/config.json: "));
  CHECK(refusal("config.json", "{\"model\":\"None\",\"dataset\":\"a\",\"valid_metric\":\"MRR@10\"}")
            .starts_with(run + "/config.json: unknown model 'None'"));
  CHECK(refusal("events.jsonl", "{\"event\":\"epoch\"}\n").starts_with(run + "/events.jsonl: "));
  CHECK(refusal("result.json", "{}").starts_with(run + "/result.json: "));
  CHECK(refusal("data.json", "{}").starts_with(run + "/data.json: "));
  CHECK(refusal("rows.safetensors", "none").starts_with(run + "/rows.safetensors: "));
}

}  // namespace
}  // namespace seqrec::report

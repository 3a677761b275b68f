#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "cli/screen.h"
#include "cli/table.h"
#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::Json;
using seqrec::cli::Table;

namespace {

std::vector<std::string> train(const std::string& out, std::vector<std::string> more) {
  std::vector<std::string> all = {"train", "--dataset", "books", "--data-path", trained().data, "--out", out};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<std::string> names(const Outcome& outcome) {
  std::vector<std::string> out;
  for (const Json& run : outcome.events())
    out.push_back(std::filesystem::path(run.at("run").as_string()).filename().string());
  return out;
}

}  // namespace

TEST_CASE("runs shows what state each run is in, and how good it is") {
  const TempFolder folder;
  const std::string runs = folder / "runs";
  const std::vector<std::string> shan = {
      "--model",  "SHAN", "--set", "embedding_size=8",    "--threads", "1",
      "--epochs", "2000", "--set", "train_batch_size=16", "--set",     "stopping_step=5000"};
  REQUIRE(run(train(runs + "/pop", {"--model", "Pop"})).code == 0);
  REQUIRE(run(train(runs + "/more/markov", {"--model", "Markov"})).code == 0);
  std::vector<std::string> bad = {"--model", "SHAN", "--set", "learning_rate=1e30", "--set", "embedding_size=8"};
  CHECK(run(train(runs + "/failed", bad)).code == 1);
  Program stopped(train(runs + "/stopped", shan));
  REQUIRE(stopped.wait_for(runs + "/stopped/events.jsonl", 2));
  stopped.signal(SIGINT);
  CHECK(stopped.wait().code == 1);
  std::filesystem::create_directories(folder / "runs/odd");
  std::ofstream(folder / "runs/odd/config.json") << "{";
  std::filesystem::create_directory_symlink(runs, folder / "runs/again");
  Program running(train(runs + "/running", shan));
  REQUIRE(running.wait_for(runs + "/running/events.jsonl", 1));

  const Outcome json = run({"runs", runs, "--format", "json"});
  REQUIRE(json.code == 0);
  CHECK(names(json) == std::vector<std::string>{"failed", "markov", "odd", "pop", "running", "stopped"});
  const std::vector<Json> all = json.events();
  const std::vector<std::string> states = {"failed", "finished", "unreadable", "finished", "running", "stopped"};
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].at("state").as_string() == states[i]);
  CHECK(contains(all[0].at("error").as_string(), "learning_rate"));
  CHECK(contains(all[2].at("error").as_string(), "odd/config.json: "));
  const Json& markov = all[1];
  CHECK(markov.at("model") == Json("Markov"));
  CHECK(markov.at("dataset") == Json("books"));
  CHECK(markov.at("metric") == Json("mrr@10"));
  CHECK(markov.at("best_epoch") == Json(1));
  const Json result = Json::parse(seqrec::read_text(runs + "/more/markov/result.json"));
  CHECK(markov.at("valid") == result.at("valid").at("mrr@10"));
  CHECK(markov.at("test") == result.at("test").at("mrr@10"));
  CHECK(all[5].at("epoch").as_int() >= 2);
  CHECK(all[5].at("epochs") == Json(2000));
  CHECK(all[5].at("best_epoch").as_int() >= 1);
  CHECK(all[5].at("valid").is_number());
  CHECK(all[5].at("test").is_null());

  const Outcome text = run({"runs", runs});
  CHECK(text.lines()[0].starts_with("run "));
  CHECK(contains(text.out, "/stopped"));
  CHECK(contains(text.out, runs + "/failed failed:\n  "));
  CHECK(contains(text.out, " mrr@10 "));
  CHECK(names(run({"runs", runs, "--sort", "state", "--format", "json"})) ==
        std::vector<std::string>{"running", "stopped", "markov", "pop", "failed", "odd"});
  const std::vector<Json> by_test = run({"runs", runs, "--sort", "test", "--format", "json"}).events();
  CHECK(by_test[0].at("test").as_double() >= by_test[1].at("test").as_double());
  CHECK(by_test[2].at("test").is_null());
  CHECK(names(run({"runs", runs + "/pop", "--format", "json"})) == std::vector<std::string>{"pop"});

  // The best epoch so far is the one that the run comes to.
  running.signal(SIGINT);
  running.wait();
  const Json so_far = run({"runs", runs + "/running", "--format", "json"}).events()[0];
  CHECK(so_far.at("state") == Json("stopped"));
  REQUIRE(run({"train", "--resume", runs + "/running", "--epochs", std::to_string(so_far.at("epoch").as_int())}).code ==
          0);
  const Json done = run({"runs", runs + "/running", "--format", "json"}).events()[0];
  CHECK(done.at("state") == Json("finished"));
  CHECK(done.at("best_epoch") == so_far.at("best_epoch"));
  CHECK(done.at("valid") == so_far.at("valid"));
}

TEST_CASE("runs says where there is none") {
  const TempFolder folder;
  const Outcome none = run({"runs", folder.path()});
  CHECK(none.code == 0);
  CHECK(none.out.empty());
  CHECK(contains(none.err, "there is no run in or below it"));
  CHECK(run({"runs", folder / "none"}).code == 1);
  CHECK(
      contains(run({"runs", folder.path(), "--sort", "size"}).err, "--sort: got 'size', expected age or dataset or "));
}

TEST_CASE("a table keeps within its width: what doesn't fit follows below") {
  Table table({"run", "state", "metric", "äöü"});
  table.add({"runs/with/a/long/name", "finished", "0.5", "1"});
  table.add({"b", "stopped", "", "22"});
  CHECK(table.lines(0) == std::vector<std::string>{"run                       state  metric  äöü",
                                                   "runs/with/a/long/name  finished     0.5    1",
                                                   "b                       stopped           22"});
  CHECK(table.lines(25) == std::vector<std::string>{"run              state", "runs/../name  finished",
                                                    "b              stopped", "run           metric  äöü",
                                                    "runs/../name     0.5    1", "b                      22"});
  for (std::size_t columns = 12; columns < 60; ++columns)
    for (const std::string& line : table.lines(columns)) CHECK(seqrec::cli::width_of(line) <= columns);
}

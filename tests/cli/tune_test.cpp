#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::Json;

namespace {

std::vector<std::string> tune(const std::string& space, const std::string& out, std::vector<std::string> more = {},
                              const std::string& halving = "1", const std::string& trials = "14") {
  std::vector<std::string> all = {"tune",      space,   "--model",     "SHAN",
                                  "--dataset", "books", "--data-path", trained().data};
  for (const char* setting : {"topk=10", "metrics=MRR", "valid_metric=MRR@10", "train_batch_size=64"})
    all.insert(all.end(), {"--set", setting});
  all.insert(all.end(), {"--out", out, "--epochs", "9", "--threads", "2", "--trials", trials, "--halving", halving});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// The lines of a study's file without times, in an order that doesn't tell which came first.
std::multiset<std::string> content(const std::string& study) {
  std::multiset<std::string> lines;
  std::ifstream file(study + "/study.jsonl");
  for (std::string line; std::getline(file, line);) {
    Json json = Json::parse(line);
    if (json.find("at")) json["at"] = 0;
    lines.insert(json.dump());
  }
  return lines;
}

struct Spaces {
  TempFolder folder;
  std::string space = folder / "space.yaml";
  Spaces() { std::ofstream(space) << "learning_rate: {loguniform: [1e-3, 0.3]}\nembedding_size: [4, 8]\n"; }
};

}  // namespace

TEST_CASE("a study that is killed again and again goes on to the same study") {
  const Spaces spaces;
  const std::string whole = spaces.folder / "whole", killed = spaces.folder / "killed";
  const Outcome at_once = run(tune(spaces.space, whole));
  CAPTURE(at_once.err);
  REQUIRE(at_once.code == 0);
  int kills = 0;
  // Each time some lines later; the first times within the first trials.
  for (std::int64_t lines = 1; kills < 12; lines += 4) {
    Program program(tune(spaces.space, killed, {"--jobs", kills % 2 == 0 ? "1" : "2"}));
    if (!program.wait_for(killed + "/study.jsonl", lines)) break;
    program.signal(SIGKILL);
    CHECK(program.wait().code == 128 + SIGKILL);
    ++kills;
    // As a power loss may leave it.
    if (kills == 3) std::ofstream(killed + "/study.jsonl", std::ios::app) << "{\"event\":\"resu";
  }
  CHECK(kills >= 4);
  const Outcome end = run(tune(spaces.space, killed));
  CAPTURE(end.err);
  REQUIRE(end.code == 0);
  CHECK(content(killed) == content(whole));
  const auto model = [](const std::string& study, const char* trial) {
    return seqrec::read_text(study + "/trials/" + trial + "/model.safetensors");
  };
  for (const char* trial : {"0001", "0007", "0014"}) CHECK(model(killed, trial) == model(whole, trial));
}

TEST_CASE("Ctrl-C stops a study where it goes on, and what it shows is told") {
  const Spaces spaces;
  const std::string study = spaces.folder / "study";
  Program program(tune(spaces.space, study));
  REQUIRE(program.wait_for(study + "/study.jsonl", 6));
  program.signal(SIGINT);
  const Outcome stopped = program.wait();
  CHECK(stopped.code == 1);
  CHECK(contains(stopped.err, "stopped; the same command goes on with the study in " + study));
  const Outcome text = run(tune(spaces.space, study));
  CHECK(text.code == 0);
  CHECK(contains(text.out, "SHAN on books: 14 trials, by mrr@10, compared after 1 3 9 epochs, in " + study + "\n"));
  CHECK(contains(text.out, "goes on after "));
  CHECK(contains(text.out, "  learning_rate=0."));
  CHECK(contains(text.out, "\ntrial "));
  CHECK(contains(text.out, "best        " + study + "/best.yaml\n"));
  const Outcome json = run(tune(spaces.space, study, {"--format", "json"}));
  REQUIRE(json.code == 0);
  const Json best = json.events().back();
  CHECK(best.at("ended") == Json(true));
  CHECK(best.at("best_file") == Json(study + "/best.yaml"));
  CHECK(seqrec::file_exists(study + "/best.yaml"));

  // What it wrote trains, and its trials are runs.
  CHECK(run({"train", "--config", study + "/best.yaml", "--out", spaces.folder / "best"}).code == 0);
  const std::vector<Json> runs = run({"runs", study, "--format", "json"}).events();
  CHECK(runs.size() == 14);
  const Outcome other = run(tune(spaces.space, study, {"--seeds", "2"}));
  CHECK(other.code == 2);
  CHECK(contains(other.err, "--seeds: got 2, but the study in " + study + " has 1\n"));
}

TEST_CASE("tune says what it can't read") {
  const Spaces spaces;
  const auto refused = [&](std::vector<std::string> more, const char* halving = "1", const char* trials = "14") {
    const Outcome outcome = run(tune(spaces.space, spaces.folder / "study", std::move(more), halving, trials));
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK(contains(refused({"--budget", "soon"}), "--budget: got 'soon', expected a time like 90s, 30m or 2h"));
  CHECK(contains(refused({"--budget", "-1h"}), "--budget: got '-1h'"));
  CHECK(contains(refused({"--sampler", "bayes"}), "--sampler: got 'bayes', expected grid or random or tpe"));
  CHECK(contains(refused({}, "1", "0"), "got '0', expected a whole number from 1"));
  CHECK(contains(refused({}, "20"), "--halving: got 20, expected at most the number of epochs, 9"));
  std::ofstream(spaces.space) << "learning_rat: [0.1]\n";
  CHECK(contains(refused({}), "unknown key 'learning_rat' (" + spaces.space + ":1) (did you mean 'learning_rate'?)"));
  CHECK(run({"tune"}).code == 2);
  CHECK(contains(run(tune("-", spaces.folder / "study"), "learning_rat: [0.1]\n").err,
                 "unknown key 'learning_rat' (/dev/stdin:1)"));
}

TEST_CASE("a study whose trials all fail says so, without a table") {
  const Spaces spaces;
  std::ofstream(spaces.space) << "learning_rate: [1e30]\n";
  const Outcome outcome = run(tune(spaces.space, spaces.folder / "study", {"--sampler", "grid"}, "1", "1"));
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.out, ": 1 trial, by mrr@10, "));
  CHECK(outcome.out.ends_with("learning_rate=1e+30\n1 trial failed\n"));
  CHECK(contains(outcome.err, "every trial failed"));
}

TEST_CASE("a budget that is spent is told, and is no failure") {
  const Spaces spaces;
  const std::string study = spaces.folder / "study";
  REQUIRE(run(tune(spaces.space, study, {}, "1", "2")).code == 0);
  const Outcome outcome = run(tune(spaces.space, study, {"--budget", "0.000001s"}));
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "the budget is spent; the same command goes on"));
}

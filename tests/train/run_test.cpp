#include "train/run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/json.h"
#include "core/parallel.h"
#include "core/safetensors.h"
#include "listener.h"
#include "models/histories_file.h"
#include "models/list.h"
#include "tests/message_of.h"
#include "tests/old_safetensors.h"
#include "toy.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

TrainRequest request_of(const fs::path& data, const fs::path& out, std::vector<std::string> more = {}) {
  TrainRequest request;
  request.model = "SHAN";
  request.config = toy_input(data, {"epochs=3", "train_batch_size=32", "embedding_size=8", "metrics=[Hit, MRR]",
                                    "topk=5", "valid_metric=MRR@5", "learning_rate=0.01"});
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = out;
  return request;
}

TrainRequest resume_of(const fs::path& run) {
  TrainRequest request;
  request.resume = run;
  return request;
}

TEST_CASE("a run leaves its configuration, events, log, model, histories and result") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "runs/first";
  Listener listener;
  const RunResult result = train(request_of(temp.path(), run), listener);
  CHECK(result.finished);
  CHECK(result.best_epoch >= 1);
  CHECK(result.valid.size() == 2);
  CHECK(result.test.size() == 2);
  CHECK(result.model_file == (run / "model.safetensors").string());
  CHECK(result.peak_rss_bytes > 1'000'000);
  REQUIRE(listener.reports.size() == 3);
  CHECK(result.valid == listener.reports[result.best_epoch - 1].valid);
  CHECK(listener.results.size() == 1);

  std::ifstream events(run / "events.jsonl");
  std::vector<Json> lines;
  for (std::string line; std::getline(events, line);) lines.push_back(Json::parse(line));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].at("event") == Json("epoch"));
  CHECK(lines[2].at("epoch") == Json(3));
  CHECK(lines[3] == to_json(result));
  CHECK(Json::parse(read_text(run / "result.json")) == to_json(result));
  const std::string text = to_json(result).dump();
  CHECK(text.starts_with("{\"event\":\"result\",\"best_epoch\":"));
  for (const char* member :
       {"\"valid\":{\"hit@5\":", "\"test\":{\"hit@5\":", "\"model_file\":\"", "\"peak_rss_bytes\":"})
    CHECK(text.find(member) != std::string::npos);

  const Json config = Json::parse(read_text(run / "config.json"));
  CHECK(config.at("model") == Json("SHAN"));
  CHECK(config.at("epochs") == Json(3));
  CHECK(config.at("embedding_size") == Json(8));
  CHECK(fs::path(config.at("data_path").as_string()).is_absolute());
  CHECK(read_text(run / "log.txt").find(" epoch 3: loss ") != std::string::npos);

  const models::ModelFile file = models::load_model_file(run / "model.safetensors");
  CHECK(file.spec.model == "SHAN");
  CHECK(file.items.size() == kToyItems + 1);
  CHECK(file.config.find("data_path") == nullptr);
  const models::Histories histories = models::Histories::load(run / "histories.safetensors", file.users, file.items);
  CHECK(histories.recent(*file.users.find("u3")).size() == kToyLength);
  CHECK(histories.recent(*file.users.find("u3"))[0] == *file.items.find("i21"));
}

TEST_CASE("every model trains on rows and on whole histories, by either loss, and evaluates from its file") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  for (const models::ModelInfo& info : models::model_infos())
    for (const char* batching : {"rows", "histories"})
      for (const char* loss : {"CE", "BPR"}) {
        CAPTURE(info.name);
        CAPTURE(batching);
        CAPTURE(loss);
        TrainRequest run = request_of(temp.path(), temp / concat(info.name, batching, loss),
                                      {"epochs=2", concat("batching=", batching)});
        const bool has_loss =
            std::any_of(info.keys.begin(), info.keys.end(), [](const Key& key) { return key.name == "loss_type"; });
        if (has_loss) run.config.settings.push_back(concat("loss_type=", loss));
        run.model = info.name;
        const auto has = [&](const char* name) {
          return std::any_of(info.keys.begin(), info.keys.end(), [&](const Key& key) { return key.name == name; });
        };
        if (!has("embedding_size")) std::erase(run.config.settings, "embedding_size=8");
        if (has("stages"))
          run.config.settings.insert(run.config.settings.end(), {"stages=[pretrain, finetune]", "pretrain_epochs=1"});
        const RunResult result = train(run, listener);
        for (const EpochReport& report : listener.reports) CHECK(std::isfinite(report.loss));
        EvaluateRequest request;
        request.model_file = result.model_file;
        request.config = toy_input(temp.path());
        CHECK(evaluate(request, listener).test == result.test);
      }
}

TEST_CASE("models that rank by dot products train on negatives that a batch's rows share") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const std::vector<std::pair<const char*, std::vector<std::string>>> models = {
      {"SHAN", {"embedding_size=4"}},
      {"Caser",
       {"embedding_size=4", "MAX_ITEM_LIST_LENGTH=4", "caser_head=paper", "caser_targets=3", "dropout_prob=0"}},
      {"SRGNN", {"embedding_size=4", "batching=histories"}},
      {"S3Rec",
       {"stages=[finetune]", "n_layers=1", "hidden_size=4", "inner_size=4", "s3rec_finetune_windows=last",
        "hidden_dropout_prob=0", "attn_dropout_prob=0"}}};
  const auto train_by = [&](const auto& model, std::vector<std::string> settings) {
    TrainRequest run;
    run.model = model.first;
    run.config = toy_input(temp.path(), {"epochs=4", "train_batch_size=16", "eval_step=0", "learning_rate=0.03"});
    for (const auto& more : {model.second, settings})
      run.config.settings.insert(run.config.settings.end(), more.begin(), more.end());
    run.out = temp / concat(model.first, std::ssize(listener.reports));
    train(run, listener);
    CHECK(listener.reports.back().loss < listener.reports[listener.reports.size() - 4].loss);
  };
  for (const auto& model : models) {
    CAPTURE(model.first);
    for (const char* distribution : {"uniform", "popularity", "mixed"})
      train_by(model, {"loss_type=sampled_softmax",
                       concat("train_neg_sample_args={distribution: ", distribution, ", sample_num: 24, alpha: 0.5}")});
    train_by(model, {"loss_type=sampled_softmax", "train_neg_sample_args={distribution: in_batch}", "logq=standard"});
    train_by(model, {"loss_type=gbce", "train_neg_sample_args={sample_num: 8}", "gbce_t=0.5"});
  }
  CHECK(message_of<ConfigError>([&] {
          train_by(models[0], {"loss_type=gbce", "train_neg_sample_args={sample_num: 25}"});
        }).ends_with("expected a sample_num of at most 24, the items beside a target; loss_type CE compares with all"));
}

TEST_CASE("a model file evaluates to its run's test metrics") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(request_of(temp.path(), temp / "run"), listener);
  EvaluateRequest request;
  request.model_file = result.model_file;
  request.config = toy_input(temp.path());
  const EvaluateResult evaluated = evaluate(request, listener);
  CHECK(evaluated.test == result.test);
  CHECK(evaluated.rows == kToyUsers);
  CHECK(evaluated.unknown_items == 0);
  CHECK(to_json(evaluated).at("test") == to_json(result.test));
  CHECK(to_json(evaluated).at("protocol") == result.protocol);
  CHECK(evaluated.baselines.tests.size() == 3);
  CHECK(to_json(evaluated).at("baselines") == to_json(result.baselines));
  CHECK(result.protocol.at("leak").at("later_than_it").is_int());

  request.config = toy_input(temp.path(), {"baselines=[]"});
  CHECK(to_json(evaluate(request, listener)).find("baselines") == nullptr);
  request.config = toy_input(temp.path(), {"topk=[1]", "metrics=[NDCG]"});
  CHECK(evaluate(request, listener).test.front().first == "ndcg@1");
  request.config = toy_input(temp.path(), {"embedding_size=4"});
  const std::string other_shape = message_of<ConfigError>([&] { evaluate(request, listener); });
  CHECK_MESSAGE(other_shape.starts_with(result.model_file + " has "), other_shape);
  CHECK_MESSAGE(other_shape.find("8), but these settings need ") != std::string::npos, other_shape);
  request.config = toy_input(temp.path(), {"model=Caser"});
  CHECK(message_of<ConfigError>([&] { evaluate(request, listener); }) ==
        "model (--set): got \"Caser\", expected the model file's, SHAN");
}

TEST_CASE("a model file without checksums is evaluated, and begins a run, with a notice") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(request_of(temp.path(), temp / "run", {"epochs=1"}), listener);
  const std::string old = (temp / "old").string(), notice = no_checksums_notice(old);
  write_text(old, without_checksums(read_text(result.model_file)));
  EvaluateRequest request;
  request.model_file = old;
  request.config = toy_input(temp.path());
  CHECK(evaluate(request, listener).test == result.test);
  CHECK(std::ranges::count(listener.notices, notice) == 1);
  TrainRequest next = request_of(temp.path(), temp / "next", {"epochs=1"});
  next.init = old;
  train(next, listener);
  CHECK(std::ranges::count(listener.notices, notice) == 2);
  CHECK(read_text(temp / "next/log.txt").find(notice) != std::string::npos);
}

TEST_CASE("evaluation on other data counts and says what the model doesn't know") {
  const TempFolder temp, elsewhere;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(request_of(temp.path(), temp / "run", {"epochs=1"}), listener);
  fs::create_directories(elsewhere / "toy");
  std::ofstream file(elsewhere / "toy/toy.inter");
  file << "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
  for (const char* user : {"u1", "new"})
    for (const char* item : {"i1", "unheard", "i2", "i3", "i4", "i5"}) file << user << "\t" << item << "\t5\t1\n";
  file.close();
  EvaluateRequest request;
  request.model_file = result.model_file;
  request.config = toy_input(elsewhere.path());
  listener.notices.clear();
  const EvaluateResult evaluated = evaluate(request, listener);
  CHECK(evaluated.rows == 2);
  CHECK(evaluated.unknown_users == 1);
  CHECK(evaluated.unknown_items == 1);
  CHECK_FALSE(listener.notices.empty());
}

TEST_CASE("the model file is the same on any number of threads") {
  const TempFolder temp;
  write_toy(temp.path());
  std::vector<std::string> files;
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    Listener listener;
    files.push_back(read_text(train(request_of(temp.path(), temp / std::to_string(threads)), listener).model_file));
  }
  set_num_threads(1);
  CHECK(files[0] == files[1]);
}

TEST_CASE("a run that was stopped goes on to the same model file") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  const std::string expected = read_text(train(request_of(temp.path(), temp / "whole"), whole).model_file);
  for (const int stop_after : {1, whole.steps / 3, whole.steps / 2, whole.steps}) {
    const fs::path run = temp / ("stopped" + std::to_string(stop_after));
    Listener first, second;
    first.stop_after = stop_after;
    TrainRequest request = request_of(temp.path(), run);
    request.stop = &first.stop;
    const RunResult stopped = train(request, first);
    CHECK_FALSE(stopped.finished);
    CHECK_FALSE(fs::exists(run / "result.json"));
    CHECK(first.notices.back().find("go on with --resume " + run.string()) != std::string::npos);
    const RunResult resumed = train(resume_of(run), second);
    CHECK(resumed.finished);
    CHECK(first.steps + second.steps == whole.steps);
    CHECK(read_text(resumed.model_file) == expected);
    CHECK(read_text(run / "histories.safetensors") == read_text(temp / "whole/histories.safetensors"));
    std::ifstream events(run / "events.jsonl");
    CHECK(std::count(std::istreambuf_iterator<char>(events), {}, '\n') == 4);
  }
}

// Run in a process of its own by the test below, which kills it.
TEST_CASE("run of a child process" * doctest::skip()) {
  const char* const folder = std::getenv("SEQREC_TEST_FOLDER");
  if (!folder) return;
  set_num_threads(std::atoi(std::getenv("SEQREC_TEST_THREADS")));
  Listener listener;
  listener.kill_after = std::atoi(std::getenv("SEQREC_TEST_KILL_AFTER"));
  const fs::path run = fs::path(folder) / "run";
  const char* const checkpoints = std::getenv("SEQREC_TEST_CHECKPOINTS");
  train(fs::exists(run / "config.json") ? resume_of(run)
                                        : request_of(folder, run,
                                                     {concat("checkpoint_interval=", checkpoints),
                                                      concat("checkpoint_wait=", std::getenv("SEQREC_TEST_WAIT"))}),
        listener);
}

int run_child(const fs::path& folder, int kill_after, int threads, const char* checkpoints = "1",
              const char* wait = "True") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("SEQREC_TEST_FOLDER", folder.c_str(), 1);
    ::setenv("SEQREC_TEST_KILL_AFTER", std::to_string(kill_after).c_str(), 1);
    ::setenv("SEQREC_TEST_THREADS", std::to_string(threads).c_str(), 1);
    ::setenv("SEQREC_TEST_CHECKPOINTS", checkpoints, 1);
    ::setenv("SEQREC_TEST_WAIT", wait, 1);
    ::execl("/proc/self/exe", "train_tests", "--no-skip", "--test-case=run of a child process", "--minimal", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_CASE("a run that was killed over and over goes on to the same model file, on other numbers of threads") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  const std::string expected = read_text(train(request_of(temp.path(), temp / "whole"), whole).model_file);
  for (const char* wait : {"True", "False"}) {
    fs::remove_all(temp / "run");
    // From the last checkpoint, so at the first epoch's, a step of the second epoch and so on; without waiting from
    // that one or the one before.
    int kills = 0;
    for (const auto& [kill_after, threads] : {std::pair(1, 1), std::pair(4, 3), std::pair(5, 1), std::pair(2, 3)}) {
      const int status = run_child(temp.path(), kill_after, threads, "1", wait);
      CHECK(WIFSIGNALED(status));
      kills += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      CHECK_FALSE(fs::exists(temp / "run/result.json"));
    }
    CHECK(kills == 4);
    const int status = run_child(temp.path(), 0, 3, "1", wait);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(read_text(temp / "run/model.safetensors") == expected);
  }
}

TEST_CASE("a killed run goes on from its last checkpoint, wherever checkpoint_interval left it") {
  struct Case {
    const char* interval;
    std::int64_t epoch, step;  // of the checkpoint
    bool has_model;
  };
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  const std::string expected = read_text(train(request_of(temp.path(), temp / "whole"), whole).model_file);
  REQUIRE(whole.steps == 9);
  for (const Case& c :
       {Case{"1", 2, 0, true}, {"2", 2, 0, true}, {"3", 0, 0, false}, {"1000m", 0, 0, false}, {"1e-9m", 2, 1, true}}) {
    CAPTURE(c.interval);
    fs::remove_all(temp / "run");
    CHECK(WIFSIGNALED(run_child(temp.path(), 8, 1, c.interval)));
    const SafetensorsReader checkpoint(temp / "run/checkpoint.safetensors");
    const Json state = Json::parse(checkpoint.metadata().at("state"));
    CHECK(state.at("epoch") == Json(c.epoch));
    CHECK(state.at("step") == Json(c.step));
    CHECK(fs::exists(temp / "run/model.safetensors") == c.has_model);
    Listener rest;
    const RunResult result = train(resume_of(temp / "run"), rest);
    CHECK(rest.steps == 9 - 3 * c.epoch - c.step);
    CHECK(read_text(result.model_file) == expected);
    std::ifstream events(temp / "run/events.jsonl");
    CHECK(std::count(std::istreambuf_iterator<char>(events), {}, '\n') == 4);
  }
}

TEST_CASE("a run that is stopped has the best model so far, also where its epoch had no checkpoint") {
  const TempFolder temp;
  write_toy(temp.path());
  const auto best_after = [&](const char* interval) {
    Listener listener;
    listener.stop_after = 8;
    TrainRequest request = request_of(temp.path(), temp / interval, {concat("checkpoint_interval=", interval)});
    request.stop = &listener.stop;
    CHECK_FALSE(train(request, listener).finished);
    CHECK(listener.notices.back().find(" is the best so far, of epoch ") != std::string::npos);
    return read_text(temp / interval / "model.safetensors");
  };
  const std::string expected = best_after("1");
  CHECK(best_after("50") == expected);
  // Another interval from here on changes nothing else.
  TrainRequest request = resume_of(temp / "50");
  request.config.settings = {"checkpoint_interval=1"};
  Listener first, second;
  CHECK(read_text(train(request, first).model_file) == read_text(train(resume_of(temp / "1"), second).model_file));
}

TEST_CASE("resuming begins a run without a checkpoint, and reports a finished one") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "run";
  Listener first, second, third;
  const RunResult result = train(request_of(temp.path(), run), first);
  const std::string expected = read_text(result.model_file);
  const RunResult again = train(resume_of(run), second);
  CHECK(to_json(again) == to_json(result));
  CHECK(again.finished);
  CHECK(second.steps == 0);
  CHECK(second.results.size() == 1);
  for (const char* file : {"checkpoint.safetensors", "result.json", "model.safetensors"}) fs::remove(run / file);
  CHECK(read_text(train(resume_of(run), third).model_file) == expected);
  CHECK(third.steps == first.steps);
}

TEST_CASE("resuming takes the stored configuration, and refuses another") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "run";
  Listener listener;
  train(request_of(temp.path(), run), listener);
  TrainRequest request = resume_of(run);
  request.config.settings = {"epochs=3"};
  CHECK(train(request, listener).finished);
  request.config.settings = {"learning_rate=0.5"};
  CHECK(message_of<ConfigError>([&] { train(request, listener); }) ==
        "learning_rate (--set): got 0.5, but the run in " + run.string() + " has 0.01");
  request.config.settings = {};
  request.config.options = {{"seed", 7, "--seed"}};
  CHECK(message_of<ConfigError>([&] { train(request, listener); }) ==
        "seed (--seed): got 7, but the run in " + run.string() + " has 2020");
  request.config.options = {};
  const std::string result = read_text(run / "result.json");
  Json broken = Json::parse(result);
  broken["protocol"]["split"] = Json::object();
  write_text(run / "result.json", broken.dump());
  CHECK(message_of<FormatError>([&] { train(resume_of(run), listener); }) ==
        (run / "result.json").string() + ": protocol: split: expected a map of one entry, got 0");
  write_text(run / "result.json", result);
  // An older seqrec wrote null for a switch that follows compat.
  Json older = Json::parse(read_text(run / "config.json"));
  older["shan_full_sort"] = nullptr;
  write_text(run / "config.json", older.dump());
  request.config.settings = {"shan_full_sort=fixed"};
  CHECK(train(request, listener).finished);
  request.config.settings = {"shan_full_sort=recbole"};
  CHECK(message_of<ConfigError>([&] { train(request, listener); }) ==
        "shan_full_sort (--set): got \"recbole\", but the run in " + run.string() + " has \"fixed\"");
  request.config.settings = {};
  request.overwrite = true;
  CHECK(message_of<UsageError>([&] { train(request, listener); }) ==
        "--resume goes on in its own folder: --out and --overwrite don't go with it");
  older["topk"] = 0;
  write_text(run / "config.json", older.dump());
  CHECK(message_of<ConfigError>([&] {
          train(resume_of(run), listener);
        }).starts_with("topk (" + (run / "config.json").string() + "): got 0"));
  older["topk"] = 10;
  for (const char* key : {"model", "dataset", "data_path"})
    for (const Json& value : {Json(), Json(3), Json("")}) {
      Json spoilt = older;
      spoilt[key] = value;
      write_text(run / "config.json", spoilt.dump());
      CHECK(message_of<FormatError>([&] { train(resume_of(run), listener); }) ==
            concat((run / "config.json").string(), ": ", key, ": expected a text, got ", value.dump()));
    }
  write_text(run / "config.json", "{}");
  CHECK(message_of<FormatError>([&] { train(resume_of(run), listener); }) ==
        (run / "config.json").string() + ": \"model\" is missing");
}

/// A run that was stopped in its first epoch.
void stop_early(TrainRequest request) {
  Listener listener;
  listener.stop_after = 1;
  request.stop = &listener.stop;
  CHECK_FALSE(train(request, listener).finished);
}

std::string resume_error(const fs::path& run) {
  Listener listener;
  return message_of<Error>([&] { train(resume_of(run), listener); });
}

/// Replaces the first occurrence of a text in a file, which must be there.
void edit(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = read_text(file);
  const std::size_t at = text.find(from);
  REQUIRE(at != text.npos);
  write_text(file, text.replace(at, from.size(), to));
}

TEST_CASE("resuming refuses data that differ in whatever a model reads of them, and names it") {
  struct Case {
    std::string model;
    std::vector<std::string> settings;
    std::string file, from, to, differs;
  };
  const std::string columns =
      "load_col={inter: [user_id, item_id, rating, timestamp], user: [user_id, age], "
      "item: [item_id, year]}";
  const std::vector<Case> cases = {
      {"SHAN", {}, "toy.inter", "u13\ti7\t", "u13\ti8\t", "histories"},
      {"SHAN", {}, "toy.inter", "u13\t", "u14\t", "users, histories, rows of the split"},
      {"S3Rec", {}, "toy.item", "i3\tc3 c3\t", "i3\tc3 c4\t", "items' column 'class'"},
      {"DIEN",
       {"threshold={rating: 3}", "train_neg_sample_args=None"},
       "toy.inter",
       "u0\ti0\t1",
       "u0\ti0\t5",
       "labels"},
      {"DIEN", {columns}, "toy.user", "u3\told", "u3\tyoung", "users' column 'age'"},
      {"DIEN",
       {columns, "numerical_features=[year]"},
       "toy.item",
       "i3\tc3 c3\t3",
       "i3\tc3 c3\t30",
       "items' column 'year'"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    CAPTURE(c.differs);
    const TempFolder temp;
    write_toy(temp.path());
    std::string users = "user_id:token\tage:token\n";
    for (int u = 0; u < kToyUsers; ++u) users += concat("u", u, u % 2 ? "\told\n" : "\tyoung\n");
    write_text(temp / "toy/toy.user", users);
    TrainRequest request = request_of(temp.path(), temp / "run", c.settings);
    request.config.settings.push_back("epochs=1");
    if (c.model == "DIEN") request.config.settings.push_back("mlp_hidden_size=[8, 8]");
    request.model = c.model;
    if (c.model == "S3Rec") std::erase(request.config.settings, "embedding_size=8");
    stop_early(request);
    edit(temp / "toy" / c.file, c.from, c.to);
    CHECK(resume_error(temp / "run") ==
          (temp / "run/checkpoint.safetensors").string() +
              ": the dataset is not the one that this run was trained on; what differs: " + c.differs);
    if (c.model != "SHAN") continue;  // to go on takes the others long
    edit(temp / "toy" / c.file, c.to, c.from);
    CHECK(resume_error(temp / "run").empty());
  }
}

TEST_CASE("resuming after the first stage refuses other data too") {
  const TempFolder temp;
  write_toy(temp.path());
  TrainRequest request = request_of(temp.path(), temp / "run", {"stages=[pretrain, finetune]", "pretrain_epochs=1"});
  request.model = "S3Rec";
  std::erase(request.config.settings, "embedding_size=8");
  Listener listener;
  train(request, listener);
  for (const char* file : {"result.json", "checkpoint.safetensors", "model.safetensors"})
    fs::remove(temp / "run" / file);
  edit(temp / "toy/toy.item", "i3\tc3 c3\t", "i3\tc3 c4\t");
  const std::string of = (temp / "run/pretrain.checkpoint.safetensors").string();
  CHECK(resume_error(temp / "run") ==
        of + ": the dataset is not the one that this run was trained on; what differs: items' column 'class'");
  edit(temp / "toy/toy.item", "i3\tc3 c4\t", "i3\tc3 c3\t");
  edit(temp / "run/config.json", "\"seed\": 2020", "\"seed\": 2021");
  CHECK(resume_error(temp / "run") ==
        of + ": the run's configuration (config.json) was changed: seed is 2021, was 2020");
  edit(temp / "run/config.json", "\"seed\": 2021", "\"seed\": 2020");
  Json config = Json::parse(read_text(temp / "run/config.json"));
  config["stages"] = Json::Array{"finetune"};
  write_text(temp / "run/config.json", config.dump());
  const std::string passed_over = resume_error(temp / "run");
  CHECK(passed_over.starts_with(of + ": the run's configuration (config.json) was changed: "));
  CHECK(passed_over.find("stages is [\"finetune\"], was [\"pretrain\",\"finetune\"]") != passed_over.npos);
}

TEST_CASE("resuming says that the items' titles are others, and gives the model file the new ones") {
  const TempFolder temp;
  write_toy(temp.path());
  write_text(temp / "toy/toy.item", "item_id:token\ttitle:token\ni1\tBefore\n");
  stop_early(request_of(temp.path(), temp / "run"));
  edit(temp / "toy/toy.item", "Before", "After");
  Listener listener;
  const RunResult result = train(resume_of(temp / "run"), listener);
  CHECK(std::ranges::count_if(listener.notices, [](const std::string& line) {
          return line.ends_with(
              "the items' titles are not those that the run began with: the model file gets the new ones");
        }) == 1);
  CHECK(std::ranges::count(models::load_model_file(result.model_file).titles, "After") == 1);
}

TEST_CASE("a configuration that was edited after the run began is told") {
  const TempFolder temp;
  write_toy(temp.path());
  stop_early(request_of(temp.path(), temp / "run"));
  const fs::path config = temp / "run/config.json";
  const std::string good = read_text(config), begin = (temp / "run/checkpoint.safetensors").string() +
                                                      ": the run's configuration (config.json) was changed: ";
  const std::vector<std::array<const char*, 3>> keys = {{"epochs", "3", "9"},
                                                        {"train_batch_size", "32", "33"},
                                                        {"embedding_size", "8", "9"},
                                                        {"learning_rate", "0.01", "0.02"}};
  for (const auto& [key, was, now] : keys) {
    write_text(config, good);
    edit(config, concat("\"", key, "\": ", was), concat("\"", key, "\": ", now));
    CHECK(resume_error(temp / "run") == concat(begin, key, " is ", now, ", was ", was));
  }
  write_text(config, good);
  // Before the data are read, which what was changed may make an error of.
  edit(config, "\"numerical_features\": []", "\"numerical_features\": [\"u1\"]");
  CHECK(resume_error(temp / "run") == begin + "numerical_features is [\"u1\"], was []");
  write_text(config, good);
  edit(config, "\"dataset\": \"toy\"", "\"dataset\": \"boy\"");
  CHECK(resume_error(temp / "run") == begin + "dataset is \"boy\", was \"toy\"");
  write_text(config, good);
  fs::rename(temp / "toy", temp / "moved");  // where the data lie may change
  CHECK(resume_error(temp / "run") == concat("data_path (", config.string(), "): there is no ", (temp / "toy").string(),
                                             "; --data-path says where the data are now"));
  fs::create_directories(temp / "elsewhere");
  fs::rename(temp / "moved", temp / "elsewhere/toy");
  TrainRequest request = resume_of(temp / "run");
  request.config.options = {{"data_path", (temp / "elsewhere").string(), "--data-path"}};
  Listener listener;
  CHECK(train(request, listener).finished);
}

// Run in a process of its own by the test below, as a user who may not write there.
TEST_CASE("resume of a child process that may not write" * doctest::skip()) {
  const char* const folder = std::getenv("SEQREC_TEST_FOLDER");
  if (!folder) return;
  if (::getuid() == 0) REQUIRE(::setuid(65534) == 0);
  Listener listener;
  CHECK(train(resume_of(fs::path(folder) / "finished"), listener).finished);
  CHECK(listener.results.size() == 1);
  TrainRequest longer = resume_of(fs::path(folder) / "finished");
  longer.config.options = {{"epochs", 2, "--epochs"}};
  CHECK(message_of<IoError>([&] { train(longer, listener); }) ==
        "can't go on with the run in " + longer.resume.string() + ": Permission denied");
  const fs::path stopped = fs::path(folder) / "stopped";
  CHECK(resume_error(stopped) == "can't go on with the run in " + stopped.string() + ": Permission denied");
}

TEST_CASE("a finished run in a folder that can't be written reports its result; another says why it can't go on") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  train(request_of(temp.path(), temp / "finished", {"epochs=1"}), listener);
  stop_early(request_of(temp.path(), temp / "stopped"));
  fs::remove(temp / "finished/.lock");
  const auto readable = fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_read | fs::perms::group_exec |
                        fs::perms::others_read | fs::perms::others_exec;
  for (const char* folder : {"finished", "stopped", ""}) fs::permissions(temp / folder, readable);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("SEQREC_TEST_FOLDER", temp.path().c_str(), 1);
    ::execl("/proc/self/exe", "train_tests", "--no-skip", "--test-case=resume of a child process that may not write",
            "--minimal", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  for (const char* folder : {"", "finished", "stopped"}) fs::permissions(temp / folder, fs::perms::owner_all);
}

TEST_CASE("what can't be trained leaves an old run as it was") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "run";
  Listener listener;
  train(request_of(temp.path(), run), listener);
  const std::string before = read_text(run / "result.json");
  CHECK_THROWS_AS(train(request_of(temp.path(), run), listener), UsageError);
  TrainRequest request = request_of(temp / "nowhere", run);
  request.overwrite = true;
  CHECK_THROWS_AS(train(request, listener), Error);
  request = request_of(temp.path(), run, {"valid_metric=Hit@7"});
  request.overwrite = true;
  CHECK_THROWS_AS(train(request, listener), ConfigError);
  request = request_of(temp.path(), run, {"reg_weight=[1, -1]"});
  request.overwrite = true;
  CHECK(message_of<ConfigError>([&] { train(request, listener); }).starts_with("reg_weight (--set): got [1,-1], "));
  request = request_of(temp.path(), run, {"train_neg_sample_args=None"});
  request.model = "DIEN";
  request.overwrite = true;
  CHECK(message_of<ConfigError>([&] { train(request, listener); }) ==
        "train_neg_sample_args (--set): got null, expected negatives, or labels to train on (LABEL_FIELD, threshold)");
  const std::string items = read_text(temp / "toy/toy.item");
  write_text(temp / "toy/toy.item", "item_id:token\ttitle:token\ni0\ta\tb\n");
  request = request_of(temp.path(), run);
  request.overwrite = true;
  CHECK(message_of<DataError>([&] { train(request, listener); }).find("toy.item:2: 3 fields, expected 2") !=
        std::string::npos);
  write_text(temp / "toy/toy.item", items);
  request = request_of(temp.path(), run);
  request.model = "SHANN";
  request.overwrite = true;
  CHECK_THROWS_AS(train(request, listener), ConfigError);
  request.model = "";
  CHECK(message_of<UsageError>([&] { train(request, listener); }) ==
        "no model is given: --model SHAN, or model: SHAN in a file of --config");
  CHECK(read_text(run / "result.json") == before);
  CHECK(train(resume_of(run), listener).finished);
}

TEST_CASE("a loss that is not finite ends the run with a message, in the log too") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const std::string error = message_of<NumericError>([&] {
    train(request_of(temp.path(), temp / "run", {"learning_rate=1e30", "learner=sgd"}), listener);
  });
  CHECK_MESSAGE(error.starts_with("loss is "), error);
  CHECK_MESSAGE(error.find(" at epoch 1, step ") != std::string::npos, error);
  CHECK(read_text(temp / "run/log.txt").find(" error: loss is ") != std::string::npos);
  CHECK_FALSE(fs::exists(temp / "run/model.safetensors"));
  CHECK(message_of<NumericError>([&] {
          train(request_of(temp.path(), temp / "one", {"learning_rate=1e30", "train_batch_size=1000"}), listener);
        }) ==
        "validation after epoch 1: the model's scores hold a NaN; a smaller learning_rate or clip_grad_norm may help");
}

TEST_CASE("a key without a meaning is said") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  train(request_of(temp.path(), temp / "run", {"epochs=1", "gpu_id=0"}), listener);
  REQUIRE(listener.notices.size() >= 1);
  CHECK(listener.notices[0].starts_with("gpu_id (--set) means nothing here"));
  CHECK(read_text(temp / "run/log.txt").find("gpu_id (--set) means nothing here") != std::string::npos);
}

}  // namespace
}  // namespace seqrec::train

#include <algorithm>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/parallel.h"
#include "file_calls.h"
#include "listener.h"
#include "run_content.h"
#include "toy.h"
#include "train/run.h"

// A run that ends before any of its calls that change files, and what is made of the folder afterwards.
namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

// Sanitizers make a process slow to start: they see some of the calls.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSpread = 9;
#else
constexpr int kSpread = 1;
#endif

TrainRequest small_run(const std::string& model, const fs::path& folder) {
  TrainRequest request;
  request.model = model;
  request.config =
      toy_input(folder, {"epochs=1", "train_batch_size=64", "metrics=[Hit]", "topk=5", "valid_metric=Hit@5"});
  std::vector<std::string> more = {"embedding_size=4"};
  if (model == "S3Rec")
    more = {"stages=[pretrain, finetune]",
            "pretrain_epochs=2",
            "save_step=1",
            "n_layers=1",
            "hidden_size=4",
            "inner_size=4",
            "n_heads=1"};
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = folder / "run";
  return request;
}

/// A new run from an old one's model, in the old one's folder.
TrainRequest small_overwrite(const fs::path& folder) {
  TrainRequest request = small_run("SHAN", folder);
  request.config.settings.push_back("learning_rate=0.1");
  request.init = request.out / "model.safetensors";
  request.overwrite = true;
  return request;
}

/// A finished run's, which goes on to two epochs.
TrainRequest small_lengthening(const fs::path& folder) {
  TrainRequest request;
  request.resume = folder / "run";
  request.config.options = {{"epochs", 2, "--epochs"}};
  return request;
}

TrainRequest request_named(const std::string& name, const fs::path& folder) {
  if (name == "lengthen") return small_lengthening(folder);
  return name == "overwrite" ? small_overwrite(folder) : small_run(name, folder);
}

TEST_CASE("run of a child process that ends at a file call" * doctest::skip()) {
  const char* const folder = std::getenv("SEQREC_TEST_FOLDER");
  if (!folder) return;
  set_num_threads(1);
  Listener listener;
  const TrainRequest request = request_named(std::getenv("SEQREC_TEST_RUN"), folder);
  kill_before_file_call(std::atoi(std::getenv("SEQREC_TEST_KILL_AT")));
  train(request, listener);
}

/// Whether the child was killed.
bool run_until_call(const std::string& name, const fs::path& folder, int number) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("SEQREC_TEST_FOLDER", folder.c_str(), 1);
    ::setenv("SEQREC_TEST_RUN", name.c_str(), 1);
    ::setenv("SEQREC_TEST_KILL_AT", std::to_string(number).c_str(), 1);
    ::execl("/proc/self/exe", "train_tests", "--no-skip", "--test-case=run of a child process that ends at a file call",
            "--minimal", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) CHECK(WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

/// Goes on with the run that a kill left, or begins it where there is none yet.
void complete(const TrainRequest& request, Listener& listener) {
  const bool there = fs::exists(request.out / "config.json") || fs::exists(request.out / "next.json");
  TrainRequest next;
  next.resume = request.out;
  train(there ? next : request, listener);
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

}  // namespace

TEST_CASE("a run that is killed before any call that changes a file ends in the same files") {
  set_num_threads(1);
  for (const auto& [name, every] : {std::pair("SHAN", 1), std::pair("S3Rec", 5)}) {
    const TempFolder temp;
    write_toy(temp.path());
    const TrainRequest request = small_run(name, temp.path());
    Listener listener;
    kill_before_file_call(0);
    train(request, listener);
    const int calls = file_calls();
    CHECK(calls > 20);
    const auto expected = content_of(request.out);
    for (int number = 1; number <= calls; number += every * kSpread) {
      fs::remove_all(request.out);
      CAPTURE(name);
      CAPTURE(number);
      CHECK(run_until_call(name, temp.path(), number));
      complete(request, listener);
      check_same(content_of(request.out), expected);
      const std::string log = read_text(request.out / "log.txt");
      CHECK(count_in(log, " best epoch ") == 1);
      CHECK(log.rfind(" best epoch ") > log.rfind(" epoch 1: "));
    }
  }
}

TEST_CASE("a model that a new run begins with and replaces is never lost to a kill") {
  set_num_threads(1);
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path run = temp / "run", old = temp / "old";
  Listener listener;
  train(small_run("SHAN", temp.path()), listener);
  fs::copy(run, old);
  const auto old_content = content_of(old);
  kill_before_file_call(0);
  train(small_overwrite(temp.path()), listener);
  const int calls = file_calls();
  const auto expected = content_of(run);
  CHECK(expected.at("model.safetensors") != old_content.at("model.safetensors"));
  int kept = 0;
  bool begun = false;
  for (int number = 1; number <= calls; number += 1 + number * kSpread / 12) {
    fs::remove_all(run);
    fs::copy(old, run);
    CAPTURE(number);
    CHECK(run_until_call("overwrite", temp.path(), number));
    TrainRequest resume;
    resume.resume = run;
    train(resume, listener);
    const auto content = content_of(run);
    const bool is_old = !begun && content == old_content;
    if (!is_old) check_same(content, expected);
    begun |= !is_old;
    kept += is_old;
  }
  CHECK(kept > 0);
  CHECK(kept < calls / 2);
}

TEST_CASE("a run that is killed as it goes on to more epochs is the old one or the new one") {
  set_num_threads(1);
  for (const auto& [name, every] : {std::pair("SHAN", 1), std::pair("S3Rec", 7)}) {
    const TempFolder temp;
    write_toy(temp.path());
    const fs::path run = temp / "run", old = temp / "old";
    Listener listener;
    TrainRequest longer = small_run(name, temp.path());
    longer.config.settings.push_back("epochs=2");
    train(longer, listener);
    const auto expected = content_of(run);
    fs::remove_all(run);
    train(small_run(name, temp.path()), listener);
    const auto old_content = content_of(run);
    fs::copy(run, old);
    kill_before_file_call(0);
    train(small_lengthening(temp.path()), listener);
    const int calls = file_calls();
    check_same(content_of(run), expected);
    int kept = 0;
    bool changed = false;
    for (int number = 1; number <= calls; number += every * kSpread) {
      CAPTURE(name);
      CAPTURE(number);
      fs::remove_all(run);
      fs::copy(old, run);
      CHECK(run_until_call("lengthen", temp.path(), number));
      CHECK(fs::exists(run / "model.safetensors"));
      TrainRequest resume = small_lengthening(temp.path());
      const bool again = number % 2 == 0;  // by the same command, or without the number
      if (!again) resume.config.options.clear();
      train(resume, listener);
      const auto content = content_of(run);
      const bool is_old = !again && !changed && content == old_content;
      if (!is_old) check_same(content, expected);
      if (!again) changed |= !is_old;
      kept += is_old;
    }
    CHECK(kept > 0);
    CHECK(kept < calls / every);
  }
}

}  // namespace seqrec::train

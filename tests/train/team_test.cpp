// Several processes that train together, here threads that exchange messages: what comes out doesn't depend on their
// number. tests/cli has them under mpirun.
#include "train/team.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <optional>

#include <doctest/doctest.h>

#include "kernels/copy.h"
#include "listener.h"
#include "processes.h"
#include "run_content.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/build.h"
#include "train/message.h"
#include "train/run.h"
#include "train/same_start.h"
#include "train/sum_message.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

TrainRequest team_run(const std::string& model, const fs::path& data, const fs::path& out,
                      std::vector<std::string> settings) {
  TrainRequest request;
  request.model = model;
  settings.insert(settings.begin(), {"train_batch_size=48", "epochs=2", "shards=4", "eval_batch_size=6"});
  request.config = toy_input(data, std::move(settings));
  request.out = out;
  return request;
}

/// Trains on so many processes; the first one's observer is told.
void train_on(int size, TrainRequest request, Listener& listener) {
  run_processes(size, [&](dist::Processes& processes) {
    TrainRequest own = request;
    own.processes = &processes;
    Observer nobody;
    const RunResult result = processes.rank() == 0 ? train(own, listener) : train(own, nobody);
    CHECK(result.finished == !listener.stop);
    if (processes.rank() > 0) CHECK(result.model_file.empty());
  });
}

TEST_CASE("a sum is the same bits in a message and back") {
  ShardSum sum;
  sum.parts.emplace_back().add(Tensor::from({1.5f, -0.0f, NAN, 1e-42f}, {2, 2}));
  sum.parts.emplace_back().add(autograd::RowSparse{{9, 2}, Index({3, 7}), Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2})});
  sum.parts.emplace_back();
  sum.parts.emplace_back().add(Tensor::from({2.0f}, {}));
  dist::Message message = to_message(sum);
  const ShardSum got = shard_sum(message, kCpu);
  REQUIRE(got.parts.size() == 4);
  CHECK(std::memcmp(got.parts[0].dense().raw(), sum.parts[0].dense().raw(), 16) == 0);
  CHECK(got.parts[0].dense().shape() == Shape{2, 2});
  REQUIRE(got.parts[1].is_sparse());
  CHECK(got.parts[1].sparse().shape == Shape{9, 2});
  CHECK(std::ranges::equal(got.parts[1].sparse().ids.host(), std::vector{3, 7}));
  CHECK(got.parts[1].sparse().values.to_vector<double>() == std::vector{1.0, 2.0, 3.0, 4.0});
  CHECK_FALSE(got.parts[2].defined());
  CHECK(got.loss().item() == 2);
  CHECK(shard_sum({}, kCpu).parts.empty());

  message.pop_back();
  CHECK(message_of<FormatError>([&] { shard_sum(message, kCpu); }) == "[processes] a message is 1 bytes short");
  message.assign(8, std::byte{77});
  CHECK(message_of<FormatError>([&] { shard_sum(message, kCpu); }).find("got a part of kind ") != std::string::npos);
  Tensor two = Tensor::zeros({2});
  CHECK(message_of<ShapeError>([&] { set_bytes(two, dist::Message(4)); }) ==
        "[shards] expected 8 bytes of a tensor, got 4");
}

TEST_CASE("processes own all shards, in order and as evenly as can be, and get the sum that one alone makes") {
  const auto leaf_of = [](std::int64_t shard) {
    ShardSum sum;
    if (shard % 3 == 1) return sum;  // without rows
    sum.parts.emplace_back().add(Tensor::from({1.0f / static_cast<float>(1 + shard)}, {1}));
    sum.parts.emplace_back().add(
        autograd::RowSparse{{9, 1}, Index({static_cast<std::int32_t>(shard)}), Tensor::from({0.1f}, {1, 1})});
    sum.parts.emplace_back().add(Tensor::from({1e6f * static_cast<float>(shard)}, {}));
    return sum;
  };
  for (const std::int64_t shards : {1, 2, 3, 4, 7, 8}) {
    bool stop = false;
    const dist::Message alone = to_message(Team(nullptr, shards).sum(leaf_of, kCpu, nullptr, stop));
    for (const int size : {1, 2, 3, 4, 5, 8}) {
      CAPTURE(shards);
      CAPTURE(size);
      std::mutex mutex;
      std::vector<std::int64_t> asked(static_cast<std::size_t>(shards)), own(static_cast<std::size_t>(size));
      run_processes(size, [&](dist::Processes& processes) {
        Team team(&processes, shards);
        const std::atomic<bool> told = (processes.rank() == 0) == (shards == 3);  // only the first one's counts
        bool stopped = false;
        const ShardSum sum = team.sum(
            [&](std::int64_t shard) {
              const std::lock_guard lock(mutex);
              CHECK(team.first() <= shard);
              CHECK(shard < team.end());
              ++asked[static_cast<std::size_t>(shard)];
              return leaf_of(shard);
            },
            kCpu, &told, stopped);
        const std::lock_guard lock(mutex);
        own[static_cast<std::size_t>(processes.rank())] = team.end() - team.first();
        CHECK(to_message(sum) == alone);
        CHECK(stopped == (shards == 3));
        CHECK(team.leads() == (processes.rank() == 0));
      });
      CHECK(asked == std::vector<std::int64_t>(static_cast<std::size_t>(shards), 1));
      for (const std::int64_t count : own) {
        CHECK(count <= (shards + size - 1) / size);
        CHECK(count >= shards / size);
      }
    }
  }
}

TEST_CASE(
    "processes have the parts of a work in order, and as evenly as can be; the first one gathers messages in order") {
  for (const std::int64_t count : {0, 1, 5, 6, 1000})
    for (const int size : {1, 2, 4, 7}) {
      CAPTURE(count);
      CAPTURE(size);
      std::mutex mutex;
      std::vector<std::pair<std::int64_t, std::int64_t>> parts(static_cast<std::size_t>(size));
      run_processes(size, [&](dist::Processes& processes) {
        Team team(&processes, 1);
        const auto part = team.part(count);
        std::vector<std::string> texts;
        team.gather([&] { return to_message(concat(part.first, "-", part.second)); },
                    [&](const dist::Message& message) { texts.push_back(text_of(message)); });
        const std::lock_guard lock(mutex);
        parts[static_cast<std::size_t>(processes.rank())] = part;
        REQUIRE(texts.size() == static_cast<std::size_t>(team.leads() ? size - 1 : 0));
        std::int64_t end = part.second;
        for (const std::string& text : texts) {
          CHECK(text.starts_with(concat(end, "-")));
          end = std::stoll(text.substr(text.find('-') + 1));
        }
        if (team.leads()) CHECK(end == count);
      });
      for (const auto& [first, end] : parts) {
        CHECK(end - first >= count / size);
        CHECK(end - first <= (count + size - 1) / size);
      }
      if (count > 0) CHECK(parts[0].second > 0);
    }
}

TEST_CASE("a run makes the same files on 1, 2, 3, 4 and 8 processes, of every model") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> kinds = {
      {"SHAN", {"embedding_size=4", "batching=histories", "loss_type=BPR"}},
      {"Caser", {"embedding_size=4", "nv=2", "nh=2", "dropout_prob=0.5"}},
      {"SRGNN", {"embedding_size=4", "loss_type=sampled_softmax", "train_neg_sample_args={distribution: in_batch}"}},
      {"DIEN", {"embedding_size=4", "mlp_hidden_size=[4, 4]"}},
      {"S3Rec",
       {"stages=[pretrain, finetune]", "pretrain_epochs=1", "n_layers=1", "hidden_size=4", "inner_size=4",
        "n_heads=1"}},
      {"SHAN", {"embedding_size=4", "shards=1"}},
      {"Pop", {}}};
  const TempFolder temp;
  write_toy(temp.path());
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto& [model, settings] = kinds[i];
    const auto out = [&](int size) { return temp / concat("run", i, "-", size); };
    Listener listener;
    train(team_run(model, temp.path(), out(0), settings), listener);
    for (const int size : {1, 2, 3, 4, 8}) {
      if (size > 3 && i > 1) continue;
      CAPTURE(model);
      CAPTURE(size);
      Listener told;
      train_on(size, team_run(model, temp.path(), out(size), settings), told);
      check_same(content_of(out(size)), content_of(out(0)));
      CHECK(told.steps == listener.steps);
      if (model == "SHAN" && settings.back() != "shards=1" && size == 3) {
        REQUIRE(told.notices.size() >= 3);
        const std::string& line = told.notices.back();
        CHECK(line.starts_with("process 2 on host2: 1 of 4 shards; a step: compute "));
        CHECK(line.ends_with(" kB sent"));
      }
    }
  }
}

TEST_CASE("a run is stopped by its first process and resumed on any number of them, to the same files") {
  const TempFolder temp;
  write_toy(temp.path());
  const std::vector<std::string> settings = {"embedding_size=4", "mlp_hidden_size=[4, 4]"};
  Listener whole;
  train(team_run("DIEN", temp.path(), temp / "whole", settings), whole);
  for (const auto& [before, after] : {std::pair{3, 2}, {1, 4}, {2, 1}}) {
    TrainRequest request = team_run("DIEN", temp.path(), temp / concat("parts", before), settings);
    Listener stopped, rest;
    stopped.stop_after = 3;
    request.stop = &stopped.stop;
    train_on(before, request, stopped);
    CHECK(stopped.steps < whole.steps);
    TrainRequest resume;
    resume.resume = request.out;
    train_on(after, resume, rest);
    check_same(content_of(request.out), content_of(temp / "whole"));
    Listener again;
    train_on(2, resume, again);  // there is nothing to do
    CHECK(again.results.size() == 1);
    CHECK(again.steps == 0);
  }
}

TEST_CASE("a process with another configuration, other data or another program is refused with both values") {
  const TempFolder temp, other;
  write_toy(temp.path());
  write_toy(other.path());
  std::ofstream(other / "toy/toy.inter", std::ios::app) << "u0\ti3\t5\t99999\n";
  const auto error = [&](const fs::path& data, std::vector<std::string> settings) {
    try {
      run_processes(3, [&](dist::Processes& processes) {
        const bool odd = processes.rank() == 1;
        TrainRequest request = team_run("SHAN", odd ? data : temp.path(), temp / "run", {});
        if (odd) request.config.settings.insert(request.config.settings.end(), settings.begin(), settings.end());
        request.processes = &processes;
        Observer nobody;
        train(request, nobody);
      });
    } catch (const Error& refused) {
      return std::string(refused.what());
    }
    return std::string();
  };
  CHECK(
      error(temp.path(), {"seed=7", "learning_rate=0.5"}) ==
      "another configuration on host1 than process 0 has on host0: seed is 7, there 2020; learning_rate is 0.5, there "
      "0.001");
  const std::string data = error(other.path(), {});
  CHECK(data.starts_with("other data on host1 than process 0 has on host0: "));
  CHECK(data.find("histories is \"") != std::string::npos);
  CHECK(error(temp.path(), {}).empty());

  Json older = Json::object();
  older["version"] = "0.1.9";
  older["instruction set (SEQREC_CPU)"] = "none";
  std::string program;
  run_processes(2, [&](dist::Processes& processes) {
    if (processes.rank() == 0)
      processes.send(1, to_message(older.dump()));
    else
      program = message_of<UsageError>([&] { check_same_program(processes); });
  });
  CHECK(program.find("another program on host1 than process 0 has on host0: version is \"") == 0);
  CHECK(program.find("there \"0.1.9\"; instruction set (SEQREC_CPU) is \"") != std::string::npos);
}

TEST_CASE("a loss that is not finite ends all processes with the same words") {
  const TempFolder temp;
  write_toy(temp.path());
  const auto error = [&](const std::function<void(TrainRequest)>& run) {
    return message_of<NumericError>([&] {
      run(team_run("SHAN", temp.path(), temp / "run", {"learning_rate=1e30", "learner=sgd"}));
    });
  };
  const std::string alone = error([](TrainRequest request) {
    Observer nobody;
    train(request, nobody);
  });
  fs::remove_all(temp / "run");
  CHECK(error([](TrainRequest request) {
          run_processes(2, [&](dist::Processes& processes) {
            TrainRequest own = request;
            own.processes = &processes;
            Observer nobody;
            try {
              train(own, nobody);
            } catch (const IoError&) {  // that the other one failed before
            }
          });
        }) == alone);
}

}  // namespace
}  // namespace seqrec::train

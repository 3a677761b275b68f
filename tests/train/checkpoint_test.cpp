#include "train/checkpoint.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <doctest/doctest.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "tests/message_of.h"
#include "tests/old_safetensors.h"
#include "toy.h"

namespace seqrec::train {
namespace {

/// A run of four epochs of four steps, validated after each.
RunShape some_run() {
  RunShape run;
  run.epochs = 4;
  run.least_steps = run.most_steps = 4;
  run.steps = [](std::int64_t) { return 4; };
  run.eval_step = 1;
  run.valid_metric = {"mrr@10", true};
  run.stopping_step = 2;
  run.metric_decimal_place = 4;
  return run;
}

/// Where it may stand: in its third epoch.
TrainState some_state() {
  TrainState state;
  state.epoch = 2;
  state.step = 3;
  state.total_steps = 11;
  state.loss_sum = 0.1 + 0.2;
  state.train_seconds = 0.25;
  state.evaluations = 2;
  state.early = {1, 0.50004, false};
  state.best_epoch = 1;
  state.epochs = {{1, 0.5, 7.25, 0.125, {{"mrr@10", 0.5}}}, {2, 0.5, 7, 0.125, {{"mrr@10", 0.25}}}};
  return state;
}

/// A checkpoint on disk, and what it is bound to.
struct Saved {
  explicit Saved(const TrainState& state = some_state()) {
    write_toy(folder.path());
    config.emplace(toy_config(folder.path()));
    dataset = data::prepare(*config);
    tensors = {{"model.w", Tensor::from<float>({1, 2}, {2})},
               {"optimizer.step", Tensor::from<std::int64_t>({11}, {1})},
               {"optimizer.exp_avg_sq.w", Tensor::from<float>({0, 2}, {2})}};
    save_checkpoint(path, state, tensors, binding());
  }
  RunBinding binding() const { return RunBinding(dataset, *config); }
  LoadedCheckpoint load() const { return load_checkpoint(path, tensors, binding(), some_run()); }
  template <class E = FormatError>
  std::string error() const {
    return message_of<E>([&] { load(); });
  }
  void set_w(float value) const {
    Tensor w = tensors[0].second;
    for (float& number : w.span<float>()) number = value;
  }
  /// The same file with an entry of its metadata or a tensor replaced, its checksums right.
  void replace(const std::string& key, const std::string& value, const std::string& name = "",
               const Tensor& tensor = {}) const {
    const SafetensorsReader reader(path);
    SafetensorsWriter writer;
    for (const auto& [old_key, old] : reader.metadata()) writer.add_metadata(old_key, old);
    if (!key.empty()) writer.add_metadata(key, value);
    for (const std::string& of : reader.names()) writer.add(of, of == name ? tensor : reader.get(of));
    writer.write(path);
  }

  TempFolder folder;
  std::filesystem::path path = folder / "checkpoint.safetensors";
  std::optional<data::Config> config;
  data::Dataset dataset;
  NamedTensors tensors;
};

TEST_CASE("training state goes to JSON and back") {
  TrainState state;
  state.epoch = 3;
  state.step = 5;
  state.total_steps = 77;
  state.loss_sum = 0.1 + 0.2;
  state.early = {2, 1.0 / 3, true};
  state.best_epoch = 1;
  state.epochs = {{1, 0.5, 7.25, 0.125, {{"hit@10", 0.5}}}, {2, 0.5, 7, 0, {}}};
  const TrainState again = train_state(Json::parse(to_json(state).dump()));
  CHECK(to_json(again) == to_json(state));
  CHECK(again.loss_sum == state.loss_sum);
  CHECK(*again.early.best_score == 1.0 / 3);
  CHECK(to_json(state.epochs[0]).dump() ==
        R"({"event":"epoch","epoch":1,"train_seconds":0.5,"loss":7.25,"valid_seconds":0.125,"valid":{"hit@10":0.5}})");
  CHECK(to_json(state.epochs[1]).dump() == R"({"event":"epoch","epoch":2,"train_seconds":0.5,"loss":7.0})");
}

TEST_CASE("a checkpoint gives back its state and tensors") {
  const Saved saved;
  saved.set_w(0);
  const LoadedCheckpoint loaded = saved.load();
  CHECK(loaded.notices.empty());
  CHECK(to_json(loaded.state) == to_json(some_state()));
  CHECK(saved.tensors[0].second.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(saved.tensors[1].second.item() == 11);
}

TEST_CASE("what a run can't have come to is refused in every member of the state") {
  const Saved saved;
  const Json good = to_json(some_state());
  const std::vector<std::string> hostile = {"-1",
                                            "-100000",
                                            "9223372036854775807",
                                            "9223372036854775808",
                                            "1e308",
                                            "-1e308",
                                            "0.5",
                                            "NaN",
                                            "null",
                                            "\"3\"",
                                            "[]",
                                            "{}",
                                            "true"};
  for (const auto& [name, value] : good.as_object()) {
    CAPTURE(name);
    for (const std::string& bad : hostile) {
      CAPTURE(bad);
      // A sum of losses may be any that floats reach.
      const bool fits = name == "loss_sum" ? bad == "0.5" || bad.find_first_not_of("-0123456789") == bad.npos
                                           : bad == "0.5" && (name == "train_seconds" || name == "best_score");
      Json state = good;
      state[name] = "HOSTILE";
      std::string text = state.dump();
      text.replace(text.find("\"HOSTILE\""), 9, bad);
      saved.replace("state", text);
      const std::string error = saved.error();
      CHECK(error.empty() == fits);
      if (bad != "NaN" && !fits) {
        CHECK_MESSAGE(error.starts_with(saved.path.string() + ": state: "), error);
        CHECK_MESSAGE(error.find(name) != error.npos, error);
      }
    }
    Json state = good;
    std::erase_if(state.as_object(), [&name = name](const auto& member) { return member.first == name; });
    saved.replace("state", state.dump());
    CHECK(saved.error() == saved.path.string() + ": state: \"" + name + "\" is missing");
  }
  saved.replace("state", good.dump());
  CHECK(saved.error().empty());
}

TEST_CASE("a state is checked in itself and against its run") {
  const auto error = [](auto change, RunShape run = some_run()) {
    TrainState state = some_state();
    change(state);
    return message_of<FormatError>([&] { check_state(state, run); });
  };
  CHECK(error([](TrainState&) {}).empty());
  CHECK(error([](TrainState& s) { s.epoch = 5; }) == "epoch: expected 0 to 4, got 5");
  CHECK(error([](TrainState& s) { s.epoch = 1; }) == "epochs: expected 1 reports, got 2");
  CHECK(error([](TrainState& s) { s.step = 5; }) == "step: expected 0 to 4, got 5");
  CHECK(error([](TrainState& s) { s.total_steps = 12; }) == "total_steps: expected 11, got 12");
  CHECK(error([](TrainState& s) { s.evaluations = 3; }) == "evaluations: expected 2, got 3");
  CHECK(error([](TrainState& s) { s.best_epoch = 2; }) == "best_score: expected 0.25, as after epoch 2, got 0.50004");
  CHECK(error([](TrainState& s) { s.early.best_score = 0.6; }) ==
        "best_score: expected 0.5, as after epoch 1, got 0.6");
  CHECK(error([](TrainState& s) { s.epochs[1].valid[0].second = 0.75; }) == "best_epoch: 1 is not as good as 2");
  CHECK(error([](TrainState& s) { s.early.cur_step = 0; }) == "cur_step: expected 1, got 0");
  CHECK(error([](TrainState& s) { s.early.stopped = true; }) == "stopped: expected false");
  CHECK(error([](TrainState& s) { s.epochs[1].epoch = 1; }) == "epochs: number 2: epoch: expected 2, got 1");
  CHECK(error([](TrainState& s) { s.epochs[0].stage = "pretrain"; }) ==
        "epochs: number 1: stage: expected '', got 'pretrain'");
  CHECK(error([](TrainState& s) { s.epochs[0].valid.clear(); }) == "epochs: number 1: valid: expected metrics");
  CHECK(error([](TrainState& s) { s.epochs[0].valid[0].first = "hit@10"; }) == "epochs: number 1: valid: no mrr@10");
  RunShape stops = some_run(), unvalidated = some_run(), varies = some_run();
  stops.stopping_step = 0;
  CHECK(error([](TrainState&) {}, stops) == "stopped: expected true");
  CHECK(error([](TrainState& s) { s.early.stopped = true; }, stops) == "step: expected 0, got 3");
  varies.most_steps = 6;
  CHECK(error([](TrainState& s) { s.total_steps = 15; }, varies).empty());
  CHECK(error([](TrainState& s) { s.total_steps = 16; }, varies) == "total_steps: expected 11 to 15, got 16");
  unvalidated.eval_step = 0;
  CHECK(error([](TrainState&) {}, unvalidated) == "epochs: number 1: valid: expected none");
  const auto without = [&](auto change) {
    return error(
        [&](TrainState& s) {
          for (EpochReport& report : s.epochs) report.valid.clear();
          s.early = {};
          s.evaluations = 0;
          s.best_epoch = 2;
          change(s);
        },
        unvalidated);
  };
  CHECK(without([](TrainState&) {}).empty());
  CHECK(without([](TrainState& s) { s.best_epoch = 1; }) == "best_epoch: expected 2, got 1");
  CHECK(without([](TrainState& s) { s.early.best_score = 1; }) ==
        "best_score: expected null before the first validation");
}

TEST_CASE("numbers that no run has are refused in a checkpoint's tensors") {
  const Saved saved;
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const auto error = [&](const std::string& name, const Tensor& tensor) {
    const Tensor good = SafetensorsReader(saved.path).get(name);
    saved.replace("", "", name, tensor);
    const std::string text = saved.error();
    saved.replace("", "", name, good);
    CHECK(text.starts_with(saved.path.string() + ": tensor " + name));
    return text.substr(saved.path.string().size() + 2);
  };
  CHECK(error("optimizer.step", Tensor::from<std::int64_t>({12}, {1})) ==
        "tensor optimizer.step: expected counts from 0 to 11, got 12");
  CHECK(error("optimizer.step", Tensor::from<std::int64_t>({-1}, {1})) ==
        "tensor optimizer.step: expected counts from 0 to 11, got -1");
  CHECK(error("model.w", Tensor::from<float>({1, infinity}, {2})) == "tensor model.w holds inf");
  CHECK(error("model.w", Tensor::from<float>({nan, 1}, {2})) == "tensor model.w holds nan");
  CHECK(error("optimizer.exp_avg_sq.w", Tensor::from<float>({1, -1}, {2})) == "tensor optimizer.exp_avg_sq.w holds -1");
  saved.replace("", "", "optimizer.exp_avg_sq.w", Tensor::from<float>({1, infinity}, {2}));
  CHECK(saved.error().empty());  // a gradient's square may have been too large
}

TEST_CASE("a damaged checkpoint is refused, and leaves the tensors alone") {
  const Saved saved;
  std::string bytes = read_text(saved.path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_text(saved.path, bytes);
  saved.set_w(7);
  CHECK(saved.error().starts_with(saved.path.string() + ": tensor \"optimizer.exp_avg_sq.w\" is damaged: "));
  CHECK(saved.tensors[0].second.to_vector<float>() == std::vector<float>{7, 7});
  write_text(saved.path, without_checksums(bytes));
  CHECK(saved.error() == saved.path.string() + ": is damaged: its checksums are gone");
}

TEST_CASE("a changed configuration is told, key by key; a new key's default is none") {
  Saved saved;
  const data::Config as_it_was = *saved.config;
  saved.config.emplace(toy_config(saved.folder.path(), {"seed=7", "train_batch_size=3"}));
  CHECK(saved.error<ConfigError>() == saved.path.string() +
                                          ": the run's configuration (config.json) was changed: seed is 7, was 2020; "
                                          "train_batch_size is 3, was 2048");
  saved.config.emplace(toy_config(saved.folder.path() / ".", {}));  // a path is the machine's
  CHECK(saved.error<ConfigError>().empty());
  Json stored = as_it_was.portable();
  std::erase_if(stored.as_object(), [](const auto& member) { return member.first == "lr_gamma"; });
  saved.replace("config", stored.dump());
  CHECK(saved.error<ConfigError>().empty());
  saved.config.emplace(toy_config(saved.folder.path(), {"lr_gamma=0.25"}));
  CHECK(saved.error<ConfigError>().ends_with(": lr_gamma is 0.25, was not there"));
  saved.replace("config", "[]");
  CHECK(saved.error() == saved.path.string() + ": config: expected a map, got a list");
}

TEST_CASE("data that differ are told part by part; other titles are only said") {
  Saved saved;
  const auto differs = [&](auto change) {
    const data::Dataset good = saved.dataset;
    change(saved.dataset);
    const std::string error = saved.error<DataError>(),
                      of = saved.path.string() +
                           ": the dataset is not the one that this run was trained on; what differs: ";
    saved.dataset = good;
    CHECK_MESSAGE(error.starts_with(of), error);
    return error.substr(std::min(error.size(), of.size()));
  };
  CHECK(saved.error<DataError>().empty());
  CHECK(differs([](data::Dataset& d) { d.users.add("new"); }) == "users");
  CHECK(differs([](data::Dataset& d) { d.items.add("new"); }) == "items");
  CHECK(differs([](data::Dataset& d) {
          std::vector<std::int32_t> items(d.items_of.begin(), d.items_of.end());
          std::swap(items[0], items[1]);
          d.items_of = std::move(items);
        }) == "histories");
  CHECK(differs([](data::Dataset& d) { d.train = d.train.slice(0, d.train.size() - 1); }) == "rows of the split");
  CHECK(differs([](data::Dataset& d) {
          std::vector<data::Row> rows = d.test.slice(0, d.test.size());
          rows.back().skipped = 1;
          d.test = rows;
        }) == "rows of the split");
  CHECK(differs([](data::Dataset& d) { d.labels = std::vector<float>(d.items_of.size(), 1); }) == "labels");
  CHECK(differs([](data::Dataset& d) { d.user_features.columns = {identity_feature("age", 3)}; }) ==
        "users' column 'age'");
  saved.dataset.item_features.columns = {identity_feature("class", 3)};
  save_checkpoint(saved.path, some_state(), saved.tensors, saved.binding());
  CHECK(differs([](data::Dataset& d) {
          d.item_features.columns[0].ids = Index({0, 2, 1});
        }) == "items' column 'class'");
  CHECK(differs([](data::Dataset& d) { d.item_features.columns.clear(); }) == "items' column 'class'");
  const std::vector<std::string> titles = {"", "a title"};
  const LoadedCheckpoint loaded =
      load_checkpoint(saved.path, saved.tensors, RunBinding(saved.dataset, *saved.config, titles), some_run());
  CHECK(loaded.notices == std::vector<std::string>{saved.path.string() + ": the items' titles are not those that the "
                                                                         "run began with: the model file gets the new "
                                                                         "ones"});
}

TEST_CASE("a checkpoint that an older seqrec wrote is read, and what can't be noticed is said") {
  Saved saved;
  saved.replace("format_version", "1");
  saved.replace("data", "258f5bd4aa3f0433");
  write_text(saved.path, without_checksums(read_text(saved.path)));
  CHECK(saved.load().notices ==
        std::vector<std::string>{saved.path.string() +
                                 ": an older seqrec wrote it: damage, other features or labels and "
                                 "another configuration can't be noticed"});
  saved.dataset.train = saved.dataset.train.slice(0, saved.dataset.train.size() - 1);
  CHECK(saved.error<DataError>() == saved.path.string() + ": the dataset is not the one that this run was trained on");
  saved.replace("format_version", "3");
  CHECK(saved.error() == saved.path.string() + ": expected format version 1 or 2, got 3");
}

}  // namespace
}  // namespace seqrec::train

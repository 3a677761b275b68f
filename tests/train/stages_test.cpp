#include "train/stages.h"

#include <doctest/doctest.h>

#include "core/file.h"
#include "kernels/copy.h"
#include "listener.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// The stage of each epoch.
std::vector<std::string> stages_of(const Listener& listener) {
  std::vector<std::string> stages;
  for (const EpochReport& report : listener.reports) stages.push_back(report.stage);
  return stages;
}

TrainRequest stages_request(const fs::path& data, const fs::path& out, std::vector<std::string> more) {
  TrainRequest request;
  request.model = "S3Rec";
  request.config = toy_input(
      data, {"epochs=2", "pretrain_epochs=2", "save_step=1", "train_batch_size=32", "hidden_size=8", "inner_size=8"});
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = out;
  return request;
}

/// A run's result; what it was told comes in `listener`.
RunResult run(const fs::path& data, const fs::path& out, std::vector<std::string> more, Listener& listener) {
  return train(stages_request(data, out, std::move(more)), listener);
}

std::string stages_error(const fs::path& data, const fs::path& out, std::vector<std::string> more) {
  Listener listener;
  return message_of<Error>([&] { run(data, out, std::move(more), listener); });
}

std::vector<std::vector<float>> parameters_of(const fs::path& file) {
  std::vector<std::vector<float>> out;
  for (const auto& [name, tensor] : models::load_model(file).model->state()) out.push_back(tensor.to_vector<float>());
  return out;
}

}  // namespace

TEST_CASE("both stages in one run give what two runs give") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener first, second, both;
  const RunResult pretrained = run(temp.path(), temp / "one", {"train_stage=pretrain"}, first);
  CHECK(pretrained.test.empty());
  CHECK(pretrained.valid.empty());
  CHECK(fs::exists(temp / "one/pretrained-1.safetensors"));
  CHECK(stages_of(first) == std::vector<std::string>{"pretrain", "pretrain"});
  const RunResult tuned =
      run(temp.path(), temp / "two",
          {"train_stage=finetune", "pre_model_path=" + (temp / "one/model.safetensors").string()}, second);
  CHECK_FALSE(tuned.test.empty());
  CHECK(second.notices ==
        std::vector<std::string>{concat("pre_model_path: ", pretrained.model_file,
                                        ": 25 of 25 items, 7 of 7 tokens of 'class' keep their rows")});
  CHECK(both.notices.empty());
  const RunResult staged = run(temp.path(), temp / "both", {"stages=[pretrain, finetune]"}, both);
  CHECK(stages_of(both) == std::vector<std::string>{"pretrain", "pretrain", "finetune", "finetune"});
  CHECK(staged.test == tuned.test);
  CHECK(parameters_of(staged.model_file) == parameters_of(tuned.model_file));
  CHECK(models::load_model_file(staged.model_file).spec.hyper_parameters.at("train_stage") == Json("finetune"));
  CHECK(models::load_model_file(staged.model_file).spec.hyper_parameters.find("pre_model_path") == nullptr);
}

TEST_CASE("--epochs where only pre-training runs is said to be another's number") {
  const TempFolder temp;
  write_toy(temp.path());
  TrainRequest request = stages_request(temp.path(), temp / "run", {"train_stage=pretrain", "pretrain_epochs=0"});
  request.config.options.push_back({"epochs", 1, "--epochs"});
  Listener listener;
  train(request, listener);
  CHECK(listener.notices ==
        std::vector<std::string>{"--epochs is fine-tuning's number; pre-training has pretrain_epochs"});
}

TEST_CASE("a run stopped in either stage goes on to the same file") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  run(temp.path(), temp / "whole", {"stages=[pretrain, finetune]"}, whole);
  const std::string expected = read_text(temp / "whole/model.safetensors");
  for (const int stop_after : {3, whole.steps / 2, whole.steps - 2}) {
    CAPTURE(stop_after);
    const fs::path out = temp / concat("stopped", stop_after);
    Listener stopped, resumed;
    stopped.stop_after = stop_after;
    TrainRequest request = stages_request(temp.path(), out, {"stages=[pretrain, finetune]"});
    request.stop = &stopped.stop;
    CHECK_FALSE(train(request, stopped).finished);
    TrainRequest more;
    more.resume = out;
    CHECK(train(more, resumed).finished);
    CHECK(read_text(out / "model.safetensors") == expected);
    CHECK(std::ranges::count(read_text(out / "events.jsonl"), '\n') == 5);
    const std::string log = read_text(out / "log.txt");
    for (const char* line : {" pretrain epoch 1: loss ", " pretrain epoch 2: loss ", " finetune epoch 2: loss "})
      CHECK_MESSAGE(log.find(line) != log.npos, line);
    if (stop_after == 3) CHECK(log.find(" resumed at epoch 1, after 3 of its steps\n") != log.npos);
  }
}

TEST_CASE("fine-tuning without a pre-trained model says so") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  run(temp.path(), temp / "run", {"train_stage=finetune"}, listener);
  CHECK(listener.notices ==
        std::vector<std::string>{"pre_model_path is not given: fine-tuning begins with fresh parameters"});
}

TEST_CASE("what doesn't fit a stage is refused before anything is trained") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  run(temp.path(), temp / "pre", {"train_stage=pretrain", "pretrain_epochs=0"}, listener);
  const std::string model = (temp / "pre/model.safetensors").string(), given = "pre_model_path=" + model;
  const fs::path out = temp / "out";
  CHECK(stages_error(temp.path(), out, {"train_stage=finetune", given, "inner_size=6"}) ==
        concat("pre_model_path: ", model,
               " has trm_encoder.layer.0.feed_forward.dense_1.weight of shape (8, 8), but these settings need (6, 8); "
               "inner_size "
               "is 6 here and 8 in the file: --set inner_size=8 fits it"));
  CHECK(
      stages_error(temp.path(), out, {"train_stage=finetune", given, "n_layers=3"}) ==
      concat(
          "pre_model_path: ", model,
          " lacks trm_encoder.layer.2.multi_head_attention.query.weight, which these settings need; n_layers is 3 here "
          "and 2 in the file: --set n_layers=2 fits it"));
  CHECK(stages_error(temp.path(), out, {"train_stage=finetune", "pre_model_path=" + (temp / "none").string()}) != "");
  TrainRequest other = stages_request(temp.path(), temp / "shan", {});
  other.model = "SHAN";
  other.config = toy_input(temp.path(), {"epochs=0"});
  const RunResult shan = train(other, listener);
  CHECK(stages_error(temp.path(), out, {"train_stage=finetune", "pre_model_path=" + shan.model_file}) ==
        concat("pre_model_path: ", shan.model_file, " holds a SHAN, expected S3Rec"));
  CHECK(stages_error(temp.path(), out, {"stages=[pretrain, finetune]", given}) ==
        concat("pre_model_path (--set): got \"", model,
               "\", expected none where the run pre-trains (train_stage: finetune begins with it)"));
  CHECK(stages_error(temp.path(), out, {"stages=[finetune, pretrain]"}) ==
        "stages (--set): got [\"finetune\",\"pretrain\"], expected [pretrain, finetune], or one of them");
  CHECK(stages_error(temp.path(), out, {"stages=[finetune]", "s3rec_positions=end", "s3rec_finetune_windows=last"})
            .starts_with("s3rec_positions (--set): got \"end\", expected batching histories"));
  CHECK(stages_error(temp.path(), out, {"train_stage=both"}) ==
        "train_stage (--set): got \"both\", expected one of pretrain, finetune");
  CHECK(stages_error(temp.path(), out, {"stages=[pretrain, finetune]", "valid_metric=MRR@77"}).find("valid_metric") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(out / "config.json"));
}

TEST_CASE("attributes that are missing, of the wrong type or empty are refused") {
  const TempFolder temp;
  write_toy(temp.path());
  const fs::path out = temp / "out";
  CHECK(stages_error(temp.path(), out, {"item_attribute=genre"}) ==
        concat((temp / "toy/toy.item").string(),
               ": no column 'genre', which item_attribute asks for; columns: item_id, class, year, nothing"));
  CHECK(stages_error(temp.path(), out, {"item_attribute=year"}) ==
        "toy: column 'year' of the items (item_attribute) has type float, expected token or token_seq");
  CHECK(stages_error(temp.path(), out, {"item_attribute=nothing"}) ==
        "toy: column 'nothing' of the items (item_attribute) holds nothing");
  CHECK(stages_error(temp.path(), out, {"item_attribute=[class, year]"}) ==
        "toy: column 'year' of the items (item_attribute) has type float, expected token or token_seq");
  CHECK(stages_error(temp.path(), out, {"item_attribute=[class, class]"}) ==
        "item_attribute (--set): got [\"class\",\"class\"], expected different columns");
  for (const char* none : {"~", "[]"})
    CHECK(stages_error(temp.path(), out, {concat("item_attribute=", none)})
              .ends_with("expected a column of the items, or a list of some, to learn from"));
  fs::remove(temp / "toy/toy.item");
  CHECK(stages_error(temp.path(), out, {}) ==
        concat((temp / "toy/toy.item").string(),
               ": there is no such file, but item_attribute names columns of it: \"class\""));
}

/// The toy data with a brand and a group for each item.
void write_toy_with_columns(const fs::path& folder) {
  write_toy(folder);
  std::string items = "item_id:token\tclass:token_seq\tbrand:token\tgroup:token_seq\n";
  for (int i = 0; i < kToyItems; ++i)
    items += concat("i", i, "\tc", i % 4, " c", i % 7, "\t", i % 5 == 0 ? "" : concat("c", i % 3), "\tg", i % 2, "\n");
  write_text(folder / "toy/toy.item", items);
}

TEST_CASE("several columns of attributes, in the order that they are named in") {
  const TempFolder temp;
  write_toy_with_columns(temp.path());
  Listener listener;
  const auto columns_of = [&](const std::string& setting) {
    const RunResult result =
        run(temp.path(), temp / setting, {"train_stage=pretrain", "item_attribute=" + setting}, listener);
    const models::LoadedModel loaded = models::load_model(result.model_file);
    std::string text;
    for (const models::AttributeColumn& column : loaded.file.spec.attribute_columns)
      text += concat(column.name, " ", column.size, " ", column.vocabulary->token(1), ", ");
    for (const auto& [name, tensor] : loaded.model->state())
      if (name == "feature_embedding.weight") text += concat(tensor.size(0), " rows");
    return text;
  };
  CHECK(columns_of("[class]") == "class 7 c0, 7 rows");
  CHECK(columns_of("[class, brand]") == "class 7 c0, brand 3 c1, 10 rows");
  CHECK(columns_of("[group, brand, class]") == "group 2 g0, brand 3 c1, class 7 c0, 12 rows");

  // A list of one column is that column.
  const auto model_with = [&](const std::string& setting, const std::string& out) {
    return parameters_of(
        run(temp.path(), temp / out, {"stages=[pretrain, finetune]", "item_attribute=" + setting}, listener)
            .model_file);
  };
  const auto one = model_with("class", "one");
  CHECK(model_with("[class]", "list") == one);
  CHECK(model_with("[class, brand]", "two") != one);

  // Each column's rows go by its name.
  listener.notices.clear();
  run(temp.path(), temp / "tuned",
      {"train_stage=finetune", "item_attribute=[brand, group]",
       "pre_model_path=" + (temp / "[class, brand]/model.safetensors").string()},
      listener);
  CHECK(listener.notices ==
        std::vector<std::string>{concat("pre_model_path: ", (temp / "[class, brand]/model.safetensors").string(),
                                        ": 25 of 25 items, 3 of 3 tokens of 'brand', 0 of 2 tokens of 'group' keep "
                                        "their rows; left out: 7 of its tokens of 'class'")});
}

TEST_CASE("fine-tuning needs no attributes") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult pretrained = run(temp.path(), temp / "pre", {"train_stage=pretrain"}, listener);
  const std::string given = "pre_model_path=" + pretrained.model_file;
  const RunResult with = run(temp.path(), temp / "with", {"train_stage=finetune", given}, listener);

  // All but the attributes' table is the same without them.
  const auto rest_of = [](const RunResult& result) {
    std::vector<std::vector<float>> rest;
    for (const auto& [name, tensor] : models::load_model(result.model_file).model->state())
      if (name != "feature_embedding.weight") rest.push_back(tensor.to_vector<float>());
    return rest;
  };
  const auto check_without = [&](const std::string& name, std::vector<std::string> more) {
    CAPTURE(name);
    more.insert(more.end(), {"train_stage=finetune", given});
    listener.notices.clear();
    const RunResult without = run(temp.path(), temp / name, more, listener);
    CHECK(listener.notices ==
          std::vector<std::string>{concat("pre_model_path: ", pretrained.model_file,
                                          ": 25 of 25 items keep their rows; left out: 7 of its tokens of 'class'")});
    CHECK(rest_of(without) == rest_of(with));
    CHECK(without.test == with.test);
    CHECK(models::load_model_file(without.model_file).spec.attribute_columns.empty());
    CHECK(evaluate({without.model_file, toy_input(temp.path())}, listener).test == with.test);
  };
  check_without("null", {"item_attribute=~"});
  check_without("other", {"item_attribute=genre"});
  check_without("one of two", {"item_attribute=[class, genre]"});
  fs::remove(temp / "toy/toy.item");
  check_without("no file", {});
  check_without("stages", {"stages=[finetune]"});
  CHECK(evaluate({with.model_file, toy_input(temp.path())}, listener).test == with.test);

  listener.notices.clear();
  const RunResult fresh = run(temp.path(), temp / "fresh", {"train_stage=finetune"}, listener);
  CHECK_FALSE(fresh.test.empty());
  CHECK(listener.notices ==
        std::vector<std::string>{"pre_model_path is not given: fine-tuning begins with fresh parameters"});

  Listener stopped, resumed;
  stopped.stop_after = 2;
  TrainRequest request = stages_request(temp.path(), temp / "stopped", {"train_stage=finetune", given});
  request.stop = &stopped.stop;
  CHECK_FALSE(train(request, stopped).finished);
  TrainRequest more;
  more.resume = temp / "stopped";
  CHECK(train(more, resumed).finished);
  CHECK(read_text(temp / "stopped/model.safetensors") == read_text(temp / "no file/model.safetensors"));
}

}  // namespace seqrec::train

// Every model through the program: trained, evaluated, and asked with nothing but its model file.
#include <algorithm>
#include <regex>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/file.h"
#include "infer/session.h"
#include "tests/cli/program.h"

using seqrec::Json;

namespace {

struct Settings {
  const char* model;
  std::vector<const char*> settings;  // small ones
};

const std::vector<Settings> kModels = {
    {"SHAN", {"embedding_size=8"}},
    {"Caser",
     {"embedding_size=8", "MAX_ITEM_LIST_LENGTH=5", "caser_targets=2", "loss_type=BCE",
      "train_neg_sample_args={distribution: uniform, sample_num: 3}"}},
    {"SRGNN", {"embedding_size=8", "step=2"}},
    {"S3Rec", {"hidden_size=8", "inner_size=8", "stages=[pretrain, finetune]", "pretrain_epochs=1"}},
    {"DIEN",
     {"embedding_size=4", "mlp_hidden_size=[8, 6]",
      "load_col={inter: [user_id, item_id, timestamp], user: [user_id, age, occupation], item: [item_id, class]}"}},
    {"Pop", {}},
    {"Markov", {}},
    {"ItemKNN", {"neighbors=20"}}};

std::vector<std::string> train_command(const Settings& settings, const std::string& run_folder) {
  std::vector<std::string> command = {
      "train", "--model",  settings.model, "--dataset", "books",     "--data-path", trained().data,
      "--out", run_folder, "--epochs",     "1",         "--threads", "1",           "--log-format",
      "json"};
  for (const char* setting : settings.settings) command.insert(command.end(), {"--set", setting});
  return command;
}

/// What a session in this process answers to the program's requests, as the program would write it.
void check_answers(const std::string& model, const std::vector<Json>& requests, const std::vector<Json>& answers) {
  const seqrec::infer::Session session{std::filesystem::path(model)};
  REQUIRE(answers.size() == requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(requests[i].dump());
    seqrec::infer::Request request;
    if (const Json* user = requests[i].find("user")) request.user = user->as_string();
    request.history.emplace();
    for (const Json& token : requests[i].at("history").as_array()) request.history->push_back(token.as_string());
    request.k = requests[i].at("k").as_int();
    request.exclude_seen = true;
    if (request.history->empty()) {
      CHECK(answers[i].at("error").as_string() == "the history is empty");
      continue;
    }
    const seqrec::infer::Answer expected = session.recommend(request);
    const auto& items = answers[i].at("items").as_array();
    REQUIRE(items.size() == expected.items.size());
    CHECK(items.size() > 1);
    for (std::size_t r = 0; r < items.size(); ++r)
      CHECK(items[r].at("score").as_double() == doctest::Approx(expected.items[r].score).epsilon(1e-4));
    const Json* unknown = answers[i].find("unknown_items");
    CHECK((unknown ? unknown->as_int() : 0) == expected.unknown_items);
    CHECK((answers[i].find("unknown_user") != nullptr) == expected.unknown_user);
  }
}

}  // namespace

TEST_CASE("every model trains, evaluates to the same metrics, and recommends from its model file alone") {
  for (const Settings& settings : kModels) {
    CAPTURE(settings.model);
    const TempFolder folder;
    const Outcome run_outcome = run(train_command(settings, folder / "run"));
    CAPTURE(run_outcome.err);
    REQUIRE(run_outcome.code == 0);
    const Json result = run_outcome.events().back();
    const std::string model = result.at("model_file").as_string();
    const Outcome evaluated =
        run({"evaluate", model, "--dataset", "books", "--data-path", trained().data, "--log-format", "json"});
    REQUIRE(evaluated.events().size() == 1);
    CHECK(evaluated.events()[0].at("test") == result.at("test"));
    CHECK(run({"recommend", model, "--user", "u7", "-k", "2", "--format", "json"})
              .events()
              .at(0)
              .at("items")
              .as_array()
              .size() == 2);

    const std::string alone = folder / "alone.safetensors";
    std::filesystem::copy(model, alone);
    std::vector<Json> requests;
    for (const char* request :
         {R"({"user": "u7", "history": ["b1"], "k": 3})", R"({"user": "u7", "history": ["b1", "b2", "b1"], "k": 3})",
          R"({"user": "a stranger", "history": ["b1", "b2"], "k": 3})",
          R"({"history": ["b3", "no such book", "b4"], "k": 5})",
          R"({"history": ["b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9"], "k": 100000})",
          R"({"history": [], "k": 3})"})
      requests.push_back(Json::parse(request));
    std::string lines;
    for (const Json& request : requests) lines += request.dump() + "\n";
    const Outcome answered = run({"recommend", alone, "--input", "-", "--exclude-seen", "--format", "json"}, lines);
    CHECK(answered.code == 1);  // the empty history
    CHECK(contains(answered.err, "1 of 6 requests got no answer; the first: the history is empty"));
    check_answers(alone, requests, answered.events());
  }
}

TEST_CASE("an S3Rec that is only pre-trained is refused by recommend, and not by inspect") {
  const TempFolder folder;
  const Outcome pretrained = run(train_command(
      {"S3Rec", {"hidden_size=8", "inner_size=8", "train_stage=pretrain", "pretrain_epochs=1"}}, folder / "run"));
  CAPTURE(pretrained.err);
  REQUIRE(pretrained.code == 0);
  const std::string model = folder / "run/model.safetensors";
  const Outcome outcome = run({"recommend", model, "--history", "b1"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err == "seqrec: " + model +
                           ": this S3Rec is only pre-trained, and can't recommend before it is fine-tuned: "
                           "train_stage finetune, with this file as pre_model_path\n");
  CHECK(run({"inspect", model}).code == 0);
}

TEST_CASE("an S3Rec of several columns is inspected, fine-tuned where there is no .item file, and serves") {
  const TempFolder folder;
  const auto train = [&](const char* data, const std::string& out, std::vector<std::string> settings) {
    std::vector<std::string> command = {"train",       "--model",   "S3Rec", "--dataset", "books",
                                        "--data-path", data,        "--out", out,         "--epochs",
                                        "1",           "--threads", "1"};
    for (const char* setting : {"hidden_size=8", "inner_size=8", "pretrain_epochs=1"}) settings.emplace_back(setting);
    for (const std::string& setting : settings) command.insert(command.end(), {"--set", setting});
    return run(command);
  };
  const std::string data = folder / "data", item = data + "/books/books.item";
  std::filesystem::copy(trained().data, data, std::filesystem::copy_options::recursive);
  std::string text = seqrec::read_text(item);
  text = std::regex_replace(text, std::regex("(item_id[^\n]*)\n"), "$1\tbrand:token\n");
  text = std::regex_replace(text, std::regex("\n(b([0-9]*)[0-9]\t[^\n]*)"), "\n$1\tbrand $2");
  seqrec::write_text(item, text);
  const Outcome pretrained =
      train(data.c_str(), folder / "pre", {"train_stage=pretrain", "item_attribute=[class, brand]"});
  CAPTURE(pretrained.err);
  REQUIRE(pretrained.code == 0);
  const std::string model = folder / "pre/model.safetensors";
  const Outcome inspected = run({"inspect", model});
  CHECK(contains(inspected.out, "\nattributes\n  class  "));
  CHECK(contains(inspected.out, " tokens\n  brand  "));

  std::filesystem::remove(item);
  const Outcome missing = train(data.c_str(), folder / "never", {});
  CHECK(missing.code == 1);
  CHECK(missing.err ==
        "seqrec: " + item + ": there is no such file, but item_attribute names columns of it: \"class\"\n");
  const Outcome tuned = train(data.c_str(), folder / "tuned", {"train_stage=finetune", "pre_model_path=" + model});
  CAPTURE(tuned.err);
  REQUIRE(tuned.code == 0);
  CHECK(contains(tuned.err + tuned.out, "tokens of 'brand'"));
  const std::string served = folder / "tuned/model.safetensors";
  CHECK(run({"evaluate", served, "--dataset", "books", "--data-path", data}).code == 0);
  CHECK(run({"recommend", served, "--user", "u7"}).code == 0);
  CHECK(contains(run({"inspect", served}).out, "(0, 8) "));
}

TEST_CASE("what a model's keys and columns lack is said in a line") {
  const auto error_of = [](const char* model, const char* setting) {
    const TempFolder folder;
    const Outcome outcome = run(train_command({model, {setting}}, folder / "run"));
    CHECK(outcome.out.empty());
    CHECK(outcome.code != 0);
    return outcome.err;
  };
  CHECK(error_of("S3Rec", "n_heads=3") == "seqrec: hidden_size must be a multiple of n_heads: got 64 and 3\n");
  CHECK(error_of("S3Rec", "attn_dropout_prob=1") ==
        "seqrec: attn_dropout_prob (--set): got 1, expected a number from 0 to below 1\n");
  CHECK(contains(error_of("S3Rec", "item_attribute=genre"),
                 "books.item: no column 'genre', which item_attribute asks for; columns: item_id, title, class"));
  CHECK(error_of("DIEN", "pooling_mode=median") ==
        "seqrec: pooling_mode (--set): got \"median\", expected one of mean, max, sum\n");
  CHECK(error_of("DIEN", "numerical_features=[price]") ==
        "seqrec: books: numerical_features names 'price', expected a float or float_seq column of .user or .item that "
        "load_col loads\n");
  CHECK(
      contains(error_of("DIEN", "load_col={item: [price]}"), "books.item: no column 'price', which load_col asks for"));
  CHECK(error_of("SRGNN", "step=0") == "seqrec: step (--set): got 0, expected a whole number from 1 to 100\n");
}

TEST_CASE("Caser refuses a loss without its negatives, and filters higher than it can hold") {
  const auto refused = [](const std::string& setting) {
    const TempFolder folder;
    return run({"train", "--model", "Caser", "--dataset", "books", "--data-path", trained().data, "--out",
                folder / "run", "--set", "loss_type=BCE", "--set", setting});
  };
  const Outcome none = refused("train_neg_sample_args=~");
  CHECK(none.code == 2);
  CHECK(contains(none.err, "because loss_type is BCE"));
  const Outcome high = refused("MAX_ITEM_LIST_LENGTH=1001");
  CHECK(high.code == 2);
  CHECK(contains(high.err, "expected a whole number from 1 to 1000"));
}

#include "tune/space.h"

#include <cmath>
#include <fstream>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"
#include "train/build.h"

namespace seqrec::tune {
namespace {

using Kind = Distribution::Kind;

data::Config shan() { return data::Config(train::for_model({}, "SHAN")); }

Space checked(const std::string& text) {
  Space space = parse_yaml_space(text, "s.yaml");
  check_space(space, shan());
  return space;
}

std::string refused(const std::string& text) {
  return message_of<ConfigError>([&] { checked(text); });
}

std::string refused_hyper(const std::string& text) {
  return message_of<ConfigError>([&] { parse_hyper_space(text, "h"); });
}

TEST_CASE("a space in YAML has choices, bounds of numbers and multiples of a step") {
  const Space space = checked(
      "learning_rate: {loguniform: [1e-4, 0.1]}\n"
      "embedding_size: {quniform: [16, 64, 16]}\n"
      "reg_weight: [[0.01, 0.0001], [0, 0]]\n"
      "weight_decay: {uniform: [0, 0.5]}\n");
  REQUIRE(space.parameters.size() == 4);
  CHECK(space.combinations() == 0);
  CHECK(space.parameters[1].source == "s.yaml:2");
  Random random(random_stream(1, Purpose::Test));
  for (int i = 0; i < 200; ++i) {
    const Json values = space.values(space.sample(random));
    CHECK(values.at("learning_rate").as_double() >= 1e-4 * (1 - 1e-12));
    CHECK(values.at("learning_rate").as_double() <= 0.1 * (1 + 1e-12));
    CHECK(values.at("embedding_size").is_int());
    CHECK(values.at("embedding_size").as_int() % 16 == 0);
    CHECK(values.at("weight_decay").as_double() <= 0.5);
    CHECK(values.at("reg_weight").is_array());
  }
}

TEST_CASE("RecBole's .hyper files are read as they are") {
  const TempFolder folder;
  write_text(folder / "hyper.test",
             "learning_rate choice [0.01, 0.001]\n"
             "embedding_size choice [32,64]\r\n"
             "\n"
             "# a comment\n"
             "reg_weight choice ['[0.0,0.0]','[0.01,0.0001]']\n"
             "weight_decay uniform 0.1,0.5\n"
             "lr_gamma loguniform -8, 0\n"
             "train_batch_size quniform 100,900,50\n");
  Space space = read_space(folder / "hyper.test");
  check_space(space, shan());
  REQUIRE(space.parameters.size() == 6);
  const auto at = [&](std::size_t i) { return space.parameters[i].distribution; };
  CHECK(at(0).choices == std::vector<Json>{0.01, 0.001});
  CHECK(at(1).choices == std::vector<Json>{32, 64});
  CHECK(at(2).choices[1] == Json(Json::Array{0.01, 0.0001}));  // RecBole evaluates what stands in quotes
  CHECK(at(3).kind == Kind::Uniform);
  CHECK(at(4).kind == Kind::LogUniform);
  CHECK(at(4).value(at(4).low) == Json(std::exp(-8.0)));  // its bounds are natural logarithms
  CHECK(at(4).value(at(4).high) == Json(1.0));
  CHECK(at(5).value(424.9) == Json(400));
  CHECK(at(5).value(425.1) == Json(450));
  CHECK(space.parameters[2].source == (folder / "hyper.test").string() + ":5");
}

TEST_CASE("a value may go only with one of another key, and must go with one") {
  const std::string both = "loss_type: [CE, sampled_softmax]\nlogq: [none, corrected]\n";
  CHECK(checked(both).combinations() == 4);
  CHECK(refused("loss_type: [CE, BPR]\nlogq: [none, corrected]\n").starts_with("logq (s.yaml:2)"));
}

TEST_CASE("bounds are kept as they were given") {
  CHECK(checked("learning_rate: {loguniform: [1e-4, 0.1]}\n").to_json().dump() ==
        R"({"learning_rate":{"loguniform":[1e-04,0.1]}})");
  CHECK(checked("embedding_size: {quniform: [16, 64, 16]}\n").to_json().dump() ==
        R"({"embedding_size":{"quniform":[16.0,64.0,16.0]}})");
  CHECK(parse_hyper_space("a loguniform -8,0\n", "h").to_json().at("a") ==
        Json(Json::Object{{"loguniform", Json::Array{std::exp(-8.0), 1.0}}}));
}

TEST_CASE("what a space can't be is refused with file, line, key and what was expected") {
  CHECK(refused("learning_rat: [0.1]\n") == "unknown key 'learning_rat' (s.yaml:1) (did you mean 'learning_rate'?)");
  CHECK(refused("\nn_heads: [1, 2]\n").starts_with("unknown key 'n_heads' (s.yaml:2): it is a key of "));
  CHECK(refused("use_gpu: [true]\n").starts_with("use_gpu (s.yaml:1) means nothing here"));
  CHECK(refused("seed: [1, 2]\n") == "seed (s.yaml:1) is the same in all trials of a study");
  CHECK(refused("embedding_size: [32, small]\n") ==
        "embedding_size (s.yaml:1): got \"small\", expected a whole number from 1 to 1073741824");
  CHECK(refused("embedding_size: {uniform: [1, 100]}\n").find("expected a whole number") != std::string::npos);
  CHECK(refused("embedding_size: {quniform: [1, 100, 8]}\n") ==
        "embedding_size (s.yaml:1): got 0, expected a whole number from 1 to 1073741824");
  CHECK(refused("learning_rate: 0.1\n").find("expected a list of choices, or one of {uniform") != std::string::npos);
  CHECK(refused("learning_rate: {normal: [0, 1]}\n").find("{loguniform: [low, high]}") != std::string::npos);
  CHECK(refused("learning_rate: {uniform: [1]}\n").ends_with("expected uniform low, high"));
  CHECK(refused("learning_rate: {uniform: [0.2, 0.1]}\n").ends_with("expected a low bound below the high one"));
  CHECK(refused("learning_rate: {loguniform: [-8, 0]}\n").find("bounds above 0") != std::string::npos);
  CHECK(refused("learning_rate: {quniform: [0.1, 1, 0]}\n").ends_with("expected a step above 0"));
  CHECK(refused("learning_rate: []\n").ends_with("expected at least one choice"));
  CHECK(refused("learning_rate: [0.1, 0.1]\n").ends_with("expected 0.1 once"));
  CHECK(refused("learning_rate: ['0.1', 0.1]\n") == "learning_rate (s.yaml:1): got [0.1,0.1], expected 0.1 once");
  for (const std::string key : {"mask_history", "metrics", "topk", "user_inter_num_interval", "val_interval",
                                "benchmark_filename", "round_before_compare", "metric_decimal_place", "data_path"})
    CHECK(refused(key + ": [1, 2]\n") == key + " (s.yaml:1) is the same in all trials of a study");
  CHECK(refused_hyper("lr normal 0,1\n") ==
        "lr (h:1): got normal 0,1, expected choice, uniform, loguniform or quniform");
  CHECK(refused_hyper("a uniform 0,1\nb uniform 0;1\n") == "b (h:2): got uniform 0;1, expected numbers after uniform");
  CHECK(refused_hyper("a uniform 0,inf\n").ends_with("expected finite numbers"));
  CHECK(refused_hyper("a choice 5\n").ends_with("expected choice [a, b, ..]"));
  CHECK(refused_hyper("a loguniform -800,0\n").ends_with("such as loguniform -8,0"));
  CHECK(refused_hyper("a loguniform 0,800\n").find("got loguniform 0,800, ") != std::string::npos);
  CHECK(refused_hyper("a uniform 0,1\na uniform 0,1\n") == "a (h:2) is there already: h:1");
  const TempFolder folder;
  write_text(folder / "empty.yaml", "# nothing\n");
  CHECK(message_of<ConfigError>([&] { read_space(folder / "empty.yaml"); }).find("names no key") != std::string::npos);
  write_text(folder / "hyper", "learning_rate choice\n");
  CHECK(message_of<ConfigError>([&] { read_space(folder / "hyper"); }) ==
        "learning_rate (" + (folder / "hyper").string() + ":1): got choice, expected choice [a, b, ..]");
  CHECK(message_of<IoError>([&] { read_space(folder / "absent"); }).find("absent") != std::string::npos);
}

}  // namespace
}  // namespace seqrec::tune

#include <doctest/doctest.h>

#include "tests/cli/program.h"

using seqrec::Json;

TEST_CASE("Caser trains, evaluates to the same metrics, and recommends from its model file alone") {
  const TempFolder folder;
  const std::string run_folder = folder / "run";
  const Outcome trained_run = run({"train",
                                   "--model",
                                   "Caser",
                                   "--dataset",
                                   "books",
                                   "--data-path",
                                   trained().data,
                                   "--out",
                                   run_folder,
                                   "--epochs",
                                   "2",
                                   "--threads",
                                   "1",
                                   "--log-format",
                                   "json",
                                   "--set",
                                   "embedding_size=8",
                                   "--set",
                                   "MAX_ITEM_LIST_LENGTH=5",
                                   "--set",
                                   "caser_targets=2",
                                   "--set",
                                   "loss_type=BCE",
                                   "--set",
                                   "train_neg_sample_args={distribution: uniform, sample_num: 3}"});
  CAPTURE(trained_run.err);
  REQUIRE(trained_run.code == 0);
  const Json result = trained_run.events().back();
  const std::string model = result.at("model_file").as_string();

  const Outcome evaluated =
      run({"evaluate", model, "--dataset", "books", "--data-path", trained().data, "--log-format", "json"});
  REQUIRE(evaluated.events().size() == 1);
  CHECK(evaluated.events()[0].at("test") == result.at("test"));

  std::filesystem::copy(model, folder / "alone.safetensors");
  const std::string items =
      run({"recommend", model, "--user", "u7", "-k", "2", "--format", "json"}).events().at(0).at("items").dump();
  CHECK(contains(items, "\"score\""));
  const Outcome stranger = run({"recommend", folder / "alone.safetensors", "--user", "a stranger", "--history", "b1 b2",
                                "-k", "3", "--format", "json"});
  CAPTURE(stranger.err);
  REQUIRE(stranger.code == 0);
  CHECK(stranger.events().at(0).at("items").as_array().size() == 3);
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
  CHECK(contains(high.err, "expected at most 1000"));
}

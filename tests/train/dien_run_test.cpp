#include <fstream>

#include <doctest/doctest.h>

#include "core/error.h"
#include "listener.h"
#include "models/model_file.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// The toy data with an age per user (one has none), and a year and classes per item.
void write_features(const fs::path& folder) {
  write_toy(folder);
  std::ofstream users(folder / "toy" / "toy.user");
  users << "user_id:token\tage:token\n";
  for (int u = 0; u < kToyUsers; ++u) users << "u" << u << "\t" << (u == 3 ? "" : std::to_string(20 + u % 4)) << "\n";
  std::ofstream items(folder / "toy" / "toy.item");
  items << "item_id:token\tclass:token_seq\tyear:float\n";
  for (int i = 0; i < kToyItems; ++i) items << "i" << i << "\tc" << i % 3 << " d\t" << 1990 + i << "\n";
}

TrainRequest dien_request(const fs::path& data, const fs::path& out, std::vector<std::string> more = {}) {
  TrainRequest request;
  request.model = "DIEN";
  request.config = toy_input(data, {"epochs=1", "train_batch_size=32", "mlp_hidden_size=[8, 6]",
                                    "load_col={inter: [user_id, item_id, timestamp, rating], user: [user_id, age], "
                                    "item: [item_id, class, year]}",
                                    "numerical_features=[year]", "normalize_field=[year]"});
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = out;
  return request;
}

TEST_CASE("DIEN trains on features, which its model file holds, and is tested against sampled negatives") {
  const TempFolder temp;
  write_features(temp.path());
  Listener listener;
  const RunResult result = train(dien_request(temp.path(), temp / "run"), listener);
  REQUIRE(result.test.size() == 2);
  CHECK(result.test[0].first == "auc");
  CHECK(result.test[1].first == "logloss");
  CHECK(result.test[1].second > 0);

  const models::LoadedModel loaded = models::load_model(result.model_file);
  REQUIRE(loaded.file.spec.user_features.size() == 1);
  REQUIRE(loaded.file.spec.item_features.size() == 2);
  CHECK(loaded.file.spec.user_features[0].tokens == 5);  // four ages and none
  CHECK(loaded.file.spec.item_features[1].type == FieldType::Float);

  // The .user and .item files are not needed any more.
  fs::remove(temp / "toy/toy.user");
  fs::remove(temp / "toy/toy.item");
  EvaluateRequest again{result.model_file, toy_input(temp.path(), {"load_col=auto"})};
  CHECK(evaluate(again, listener).test == result.test);
  again.config.settings.push_back("eval_args={mode: full}");
  again.config.settings.push_back("metrics=[Hit]");
  again.config.settings.push_back("valid_metric=Hit@10");
  CHECK(evaluate(again, listener).test.size() == 1);
}

TEST_CASE("DIEN trains on labels, and in batches of whole histories") {
  const TempFolder temp;
  write_features(temp.path());
  Listener listener;
  const RunResult labeled = train(
      dien_request(temp.path(), temp / "labels",
                   {"threshold={rating: 3}", "train_neg_sample_args=~", "eval_args={mode: labeled}", "gru_type=AIGRU"}),
      listener);
  CHECK(labeled.test.size() == 2);
  const RunResult histories =
      train(dien_request(temp.path(), temp / "histories", {"batching=histories", "compat=recbole"}), listener);
  CHECK(histories.test.size() == 2);
}

TEST_CASE("features that are not in the files are named") {
  const TempFolder temp;
  write_features(temp.path());
  Listener listener;
  const auto error_of = [&](const char* load) {
    return message_of<Error>([&] {
      train(dien_request(temp.path(), temp / "run", {std::string("load_col={inter: '*', user: ") + load + "}"}),
            listener);
    });
  };
  CHECK(error_of("[user_id, height]").find("height") != std::string::npos);
  fs::remove(temp / "toy/toy.user");
  CHECK(error_of("[user_id, age]").find("toy.user") != std::string::npos);
}

}  // namespace
}  // namespace seqrec::train

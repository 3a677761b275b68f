// Every model on data that are as small as data can be: a result that is finite, or an error that says what lacks.
#include <cmath>
#include <fstream>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "infer/session.h"
#include "listener.h"
#include "models/list.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// FOLDER/toy: `users` users with `length` interactions each over `items` items, each of which has a class.
void write_data(const fs::path& folder, int users, int items, int length) {
  fs::create_directories(folder / "toy");
  std::ofstream inter(folder / "toy/toy.inter"), item(folder / "toy/toy.item");
  inter << "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\n";
  for (int u = 0; u < users; ++u)
    for (int t = 0; t < length; ++t)
      inter << "u" << u << "\ti" << (u + t) % items << "\t" << (u + t) % 2 << "\t" << t << "\n";
  item << "item_id:token\tclass:token_seq\n";
  for (int i = 0; i < items; ++i) item << "i" << i << "\tc" << i % 2 << "\n";
}

TrainRequest model_request(const models::ModelInfo& info, const fs::path& folder, std::vector<std::string> more = {}) {
  TrainRequest request;
  request.model = info.name;
  request.config = toy_input(folder, {"epochs=2"});
  const std::vector<std::string> small = small_settings(info);
  request.config.settings.insert(request.config.settings.end(), small.begin(), small.end());
  request.config.settings.insert(request.config.settings.end(), more.begin(), more.end());
  request.out = folder / "run";
  request.overwrite = true;
  return request;
}

/// Trains, and asks the model file; all that comes out is finite.
RunResult check_run(const TrainRequest& request) {
  Listener listener;
  const RunResult result = train(request, listener);
  CHECK(result.finished);
  for (const EpochReport& report : listener.reports) CHECK(std::isfinite(report.loss));
  for (const auto& [name, value] : result.test) CHECK(std::isfinite(value));
  const infer::Session session{fs::path(result.model_file)};
  infer::Request asked;
  asked.history = std::vector<std::string>{"i0", "i0"};
  const infer::Answer answer = session.recommend(asked);
  CHECK(std::ssize(answer.items) == std::min<std::int64_t>(10, session.file().spec.n_items - 1));
  return result;
}

TEST_CASE("every model trains where all histories have one item, and on a single row") {
  for (const auto& [users, length] : {std::pair{6, 3}, {1, 2}}) {
    const TempFolder temp;
    write_data(temp.path(), users, 5, length);
    for (const models::ModelInfo& info : models::model_infos())
      for (const char* batching : {"rows", "histories"}) {
        CAPTURE(info.name);
        CAPTURE(users);
        CAPTURE(batching);
        check_run(model_request(info, temp.path(), {concat("batching=", batching)}));
      }
  }
}

TEST_CASE("a catalogue of one item: always the best recommendation, and no negatives to draw") {
  const TempFolder temp;
  write_data(temp.path(), 4, 1, 5);
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    if (info.name == "DIEN") continue;
    for (const auto& [name, value] : check_run(model_request(info, temp.path())).test)
      CHECK(value == doctest::Approx(name == "precision@10" ? 0.1 : 1));
    if (info.fit) continue;
    Listener listener;
    CHECK(message_of<DataError>([&] { train(model_request(info, temp.path(), {"loss_type=BPR"}), listener); }) ==
          "toy: negatives need at least two items, there is 1");
  }
  Listener listener;
  CHECK(message_of<DataError>([&] { train(model_request(models::model_info("DIEN"), temp.path()), listener); }) ==
        "toy: negatives of a history need at least two items, there is 1");
}

TEST_CASE("users with a single interaction leave nothing to train on") {
  const TempFolder temp;
  write_data(temp.path(), 6, 3, 1);
  for (const models::ModelInfo& info : models::model_infos()) {
    Listener listener;
    CHECK(message_of<DataError>([&] { train(model_request(info, temp.path()), listener); }) ==
          concat((temp / "toy/toy.inter").string(),
                 ": no training row: every user has a single interaction, or eval_args.split leaves none to train on"));
  }
}

TEST_CASE("DIEN on labels: batches of one row train too") {
  const TempFolder temp;
  write_data(temp.path(), 5, 4, 5);
  for (const char* rows : {"1", "14"})  // of 15
    check_run(model_request(models::model_info("DIEN"), temp.path(),
                            {"train_neg_sample_args=~", "eval_args={mode: labeled}", "load_col={inter: ~}",
                             concat("train_batch_size=", rows)}));
}

}  // namespace
}  // namespace seqrec::train

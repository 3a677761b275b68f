// A model that isn't in the library goes all the way: trained, killed, resumed, evaluated, warm-started, served.
#include "tests/models/own_model.h"

#include <fstream>

#include <doctest/doctest.h>

#include "core/file.h"
#include "infer/seqrec.h"
#include "infer/session.h"
#include "listener.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

TrainRequest own_request(const fs::path& data, const fs::path& out) {
  models::add_own_model();
  TrainRequest request;
  request.model = "Own";
  request.config = toy_input(data, {"epochs=3", "train_batch_size=32", "learning_rate=0.05", "own_length=2"});
  request.out = out;
  return request;
}

TEST_CASE("a model of one's own trains, and goes on to the same file after a stop") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener whole;
  const RunResult result = train(own_request(temp.path(), temp / "whole"), whole);
  CHECK(result.finished);
  REQUIRE(whole.reports.size() == 3);
  CHECK(whole.reports.back().loss < whole.reports.front().loss);

  Listener first, second;
  first.stop_after = whole.steps / 2;
  TrainRequest request = own_request(temp.path(), temp / "stopped");
  request.stop = &first.stop;
  CHECK_FALSE(train(request, first).finished);
  TrainRequest resume;
  resume.resume = temp / "stopped";
  CHECK(read_text(train(resume, second).model_file) == read_text(result.model_file));

  CHECK(evaluate({result.model_file, toy_input(temp.path())}, whole).test == result.test);

  TrainRequest misspelt = own_request(temp.path(), temp / "misspelt");
  misspelt.config.settings.emplace_back("own_lenght=2");
  CHECK(message_of<ConfigError>([&] { train(misspelt, whole); }) ==
        "unknown key 'own_lenght' (--set) (did you mean 'own_length'?)");
}

TEST_CASE("a model of one's own begins with another one's rows, and is served by session and C interface") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult result = train(own_request(temp.path(), temp / "run"), listener);

  std::ofstream more(temp / "toy/toy.inter", std::ios::app);
  more << "u1\tnew\t5\t9999\nu2\tnew\t5\t9999\n";
  more.close();
  TrainRequest warm = own_request(temp.path(), temp / "warm");
  warm.init = result.model_file;
  listener.notices.clear();
  CHECK(train(warm, listener).finished);
  CHECK(listener.notices.front().find("25 of 26 items keep their rows") != std::string::npos);

  const infer::Session session{fs::path(result.model_file)};
  infer::Request request;
  request.history = std::vector<std::string>{"i1", "i2"};
  request.k = 3;
  const infer::Answer answer = session.recommend(request);
  REQUIRE(answer.items.size() == 3);

  seqrec_model* model = nullptr;
  seqrec_session* c = nullptr;
  REQUIRE(seqrec_model_open(result.model_file.c_str(), nullptr, &model) == SEQREC_OK);
  REQUIRE(seqrec_session_open(model, &c) == SEQREC_OK);
  const char* history[] = {"i1", "i2"};
  seqrec_query query = SEQREC_QUERY_INIT;
  query.history = history;
  query.n_history = 2;
  seqrec_item items[3];
  seqrec_answer by_c = SEQREC_ANSWER_INIT;
  by_c.items = items;
  by_c.room = 3;
  CHECK(seqrec_session_recommend(c, nullptr, &query, &by_c) == SEQREC_OK);
  CHECK(by_c.count == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(items[i].token == answer.items[i].token);
    CHECK(items[i].score == answer.items[i].score);
  }
  seqrec_session_close(c);
  seqrec_model_close(model);
}

}  // namespace
}  // namespace seqrec::train

// Models without parameters: what they are fitted to, and the run of one.
#include <filesystem>

#include <doctest/doctest.h>

#include "core/file.h"
#include "listener.h"
#include "models/list.h"
#include "models/model_file.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"
#include "train/training_sessions.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// "a b* c*|d e*": sessions with their items' tokens, * after targets and ~ before a session that is repeated.
std::string text_of(const data::Dataset& dataset) {
  const models::TrainingSessions sessions = training_sessions(dataset);
  std::string out;
  for (std::int64_t s = 0; s < sessions.size(); ++s) {
    out += concat(s > 0 ? "|" : "", sessions.repeated[s] ? "~" : "");
    for (std::int64_t place = sessions.offsets[s]; place < sessions.offsets[s + 1]; ++place)
      out += concat(place > sessions.offsets[s] ? " " : "", dataset.items.token(sessions.items[place]),
                    sessions.is_target[place] ? "*" : "");
  }
  return out;
}

TrainRequest fit_request(const std::string& model, const fs::path& data, const fs::path& out,
                         std::vector<std::string> settings = {}) {
  TrainRequest request;
  request.model = model;
  request.config = toy_input(data, std::move(settings));
  request.out = out;
  return request;
}

TEST_CASE("models are fitted to what is trained on, from the session that ended first to the last one") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\ttimestamp:float\n"
      "u\ta\t10\nu\tb\t50\nu\tc\t60\nu\td\t90\n"
      "v\td\t20\nv\te\t30\nv\ta\t91\nv\tb\t92\n"
      "w\ta\t1\nw\tb\t2\n"
      "x\ta\t1\n");
  CHECK(text_of(files.prepare()) == "a b*|d e*|a b*");
  CHECK(text_of(files.prepare({"eval_args={split: {LS: test_only}}"})) == "a b*|a b* c*|d e* a*");
}

TEST_CASE("of pre-split rows that repeat a history the longest one is a session to compare with") {
  const TempFolder folder;
  fs::create_directories(folder / "d");
  const std::string header = "user_id:token\titem_id:token\titem_id_list:token_seq\n";
  write_text(folder / "d/d.train.inter", header + "u\tb\ta\nu\tc\ta b\nv\tb\ta\nu\td\tb c\n");
  write_text(folder / "d/d.test.inter", header + "u\te\ta b c\n");
  data::ConfigInput input;
  input.options = {{"dataset", "d", "--dataset"}, {"data_path", folder.path().string(), "--data-path"}};
  input.settings = {"benchmark_filename=[train, ~, test]", "load_col={inter: [user_id, item_id, item_id_list]}",
                    "alias_of_item_id=[item_id_list]"};
  CHECK(text_of(data::prepare(data::Config(input))) == "~a b*|~a b c*|a b*|b c d*");
}

TEST_CASE("a fit is a run of one epoch without a loss: validated, tested, resumed") {
  const TempFolder temp;
  write_toy(temp.path());
  for (const char* model : {"Pop", "Markov", "ItemKNN"}) {
    CAPTURE(model);
    const fs::path run = temp / model;
    Listener listener;
    const RunResult result = train(fit_request(model, temp.path(), run), listener);
    CHECK(result.finished);
    CHECK(result.best_epoch == 1);
    CHECK(listener.steps == 0);
    REQUIRE(listener.reports.size() == 1);
    CHECK(listener.reports[0].fit);
    CHECK(result.valid == listener.reports[0].valid);
    CHECK(!result.test.empty());
    const std::string events = read_text(run / "events.jsonl");
    CHECK(events.starts_with("{\"event\":\"fit\",\"epoch\":1,\"train_seconds\":"));
    CHECK(events.find("\"loss\"") == std::string::npos);
    CHECK(read_text(run / "log.txt").find(" fitted: ") != std::string::npos);
    CHECK(models::load_model(run / "model.safetensors").model->is_fitted());

    TrainRequest resume;
    resume.resume = run;
    CHECK(train(resume, listener).test == result.test);  // it is finished
    const std::string bytes = read_text(run / "model.safetensors");
    for (const char* also : {"", "checkpoint.safetensors"}) {  // as after a kill before the result, or before all
      for (const char* file : {"result.json", "model.safetensors", also})
        if (*file) fs::remove(run / file);
      Listener again;
      CHECK(train(resume, again).test == result.test);
      CHECK(read_text(run / "model.safetensors") == bytes);
      CHECK(again.reports.size() == (*also ? 1 : 0));
    }
  }
}

TEST_CASE("a fit says which keys have no effect on it, and takes no parameters to begin with") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  train(fit_request("Pop", temp.path(), temp / "run", {"epochs=3", "learning_rate=0.1"}), listener);
  CHECK(listener.notices ==
        std::vector<std::string>{"no effect on Pop, which is fitted in one pass: epochs, learning_rate"});
  TrainRequest begun = fit_request("Pop", temp.path(), temp / "begun");
  begun.init = temp / "run/model.safetensors";
  CHECK(message_of<ConfigError>([&] { train(begun, listener); }) ==
        concat("init_model (--init): got ", Json(begun.init.string()).dump(),
               ", expected none: Pop is fitted to the data in one pass"));
}

TEST_CASE("a fitted model's keys may be others when its file is evaluated") {
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const RunResult few =
      train(fit_request("ItemKNN", temp.path(), temp / "few", {"neighbors=1", "sample_size=2"}), listener);
  const RunResult all = train(fit_request("ItemKNN", temp.path(), temp / "all"), listener);
  CHECK(few.test != all.test);
  EvaluateRequest request;
  request.model_file = few.model_file;
  request.config = toy_input(temp.path(), {"neighbors=100", "sample_size=1000"});
  CHECK(evaluate(request, listener).test == all.test);
}

}  // namespace
}  // namespace seqrec::train

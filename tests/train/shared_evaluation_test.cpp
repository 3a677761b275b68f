// An evaluation by several processes, here threads that exchange messages.
#include <functional>
#include <mutex>
#include <string>

#include <doctest/doctest.h>

#include "core/file.h"
#include "fixed_model.h"
#include "kernels/copy.h"
#include "processes.h"
#include "tests/message_of.h"
#include "toy.h"
#include "train/run.h"
#include "train/team.h"

namespace seqrec::train {
namespace {

std::string bytes_of(const RowResults& rows, const std::filesystem::path& file) {
  rows.save(file);
  return read_text(file);
}

TEST_CASE("several processes score the rows, and the first one has the metrics and rows of one alone") {
  const std::vector<std::vector<std::string>> cases = {
      {"metrics=[Hit, NDCG, ItemCoverage]", "eval_batch_size=5"},
      {"metrics=[MRR, GAUC]", "eval_batch_size=4", "mask_history=true"},
      {"metrics=[MRR]"},  // one batch: the first process has it
      {"metrics=[Recall, GAUC]", "eval_args={mode: pop6, split: {RS: [5, 1, 3]}}", "eval_batch_size=40"},
      {"metrics=[AUC, LogLoss]", "eval_args={mode: uni4}", "eval_batch_size=20"},
      {"metrics=[AUC, LogLoss]", "eval_args={mode: labeled}", "threshold={rating: 4}", "eval_batch_size=4"},
  };
  for (const auto& settings : cases) {
    CAPTURE(settings[0]);
    const ToyEvaluation toy(settings);
    const Evaluator evaluator(toy.dataset, data::Split::Test, *toy.config);
    FixedModel alone(toy.dataset.n_items());
    const MetricValues metrics = evaluator.evaluate(alone);
    const std::string rows = bytes_of(evaluator.evaluate_rows(alone, "Fixed"), toy.folder / "rows");
    for (const int size : {1, 2, 3, 5, 40}) {
      CAPTURE(size);
      std::mutex mutex;
      std::int64_t scored = 0;
      run_processes(size, [&](dist::Processes& processes) {
        Team team(&processes, 1);
        FixedModel model(toy.dataset.n_items());
        std::int64_t told = 0;
        const RowsDone done = [&](std::int64_t so_far) { told = so_far; };
        const MetricValues found = evaluator.evaluate(model, 0, done, &team);
        const RowResults found_rows = evaluator.evaluate_rows(model, "Fixed", 0, done, &team);
        const std::lock_guard lock(mutex);
        if (team.leads()) {
          CHECK(found == metrics);
          CHECK(bytes_of(found_rows, toy.folder / "shared") == rows);
        } else {
          CHECK(found.empty());
          scored += found_rows.rows();
        }
        CHECK((told == evaluator.rows() || (told == 0 && found_rows.rows() == 0)));
      });
      CHECK((scored > 0) == (size > 1 && settings.size() > 1));
      CHECK(scored <= evaluator.rows());
    }
  }
}

TEST_CASE("a score that is no number ends an evaluation, whichever process has it") {
  const ToyEvaluation toy({"metrics=[MRR]", "eval_batch_size=4"});
  const Evaluator evaluator(toy.dataset, data::Split::Test, *toy.config);
  for (const int broken : {0, 1}) {
    CHECK(message_of<NumericError>([&] {
            run_processes(2, [&](dist::Processes& processes) {
              Team team(&processes, 1);
              FixedModel model(toy.dataset.n_items());
              model.broken = processes.rank() == broken;
              evaluator.evaluate(model, 0, nullptr, &team);
            });
          }).find("NaN") != std::string::npos);
  }
}

TEST_CASE("a model file is tested by several processes to the files of one; other models and settings are refused") {
  const TempFolder temp;
  write_toy(temp.path());
  TrainRequest training;
  training.model = "SHAN";
  Observer nobody;
  for (const std::string seed : {"1", "2"}) {
    training.config = toy_input(temp.path(), {"embedding_size=4", "epochs=1", "seed=" + seed});
    training.out = temp / ("seed" + seed);
    train(training, nobody);
  }
  const auto request = [&](const std::string& name) {
    return EvaluateRequest{.model_file = temp / "seed1/model.safetensors",
                           .config = toy_input(temp.path(), {"eval_batch_size=6"}),
                           .out = temp / name};
  };
  const Json alone = to_json(evaluate(request("alone"), nobody));
  for (const int size : {1, 2, 3}) {
    run_processes(size, [&](dist::Processes& processes) {
      EvaluateRequest own = request("shared");
      own.processes = &processes;
      Observer silent;
      const EvaluateResult result = evaluate(own, silent);
      CHECK((processes.rank() == 0 ? to_json(result) == alone : result.rows == 0));
    });
    for (const char* file : {"rows.safetensors", "result.json"})
      CHECK(read_text(temp / "shared" / file) == read_text(temp / "alone" / file));
  }
  const auto refused = [&](const std::function<void(EvaluateRequest&)>& change) {
    return message_of([&] {
      run_processes(2, [&](dist::Processes& processes) {
        EvaluateRequest own = request("refused");
        own.processes = &processes;
        if (processes.rank() == 1) change(own);
        Observer silent;
        evaluate(own, silent);
      });
    });
  };
  CHECK(refused([&](EvaluateRequest& own) {
          own.model_file = temp / "seed2/model.safetensors";
        }).starts_with("another configuration on host1 than process 0 has on host0: seed is 2, there 1"));
  CHECK(refused([](EvaluateRequest& own) {
          own.change = [](models::LoadedModel& loaded) {
            Tensor first = loaded.model->state()[0].second;
            kernels::copy(Tensor::zeros(first.shape()), first);
          };
        }).starts_with("another model on host1 than process 0 has on host0: "));
}

}  // namespace
}  // namespace seqrec::train

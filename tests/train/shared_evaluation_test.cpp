// An evaluation by several processes, here threads that exchange messages.
#include <mutex>

#include <doctest/doctest.h>

#include "core/file.h"
#include "fixed_model.h"
#include "processes.h"
#include "tests/message_of.h"
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

}  // namespace
}  // namespace seqrec::train

#include "core/concat.h"
#include "report/html.h"
#include "report/sections.h"

namespace seqrec::report {
namespace {

std::string state_of(const Run& run) {
  if (!run.result) return "not finished";
  return run.result->stopped_early ? "stopped early" : "finished";
}

std::string value_of(const train::MetricValues& values, const std::string& metric) {
  const double* value = train::find(values, metric);
  return value ? concat(decimal(*value, 4), " ", metric) : "–";
}

}  // namespace

std::string summary(const std::vector<Run>& runs) {
  Table table({"Run", "Model", "Dataset", "State", "Epochs", "Best epoch", "Validation", "Test"});
  std::string below;
  for (const Run& run : runs) {
    const std::string metric = run.valid_metric();
    const train::RunResult result = run.result.value_or(train::RunResult{});
    table.add({html(run.name), html(run.model()), html(run.dataset()), state_of(run), grouped(std::ssize(run.epochs)),
               run.result ? grouped(result.best_epoch) : "–", value_of(result.valid, metric),
               value_of(result.test, metric)});
    if (!result.baselines.below.empty())
      below += concat("<p class=\"warning\">", html(run.name), ": ", html(result.baselines.below), "</p>\n");
  }
  return concat("<section><h2>Runs</h2>\n", table.done(), below, "</section>\n");
}

}  // namespace seqrec::report

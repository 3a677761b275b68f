#include <algorithm>
#include <ctime>
#include <iostream>

#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/screen.h"
#include "cli/table.h"
#include "core/shown.h"
#include "train/run_list.h"

namespace seqrec::cli {
namespace {

using train::RunAbout;

enum class Order { Run, State, Model, Dataset, Epoch, Valid, Test, Age };

/// How old something is, in the unit that says most: "42 s", "5 min", "3 h", "12 d".
std::string age_text(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 60) return concat(seconds, " s");
  if (seconds < 3600) return concat(seconds / 60, " min");
  if (seconds < 48 * 3600) return concat(seconds / 3600, " h");
  return concat(seconds / (24 * 3600), " d");
}

/// Whether a's metric is better than b's: of the same metric; runs without one come last.
bool better(const RunAbout& a, const RunAbout& b, std::optional<double> RunAbout::*value) {
  if (!(a.*value) || !(b.*value)) return (a.*value).has_value() && !(b.*value);
  if (a.metric != b.metric) return a.metric < b.metric;
  return a.smaller ? *(a.*value) < *(b.*value) : *(a.*value) > *(b.*value);
}

bool comes_before(Order order, const RunAbout& a, const RunAbout& b) {
  switch (order) {
    case Order::State: return a.state < b.state;
    case Order::Model: return a.model < b.model;
    case Order::Dataset: return a.dataset < b.dataset;
    case Order::Epoch: return a.epoch > b.epoch;
    case Order::Valid: return better(a, b, &RunAbout::valid);
    case Order::Test: return better(a, b, &RunAbout::test);
    case Order::Age: return a.changed > b.changed;
    case Order::Run: break;
  }
  return false;  // as they are found: by path
}

std::string value_text(const RunAbout& run, const std::optional<double>& value) {
  return value ? fixed_metric(*value, run.decimal_places) : "";
}

void show(const std::vector<RunAbout>& runs) {
  const Screen screen = Screen::of(STDOUT_FILENO);
  const std::int64_t now = std::time(nullptr);
  Table table({"run", "state", "model", "dataset", "epoch", "best", "metric", "valid", "test", "age"});
  for (const RunAbout& run : runs) {
    const std::string state = train::name_of(run.state);
    table.add({shown(run.folder.string(), 1000), run.state == train::RunState::Running ? screen.green(state) : state,
               shown(run.model), shown(run.dataset), run.epochs > 0 ? concat(run.epoch, "/", run.epochs) : "",
               run.best_epoch > 0 ? std::to_string(run.best_epoch) : "", shown(run.metric), value_text(run, run.valid),
               value_text(run, run.test), age_text(now - run.changed)});
  }
  bool title = true;
  for (const std::string& line : table.lines(screen.columns)) {
    std::cout << (title ? screen.bold(line) : line) << '\n';
    title = false;
  }
  for (const RunAbout& run : runs) {
    if (run.error.empty()) continue;
    std::cout << shown(run.folder.string(), 1000) << ' ' << train::name_of(run.state) << ":\n";
    const std::size_t room = screen.columns > 2 ? screen.columns - 2 : std::string::npos;
    for (const std::string& line : wrapped(shown(run.error, 1000), room)) std::cout << "  " << line << '\n';
  }
}

}  // namespace

std::function<int()> declare_runs(CLI::App& app) {
  struct Options {
    std::string folder = "saved";
    Order order = Order::Run;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "DIR", options->folder, "The folder that holds runs, or folders of runs (default: saved)");
  add_choice<Order>(app, "--sort", options->order,
                    {{"run", Order::Run},
                     {"state", Order::State},
                     {"model", Order::Model},
                     {"dataset", Order::Dataset},
                     {"epoch", Order::Epoch},
                     {"valid", Order::Valid},
                     {"test", Order::Test},
                     {"age", Order::Age}},
                    "By run (its path, the default), state, model, dataset, epoch (most first), valid or test (best "
                    "first), age (youngest first)")
      ->type_name("BY");
  add_format(app, "--format,--log-format", options->format);
  return [options] {
    std::vector<RunAbout> runs = train::runs_in(options->folder);
    std::ranges::stable_sort(runs,
                             [&](const RunAbout& a, const RunAbout& b) { return comes_before(options->order, a, b); });
    if (options->format == Format::Json)
      for (const RunAbout& run : runs) std::cout << to_json(run).dump() << '\n';
    else if (!runs.empty())
      show(runs);
    if (runs.empty()) show_notices({concat(options->folder, ": there is no run in or below it")});
    return kSuccess;
  };
}

}  // namespace seqrec::cli

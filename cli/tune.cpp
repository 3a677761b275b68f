#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>

#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "core/text_stream.h"
#include "data/number.h"
#include "tune/study.h"

namespace seqrec::cli {
namespace {

using tune::TrialResult;

std::string settings_text(const Json& settings) {
  std::string out;
  for (const auto& [key, value] : settings.as_object())
    out += concat(out.empty() ? "" : "  ", key, "=", tune::value_text(value));
  return out;
}

std::string epochs_text(const TrialResult& result) {
  return concat(result.epochs, result.stopped_early ? " (early)" : "");
}

/// Shows a study: a line for each result, or the study's own lines as JSON; how far it is goes to stderr.
class StudyReport : public tune::StudyObserver {
 public:
  explicit StudyReport(Format format) : format_(format) {}

  void on_notice(const std::string& line) override {
    bar_.clear();
    show_notices({line});
  }

  void on_start(const tune::StudyInfo& info) override {
    info_ = info;
    if (format_ == Format::Json) return;
    std::cout << info.model << " on " << info.dataset << ": " << info.trials
              << (info.trials == 1 ? " trial" : " trials");
    if (info.seeds > 1) std::cout << " of " << info.seeds << " seeds";
    std::cout << ", by " << info.metric;
    if (info.rungs.size() > 1) {
      std::cout << ", compared after";
      for (const std::int64_t epochs : info.rungs) std::cout << ' ' << epochs;
      std::cout << " epochs";
    }
    std::cout << ", in " << info.folder << '\n';
    if (info.results > 0) std::cout << "goes on after " << info.results << " results\n";
    std::cout << std::flush;
  }

  void on_progress(std::int64_t done, const std::string& what) override {
    if (format_ == Format::Text) bar_.update("trials", done, info_.work, concat(what, best_));
  }

  void on_result(const TrialResult& result, const Json& settings, bool best) override {
    bar_.clear();
    if (format_ == Format::Json) {
      Json line = to_json(result);
      line["settings"] = settings;
      line["best"] = best;
      std::cout << line.dump() << std::endl;
      return;
    }
    TextStream line;
    line << "trial " << std::setw(3) << result.trial << "  ";
    if (const auto value = result.value()) {
      const std::string text = concat(info_.metric, " ", fixed_metric(*value, info_.decimal_places));
      line << text << "  epochs " << epochs_text(result) << "  " << settings_text(settings);
      if (best) best_ = ", best " + text;
    } else {
      line << "failed: " << result.error << "  " << settings_text(settings);
    }
    std::cout << line.str() << Screen::of(STDOUT_FILENO).green(best ? "  best so far" : "") << std::endl;
  }

  /// Ends what shows how far something is.
  void done() { bar_.clear(); }

 private:
  Format format_;
  ProgressBar bar_;
  tune::StudyInfo info_;
  std::string best_;
};

/// The best trials, best first.
void show_best(const tune::StudyOutcome& outcome, const std::vector<TrialResult>& trials) {
  std::vector<std::string> titles = {"trial", outcome.info.metric, "epochs"};
  for (const auto& [key, value] : outcome.content.settings.begin()->second.as_object()) titles.push_back(key);
  Table table(titles);
  for (const TrialResult& result : trials) {
    std::vector<std::string> cells = {std::to_string(result.trial),
                                      fixed_metric(*result.value(), outcome.info.decimal_places), epochs_text(result)};
    for (const auto& [key, value] : outcome.content.settings.at(result.trial).as_object())
      cells.push_back(tune::value_text(value));
    table.add(cells);
  }
  const Screen screen = Screen::of(STDOUT_FILENO);
  bool title = true;
  std::cout << '\n';
  for (const std::string& line : table.lines(screen.columns)) {
    std::cout << (title ? screen.bold(line) : line) << '\n';
    title = false;
  }
}

void show_trials(const tune::StudyOutcome& outcome) {
  constexpr std::size_t kShown = 10;
  std::vector<TrialResult> trials = outcome.content.ranked(outcome.info.bigger);
  const std::size_t failed = outcome.content.last().size() - trials.size();
  if (trials.size() > kShown) trials.resize(kShown);
  if (!trials.empty()) show_best(outcome, trials);
  if (failed > 0) std::cout << failed << (failed == 1 ? " trial failed\n" : " trials failed\n");
}

int conclude(const tune::StudyOutcome& outcome, Format format) {
  if (format == Format::Json) {
    Json line = Json::object();
    line["event"] = "best";
    line["ended"] = outcome.ended;
    line["trial"] = outcome.best ? Json(outcome.best->trial) : Json();
    line["value"] = outcome.best ? Json(*outcome.best->value()) : Json();
    line["settings"] = outcome.best ? outcome.content.settings.at(outcome.best->trial) : Json();
    line["best_file"] = outcome.best_file;
    std::cout << line.dump() << std::endl;
  } else if (!outcome.content.results.empty()) {
    show_trials(outcome);
    if (outcome.best) std::cout << "best        " << outcome.best_file << '\n';
    std::cout << std::flush;
  }
  if (!outcome.ended)
    show_notices({concat(outcome.budget_spent ? "the budget is spent" : "stopped",
                         "; the same command goes on with the study in ", outcome.info.folder)});
  if (outcome.ended && !outcome.best) show_notices({"every trial failed; the lines above say why"});
  return outcome.best && (outcome.ended || outcome.budget_spent) ? kSuccess : kFailure;
}

/// "90s", "30m", "2h" in seconds.
double duration(const std::string& text) {
  const std::map<char, double> units = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  const auto unit = text.empty() ? units.end() : units.find(text.back());
  const auto number = unit == units.end()
                          ? std::nullopt
                          : data::parse_number<double>(std::string_view(text).substr(0, text.size() - 1));
  if (!number || !(*number > 0) || !(*number < 1e9))
    throw CLI::ValidationError(concat("--budget: got '", text, "', expected a time like 90s, 30m or 2h"));
  return *number * unit->second;
}

struct TuneOptions {
  ConfigOptions config;
  ThreadsOption threads;
  tune::StudyRequest request;
  Format format = Format::Text;
  std::string space, out;
  std::optional<std::int64_t> seed, epochs, jobs;
};

int tune_command(const TuneOptions& options) {
  tune::StudyRequest request = options.request;
  request.config = options.config.input();
  if (options.seed) request.config.options.push_back({"seed", *options.seed, "--seed"});
  if (options.epochs) request.config.options.push_back({"epochs", *options.epochs, "--epochs"});
  request.space = options.space;
  request.out = options.out;
  request.stop = &Interrupt::flag();
  // A thread for each run that can be under way; what is left helps one run at a time.
  const int threads = options.threads.count();
  request.jobs = static_cast<int>(options.jobs.value_or(request.device == kCpu ? jobs_for(request, threads) : 1));
  set_num_threads(std::max(1, threads - request.jobs + 1));
  const Interrupt interrupt;
  StudyReport report(options.format);
  const tune::StudyOutcome outcome = tune::tune(request, report);
  report.done();
  return conclude(outcome, options.format);
}

}  // namespace

std::function<int()> declare_tune(CLI::App& app) {
  using tune::SamplerKind;
  auto options = std::make_shared<TuneOptions>();
  tune::StudyRequest& request = options->request;
  add_input(app, "SPACE", options->space, "The keys to tune: a YAML file, or one for RecBole's run_hyper")->required();
  app.add_option("--model", request.model, "The model (default: the key model of a file)")->type_name("NAME");
  options->config.add_to(app);
  add_path(app, "--out", options->out,
           "Folder of the study (default: saved/tune-MODEL-DATASET); one that is there goes on")
      ->type_name("STUDY");
  add_number(app, "--trials", request.trials, kFromOne,
             "How many configurations to try (of a grid all, if it isn't said)")
      ->type_name("N");
  add_choice<SamplerKind>(app, "--sampler", request.sampler,
                          {{"grid", SamplerKind::Grid}, {"random", SamplerKind::Random}, {"tpe", SamplerKind::Tpe}},
                          "How to choose them: grid, random or tpe (default: tpe)")
      ->type_name("NAME");
  add_number(app, "--seeds", request.seeds, {.min = 1, .max = 1000},
             "Runs of each trial, with as many seeds; their mean counts (default: 1)")
      ->type_name("S");
  add_number(app, "--halving", request.min_epochs, {.min = 1},
             "Successive halving (ASHA): compare trials from so many epochs on, and let the best go on")
      ->type_name("EPOCHS");
  add_number(app, "--eta", request.eta, {.min = 2, .max = 100}, "Of so many trials one goes on (default: 3)")
      ->type_name("N");
  add_number(app, "--lanes", request.lanes, {.min = 1, .max = 1024},
             "Trials that are chosen without each other's results (default: 4)")
      ->type_name("N");
  app.add_option_function<std::string>(
         "--budget", [&request](const std::string& text) { request.budget = duration(text); },
         "Stop after this time: 90s, 30m, 2h")
      ->type_name("TIME");
  add_number(app, "--seed", options->seed, kFromZero, "Seed of the study and of its trials: the key seed")
      ->type_name("S");
  add_number(app, "--epochs", options->epochs, kFromZero, "Number of epochs of a whole trial: the key epochs")
      ->type_name("N");
  add_number(
      app, "--jobs", options->jobs, {.min = 1, .max = 1024},
      "Runs that train side by side (default: as many as threads, and as the study has to do at once; on a GPU 1)")
      ->type_name("N");
  add_device(app, request.device);
  options->threads.add_to(app);
  add_format(app, "--log-format,--format", options->format);
  return [options] { return tune_command(*options); };
}

}  // namespace seqrec::cli

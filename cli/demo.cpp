#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "cli/command.h"
#include "cli/demo_data.h"
#include "cli/name.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "core/descriptor.h"
#include "core/error.h"
#include "core/file.h"
#include "infer/session.h"
#include "report/report.h"
#include "train/run.h"
#include "train/run_folder.h"

namespace seqrec::cli {
namespace {

namespace fs = std::filesystem;

struct DemoOptions {
  std::string out;
  std::int32_t users = DemoSize{}.users;
  std::int64_t epochs = 30;
  bool overwrite = false;
  ThreadsOption threads;
};

/// A folder of one's own in TMPDIR, or /tmp, that is removed at the end.
class Scratch {
 public:
  Scratch() {
    const char* const given = std::getenv("TMPDIR");
    std::string path = concat(given && *given ? given : "/tmp", "/seqrec-demo-", std::string(6, 'X'));  // for mkdtemp
    if (!::mkdtemp(path.data())) fail_io("make the folder", path);
    path_ = path;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Of a run whose folder goes at the end, which is said where its model is named.
class ScratchReport : public Report {
 public:
  using Report::Report;
  void on_result(const train::RunResult& result) override {
    train::RunResult told = result;
    told.model_file += ", removed at the end";
    Report::on_result(told);
  }
};

/// Refuses a run's folder before anything is written beside it: a run that can't go on with its data is lost.
void check_folder(const fs::path& run, bool overwrite) { train::RunFolder::create(run, overwrite); }

data::ConfigInput demo_config(const fs::path& data, std::int64_t epochs) {
  data::ConfigInput input;
  input.options = {{"dataset", "books", "demo"},
                   {"data_path", data.string(), "demo"},
                   {"epochs", epochs, "demo"},
                   {"stopping_step", 3, "demo"},
                   {"train_batch_size", 512, "demo"},
                   {"learning_rate", 0.003, "demo"},
                   {"metrics", Json::Array{"Hit", "MRR", "NDCG"}, "demo"}};
  return input;
}

void print_metrics(const std::string& name, const train::MetricValues& values) {
  std::cout << std::left << std::setw(16) << name << std::right << std::fixed << std::setprecision(4);
  for (const auto& [key, value] : values) std::cout << std::setw(10) << value;
  std::cout << '\n';
}

void compare(const train::RunResult& result) {
  const std::int64_t books = models::load_model_file(result.model_file).spec.n_items - 1;
  std::cout << "\nEach reader's last book, ranked among all " << books << ":\n" << std::setw(16) << "";
  for (const auto& [key, value] : result.test) std::cout << std::setw(10) << key;
  std::cout << '\n';
  print_metrics("SHAN", result.test);
  for (const auto& [name, values] : result.baselines.tests)
    print_metrics(name == "pop" ? "most popular" : name == "markov" ? "last successors" : "near readers", values);
}

void recommend(const std::string& model_file, const std::string& user) {
  infer::Session session(model_file);
  session.load_histories(models::histories_path(model_file));
  const models::ModelFile& file = session.file();
  constexpr std::ptrdiff_t kShown = 8;
  const auto history = session.histories()->recent(file.users.find(user).value());
  std::cout << "\nReader " << user << " read last\n";
  for (std::int32_t item : history.last(std::min(kShown, std::ssize(history))))
    std::cout << "     " << file.titles[item] << '\n';
  infer::Request request;
  request.user = user;
  request.exclude_seen = true;
  std::cout << "and might read next\n";
  int rank = 0;
  for (const infer::ScoredItem& item : session.recommend(request).items)
    std::cout << std::setw(4) << ++rank << ' ' << item.title << '\n';
}

int demo(const DemoOptions& options) {
  options.threads.apply();
  const Interrupt interrupt;
  std::optional<Scratch> scratch;
  fs::path folder = options.out;
  if (folder.empty()) folder = scratch.emplace().path();
  const fs::path run = folder / "run";
  check_folder(run, options.overwrite);
  write_demo_data(folder / "data", {options.users});
  std::cout << "A made-up bookshop: readers with tastes, series, bestsellers\n"
            << (folder / "data/books").string() << "/books.{inter,user,item}"
            << (scratch ? ", removed at the end (--out DIR keeps them)" : "") << "\n\n";

  train::TrainRequest request;
  request.model = "SHAN";
  request.config = demo_config(folder / "data", options.epochs);
  request.out = run;
  request.overwrite = options.overwrite;
  request.stop = &Interrupt::flag();
  const std::unique_ptr<Report> report =
      scratch ? std::make_unique<ScratchReport>(Format::Text) : std::make_unique<Report>(Format::Text);
  const train::RunResult result = train::train(request, *report);
  if (!result.finished) return kFailure;

  compare(result);
  recommend(result.model_file, "u7");
  if (scratch) {
    std::cout << "\nThe run in pictures, and a model to ask for more: " << program_name() << " demo --out DIR\n";
  } else {
    const fs::path page = folder / "report.html";
    write_text(page, report::page({run.string()}));
    std::cout << "\nAsk for more:\n  " << program_name() << " recommend " << result.model_file
              << " --user u12 --exclude-seen\n\nThe run in pictures: " << page.string() << '\n';
  }
  return kSuccess;
}

}  // namespace

std::function<int()> declare_demo(CLI::App& app) {
  auto options = std::make_shared<DemoOptions>();
  add_path(app, "--out", options->out, "Keep the dataset (DIR/data) and the run (DIR/run) there")->type_name("DIR");
  app.add_flag("--overwrite", options->overwrite, "Begin anew in a folder that holds a demo");
  add_number(app, "--users", options->users, {.min = 10, .max = 1'000'000}, "Readers to make up (default: 1500)")
      ->type_name("N");
  add_number(app, "--epochs", options->epochs, kFromZero, "Epochs at most (default: 30)")->type_name("N");
  options->threads.add_to(app);
  return [options] { return demo(*options); };
}

}  // namespace seqrec::cli

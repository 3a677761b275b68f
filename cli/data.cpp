#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "core/file.h"
#include "core/spill.h"
#include "data/dataset.h"
#include "data/export.h"
#include "data/prepared.h"
#include "data/prepared_file.h"
#include "data/statistics.h"
#include "train/build.h"
#include "train/protocol.h"
#include "train/stages.h"

namespace seqrec::cli {

namespace {

/// Reads the atomic files, be they prepared already or not, and writes what is settled of them; with `memory` bytes for
/// sorting on the disk, or 0.
data::Dataset prepare_to(const std::string& folder, std::int64_t memory, const data::Config& config,
                         const BatchNeeds& needs) {
  make_folder(folder);
  std::optional<SpillScope> scope;
  if (memory > 0) scope.emplace(folder, memory);
  data::Prepared prepared = data::prepare_files(config, needs);
  prepared.titles = std::make_shared<const std::vector<std::string>>(data::item_titles(config, prepared.items));
  data::save_prepared(prepared, config, needs, folder);
  return data::make_dataset(std::move(prepared), config, needs);
}

}  // namespace

std::function<int()> declare_data(CLI::App& app) {
  struct Options {
    ConfigOptions config;
    ThreadsOption threads;
    Format format = Format::Text;
    std::string model, export_to, prepare_to;
    std::int64_t memory = 0;
  };
  auto options = std::make_shared<Options>();
  options->config.add_to(app);
  app.add_option("--model", options->model, "Prepare them for this model: its keys are known, what it needs is read")
      ->type_name("NAME");
  options->threads.add_to(app);
  add_format(app, "--format,--log-format", options->format);
  add_path(app, "--export", options->export_to, "Write ids.json and splits.safetensors there")->type_name("DIR");
  CLI::Option* const prepare =
      add_path(
          app, "--prepare", options->prepare_to,
          "Write what is read as DIR/NAME/NAME.prepared.safetensors, which --data-path DIR then reads in its place")
          ->type_name("DIR");
  add_bytes(
      app, "--memory", options->memory,
      "With --prepare: sort on the disk, in so much memory (1G, 500M), beside that of the users' and items' names")
      ->needs(prepare);
  return [options] {
    options->threads.apply();
    data::ConfigInput input = options->config.input();
    if (!options->model.empty()) input = train::for_model(std::move(input), options->model);
    const data::Config config(input);
    show_notices(config.notices());
    ProgressBar bar;
    bar.update("reading the data", 0, 0);
    const BatchNeeds needs = options->model.empty() ? BatchNeeds{} : train::data_needs(options->model, config);
    const data::Dataset dataset = options->prepare_to.empty()
                                      ? data::prepare(config, needs)
                                      : prepare_to(options->prepare_to, options->memory, config, needs);
    bar.clear();
    if (options->format == Format::Text) show_notices(dataset.report.lines());
    if (!options->export_to.empty()) data::export_dataset(dataset, config, options->export_to);
    const Json protocol = train::protocol(dataset, config);
    if (options->format == Format::Json) {
      Json about = data::describe(dataset);
      about["protocol"] = protocol;
      std::cout << about.dump() << '\n';
    } else {
      std::cout << to_text(data::statistics(dataset)) << "\nA test under this configuration:\n";
      show_worth({}, protocol);
    }
    return kSuccess;
  };
}

}  // namespace seqrec::cli

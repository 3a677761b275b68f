#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "data/dataset.h"
#include "data/export.h"
#include "data/statistics.h"
#include "train/build.h"
#include "train/protocol.h"
#include "train/stages.h"

namespace seqrec::cli {

std::function<int()> declare_data(CLI::App& app) {
  struct Options {
    ConfigOptions config;
    ThreadsOption threads;
    Format format = Format::Text;
    std::string model, export_to;
  };
  auto options = std::make_shared<Options>();
  options->config.add_to(app);
  app.add_option("--model", options->model, "Prepare them for this model: its keys are known, what it needs is read")
      ->type_name("NAME");
  options->threads.add_to(app);
  add_format(app, "--format,--log-format", options->format);
  add_path(app, "--export", options->export_to, "Write ids.json and splits.safetensors there")->type_name("DIR");
  return [options] {
    options->threads.apply();
    data::ConfigInput input = options->config.input();
    if (!options->model.empty()) input = train::for_model(std::move(input), options->model);
    const data::Config config(input);
    show_notices(config.notices());
    ProgressBar bar;
    bar.update("reading the data", 0, 0);
    const data::Dataset dataset =
        data::prepare(config, options->model.empty() ? BatchNeeds{} : train::data_needs(options->model, config));
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

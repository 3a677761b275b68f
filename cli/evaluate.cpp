#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_data.h"
#include "train/run.h"

namespace seqrec::cli {

std::function<int()> declare_evaluate(CLI::App& app) {
  struct Options {
    std::string model_file, out;
    ConfigOptions config;
    ThreadsOption threads;
    Device device = kCpu;
    data::Split split = data::Split::Test;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "MODEL_FILE", options->model_file,
           "A model file, or the folder of a run, whose data it is then tested on")
      ->required();
  options->config.add_to(app);
  add_choice<data::Split>(app, "--split", options->split, {{"valid", data::Split::Valid}, {"test", data::Split::Test}},
                          "The rows to evaluate on (default: test)")
      ->type_name("valid|test");
  add_path(app, "--out", options->out, "Write rows.safetensors and result.json there")->type_name("RUN");
  add_device(app, options->device);
  options->threads.add_to(app);
  add_format(app, "--log-format,--format", options->format);
  return [options] {
    options->threads.apply();
    Report report(options->format);
    data::ConfigInput config = options->config.input();
    add_data_of_run(config, options->model_file);
    const train::EvaluateResult result = train::evaluate(
        {model_file_of(options->model_file), config, options->device, options->out, options->split}, report);
    report.done();
    if (options->format == Format::Json) {
      std::cout << to_json(result).dump() << '\n';
    } else {
      const std::int64_t places = result.by_row.decimal_places;
      std::cout << (result.split == data::Split::Test ? "test        " : "valid       ")
                << shown_metrics(result.test, places) << "  (" << result.rows << " rows)\n";
      show_baselines(result.baselines, places);
      show_worth(result.corrected, result.protocol, places);
    }
    return kSuccess;
  };
}

}  // namespace seqrec::cli

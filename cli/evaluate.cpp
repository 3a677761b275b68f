#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_data.h"
#include "cli/together.h"
#include "dist/processes.h"
#include "train/run.h"

namespace seqrec::cli {

namespace {

void show(const train::EvaluateResult& result, Format format) {
  if (format == Format::Json) {
    std::cout << to_json(result).dump() << '\n';
    return;
  }
  const std::int64_t places = result.by_row.decimal_places;
  std::cout << (result.split == data::Split::Test ? "test        " : "valid       ")
            << shown_metrics(result.test, places) << "  (" << result.rows << " rows)\n";
  show_baselines(result.baselines, places);
  show_worth(result.corrected, result.protocol, places);
}

/// Of several processes the first one reports.
int run(const train::EvaluateRequest& request, Format format) {
  if (request.processes && request.processes->rank() > 0) {
    train::Observer nobody;
    train::evaluate(request, nobody);
    return kSuccess;
  }
  Report report(format);
  const train::EvaluateResult result = train::evaluate(request, report);
  report.done();
  show(result, format);
  return kSuccess;
}

}  // namespace

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
    train::EvaluateRequest request{.model_file = model_file_of(options->model_file),
                                   .config = options->config.input(),
                                   .device = options->device,
                                   .out = options->out,
                                   .split = options->split};
    add_data_of_run(request.config, options->model_file);
    return run_together(nullptr, [&](dist::Processes* processes) {
      request.processes = processes;
      return run(request, options->format);
    });
  };
}

}  // namespace seqrec::cli

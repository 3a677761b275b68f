#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "train/run.h"

namespace seqrec::cli {

std::function<int()> declare_evaluate(CLI::App& app) {
  struct Options {
    std::string model_file, out;
    ConfigOptions config;
    ThreadsOption threads;
    Device device = kCpu;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "MODEL_FILE", options->model_file, "A model file, or the folder of a run")->required();
  options->config.add_to(app);
  add_path(app, "--out", options->out, "Write rows.safetensors and result.json there")->type_name("RUN");
  add_device(app, options->device);
  options->threads.add_to(app);
  add_format(app, "--log-format,--format", options->format);
  return [options] {
    options->threads.apply();
    Report report(options->format);
    const train::EvaluateResult result = train::evaluate(
        {model_file_of(options->model_file), options->config.input(), options->device, options->out}, report);
    if (options->format == Format::Json) {
      std::cout << to_json(result).dump() << '\n';
    } else {
      std::cout << "test        " << train::to_text(result.test) << "  (" << result.rows << " rows)\n";
      show_baselines(result.baselines);
      show_worth(result.corrected, result.protocol);
    }
    return kSuccess;
  };
}

}  // namespace seqrec::cli

#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "data/dataset.h"
#include "data/export.h"
#include "data/statistics.h"

namespace seqrec::cli {

std::function<int()> declare_data(CLI::App& app) {
  struct Options {
    ConfigOptions config;
    ThreadsOption threads;
    Format format = Format::Text;
    std::string export_to;
  };
  auto options = std::make_shared<Options>();
  options->config.add_to(app);
  options->threads.add_to(app);
  add_format(app, "--format,--log-format", options->format);
  app.add_option("--export", options->export_to, "Write ids.json and splits.safetensors there")->type_name("DIR");
  return [options] {
    options->threads.apply();
    const data::Config config(options->config.input());
    show_notices(config.notices());
    const data::Dataset dataset = data::prepare(config);
    show_notices(dataset.notices);
    const data::Statistics statistics = data::statistics(dataset);
    if (!options->export_to.empty()) data::export_dataset(dataset, config, options->export_to);
    std::cout << (options->format == Format::Json ? to_json(statistics).dump() + "\n" : to_text(statistics));
    return kSuccess;
  };
}

}  // namespace seqrec::cli

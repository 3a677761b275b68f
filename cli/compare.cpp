#include "train/compare.h"

#include <iostream>

#include "cli/command.h"
#include "cli/options.h"

namespace seqrec::cli {

std::function<int()> declare_compare(CLI::App& app) {
  struct Options {
    std::vector<std::string> runs, metrics;
    train::CompareRequest request;
    ThreadsOption threads;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  app.add_option("RUN", options->runs, "Folders of runs (or their rows.safetensors), tested on the same rows")
      ->required()
      ->expected(-1);
  app.add_option("--metrics", options->metrics, "Metrics, as the key metrics has them (default: the first run's)")
      ->type_name("NAME")
      ->delimiter(',');
  add_number(app, "--topk", options->request.topk, {.min = 1}, "Lengths of the lists (default: the first run's)")
      ->type_name("K")
      ->delimiter(',');
  add_number(app, "--resamples", options->request.resamples, {.min = 100, .max = 1'000'000},
             "How often the users are drawn (default: 2000)")
      ->type_name("N");
  add_number(app, "--seed", options->request.seed, kFromZero, "Seed of the draws (default: 2020)")->type_name("S");
  options->threads.add_to(app);
  add_format(app, "--format,--log-format", options->format);
  return [options] {
    options->threads.apply();
    train::CompareRequest request = options->request;
    request.runs.assign(options->runs.begin(), options->runs.end());
    for (const std::string& name : options->metrics) request.metrics.push_back(train::metric_info(name));
    const train::Comparison comparison = train::compare(request);
    if (options->format == Format::Json)
      std::cout << train::to_json(comparison).dump() << '\n';
    else
      std::cout << train::to_text(comparison);
    return kSuccess;
  };
}

}  // namespace seqrec::cli

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
  app.add_option("--topk", options->request.topk, "Lengths of the lists (default: the first run's)")
      ->type_name("K")
      ->delimiter(',')
      ->check(CLI::PositiveNumber.description(""));
  app.add_option("--resamples", options->request.resamples, "How often the users are drawn (default: 2000)")
      ->check(CLI::Range(100, 1'000'000).description(""))
      ->type_name("N");
  app.add_option("--seed", options->request.seed, "Seed of the draws (default: 2020)")->type_name("S");
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

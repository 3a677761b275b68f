#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "train/corrected.h"
#include "train/row_results.h"

namespace seqrec::cli {

std::function<int()> declare_metrics(CLI::App& app) {
  struct Options {
    std::string run;
    std::vector<std::int64_t> topk;
    std::vector<std::string> metrics;
    std::optional<std::int64_t> decimals;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "RUN", options->run, "A run's folder, or its rows.safetensors")->required();
  add_number(app, "--topk", options->topk, {.min = 1}, "Lengths of the lists (default: the run's)")
      ->type_name("K")
      ->delimiter(',');
  app.add_option("--metrics", options->metrics, "Metrics, as the key metrics has them (default: the run's)")
      ->type_name("NAME")
      ->delimiter(',');
  add_number(app, "--decimals", options->decimals, kFromZero, "Decimal places (default: the run's)")->type_name("N");
  add_format(app, "--format,--log-format", options->format);
  return [options] {
    const train::RowResults rows = train::RowResults::load(train::rows_path(options->run));
    train::MetricChoice choice = rows.choice;
    if (!options->topk.empty()) choice.topk = options->topk;
    if (!options->metrics.empty()) choice.metrics.clear();
    for (const std::string& name : options->metrics) choice.metrics.push_back(train::metric_info(name));
    const std::int64_t decimals = options->decimals.value_or(rows.decimal_places);
    const train::MetricValues test = train::rounded(train::row_metrics(rows, choice), decimals);
    const train::MetricValues corrected = train::rounded(train::corrected_metrics(rows, choice), decimals);
    if (options->format == Format::Json) {
      Json out = Json::object();
      out["event"] = "result";
      out["test"] = train::to_json(test);
      if (!corrected.empty()) out["test_corrected"] = train::to_json(corrected);
      out["protocol"] = rows.protocol;
      out["rows"] = rows.rows();
      std::cout << out.dump() << '\n';
    } else {
      std::cout << "test        " << train::to_text(test) << "  (" << rows.rows() << " rows)\n";
      show_worth(corrected, rows.protocol);
    }
    return kSuccess;
  };
}

}  // namespace seqrec::cli

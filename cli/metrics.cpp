#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/screen.h"
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
  add_number(app, "--decimals", options->decimals, kFromZero, "Decimal places (default: the run's; in JSON all)")
      ->type_name("N");
  add_format(app, "--format,--log-format", options->format);
  return [options] {
    const train::RowResults rows = train::RowResults::load(train::rows_path(options->run));
    train::MetricChoice choice = rows.choice;
    if (!options->topk.empty()) choice.topk = options->topk;
    if (!options->metrics.empty()) choice.metrics.clear();
    for (const std::string& name : options->metrics) choice.metrics.push_back(train::metric_info(name));
    const auto rounded = [&](const train::MetricValues& values) {
      return options->decimals ? train::rounded(values, *options->decimals) : values;
    };
    const train::MetricValues test = rounded(train::row_metrics(rows, choice));
    const train::MetricValues corrected = rounded(train::corrected_metrics(rows, choice));
    const Json* evaluated = rows.protocol.find("evaluated");
    const std::string split = evaluated ? evaluated->as_string() : "test";
    if (options->format == Format::Json) {
      Json out = Json::object();
      out["event"] = "result";
      out[split] = train::to_json(test);
      if (!corrected.empty()) out[split + "_corrected"] = train::to_json(corrected);
      out["protocol"] = rows.protocol;
      out["rows"] = rows.rows();
      std::cout << out.dump() << '\n';
    } else {
      const std::int64_t places = options->decimals.value_or(rows.decimal_places);
      std::cout << padded(split, 12) << shown_metrics(test, places) << "  (" << rows.rows() << " rows)\n";
      show_worth(corrected, rows.protocol, places);
    }
    return kSuccess;
  };
}

}  // namespace seqrec::cli

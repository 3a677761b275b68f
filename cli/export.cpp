#include "train/export.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run_data.h"
#include "cli/screen.h"
#include "core/file.h"
#include "core/output_file.h"
#include "models/histories_file.h"

namespace seqrec::cli {
namespace {

struct ExportOptions {
  std::string model;
  train::ExportRequest request;
  std::string out;
  ConfigOptions config;
  ThreadsOption threads;
  Format format = Format::Text;
};

std::string number(const char* format, double value, double error) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  std::string out = text;
  if (std::isnan(error)) return out;
  std::snprintf(text, sizeof text, " ±%.4f", error);
  return out + text;
}

std::string column(const std::string& text, std::size_t columns) { return padded(text + " ", columns); }

void show(std::ostream& out, const train::ExportResult& result, const train::ExportRequest& request) {
  const auto line = [&](const std::string& name, std::int64_t before, std::int64_t after) {
    if (before == 0) return;
    out << column(name, 34) << column(std::to_string(before), 14) << column(std::to_string(after), 14)
        << number("%.0f %%", 100.0 * static_cast<double>(after) / static_cast<double>(before), std::nan("")) << '\n';
  };
  out << column("bytes", 34) << column("before", 14) << column("after", 14) << '\n';
  for (const train::ExportResult::Part& part : result.parts) line(part.name, part.before, part.after);
  if (result.after > 0) line("the file", result.before, result.after);
  if (!result.metrics.empty()) {
    out << '\n'
        << column(concat("test, ", result.rows, " rows"), 34) << column("before", 20) << column("after", 20)
        << "difference\n";
    for (const auto& [name, before, after, difference] : result.metrics)
      out << column(name, 34) << column(number("%.4f", before.value, before.error), 20)
          << column(number("%.4f", after.value, after.error), 20) << number("%+.4f", difference.value, difference.error)
          << '\n';
    if (std::ranges::any_of(result.metrics, [](const auto& metric) { return !std::isnan(metric.difference.error); }))
      out << "± is the standard error, of the difference that of the pairs of rows\n";
  }
  out << "model file  " << request.out.string() << '\n';
}

/// The model of a run's folder, with its data if they are still there and no others are given.
void find_run(const ExportOptions& options, train::ExportRequest& request) {
  request.model_file = model_file_of(options.model);
  request.must_test = options.config.given();
  data::ConfigInput input = options.config.input();
  const bool there = add_data_of_run(input, options.model);
  if (request.must_test || there) request.data = std::move(input);
}

int run_export(const ExportOptions& options) {
  train::ExportRequest request = options.request;
  find_run(options, request);
  request.out = options.out;
  require_apart(options.out, {request.model_file.string(), models::histories_path(request.model_file).string()});
  options.threads.apply();
  make_folder_of(request.out);
  Report report(options.format);
  const bool exact = request.tables == StoredType::F32 && !request.prune_users;
  if (!request.data && !exact)
    report.on_notice("there are no data to test it with (--data-path): what it costs in metrics is not known");
  if (exact && !request.must_test) request.data.reset();  // it would test the same model twice
  const train::ExportResult result = train::export_model(request, report);
  report.done();
  // The model itself may be on standard output.
  std::ostream& out = OutputFile::is_stream(options.out) ? std::cerr : std::cout;
  if (options.format == Format::Json)
    out << to_json(result).dump() << '\n';
  else
    show(out, result, request);
  return kSuccess;
}

}  // namespace

std::function<int()> declare_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  add_path(app, "RUN", options->model, "A model file, or the folder of a run, whose data it is then tested with")
      ->required();
  add_output(app, "--out", options->out, "The model file to write")->required()->type_name("MODEL_FILE");
  add_choice<StoredType>(
      app, "--table", options->request.tables,
      {{"f32", StoredType::F32}, {"f16", StoredType::F16}, {"bf16", StoredType::BF16}, {"int8", StoredType::I8}},
      "What tables of items and users are stored as (default: f32, as they are)")
      ->type_name("f32|f16|bf16|int8");
  app.add_flag("--prune-users", options->request.prune_users,
               "Leave out the users' tokens and vectors: who asks is then an unknown user");
  options->config.add_to(app);
  options->threads.add_to(app);
  add_format(app, "--format,--log-format", options->format);
  return [options] { return run_export(*options); };
}

}  // namespace seqrec::cli

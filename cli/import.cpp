#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "core/file.h"
#include "core/output_file.h"
#include "data/dataset.h"
#include "models/histories_file.h"
#include "models/list.h"
#include "models/model_file.h"
#include "nn/serialize.h"
#include "train/build.h"

namespace seqrec::cli {
namespace {

struct ImportOptions {
  std::string weights, model, out;
  bool histories = false;
  ConfigOptions config;
  ThreadsOption threads;
};

/// A mistake that is easily made gets its remedy.
SafetensorsReader read_weights(const std::string& file) {
  try {
    return SafetensorsReader(file);
  } catch (const FormatError&) {
    if (!read_text(file).starts_with("PK\x03\x04")) throw;
  }
  throw FormatError(concat(file, " is a checkpoint of PyTorch's: python3 scripts/recbole_to_safetensors.py ", file,
                           " weights.safetensors makes a file of it that can be imported"));
}

int import_weights(const ImportOptions& options) {
  const bool streams = OutputFile::is_stream(options.out);
  require<UsageError>(!streams || !options.histories, "--histories: there is no place beside ", options.out,
                      ", expected a regular file for --out");
  require<UsageError>(!options.histories || models::histories_path(options.out) != options.out, "--out: ", options.out,
                      " is the name of the histories, which --histories writes beside the model");
  require_apart(options.out, {options.weights});
  options.threads.apply();
  const SafetensorsReader weights = read_weights(options.weights);
  require<UsageError>(models::model_info(options.model).fit == nullptr, options.model,
                      " has no weights to import: seqrec train --model ", options.model, " fits it to the data");
  const data::Config config(train::for_model(options.config.input(), options.model));
  show_notices(config.notices());
  ProgressBar bar;
  bar.update("reading the data", 0, 0);
  const data::Dataset dataset = data::prepare(config, train::batch_needs(options.model, config));
  bar.clear();
  show_notices(dataset.report.lines());
  const models::ModelSpec spec = train::model_spec(options.model, dataset, config);
  const auto model = models::make_model(spec, DType::F32, 0);
  nn::load_state(weights, model->state());
  make_folder_of(options.out);
  models::save_model_file(options.out, train::model_file(spec, dataset, config, data::item_titles(config, dataset)),
                          *model);
  if (options.histories) train::save_histories(models::histories_path(options.out), dataset);
  // The model itself may be on standard output.
  (streams ? std::cerr : std::cout) << options.out << ": " << options.model << " with " << dataset.n_users() - 1
                                    << " users and " << dataset.n_items() - 1 << " items of " << dataset.name << '\n';
  return kSuccess;
}

}  // namespace

std::function<int()> declare_import(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  add_input(app, "WEIGHTS", options->weights, "A safetensors file with all parameters under RecBole's names")
      ->required();
  app.add_option("--model", options->model, concat("The model: ", models::model_list()))->required()->type_name("NAME");
  options->config.add_to(app);
  add_output(app, "--out", options->out, "The model file to write")->required()->type_name("MODEL_FILE");
  app.add_flag("--histories", options->histories,
               "Write the users' histories beside it, for recommend --user and --all-users");
  options->threads.add_to(app);
  return [options] { return import_weights(*options); };
}

}  // namespace seqrec::cli

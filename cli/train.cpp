#include <iostream>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/list_keys.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/together.h"
#include "dist/processes.h"
#include "models/list.h"
#include "train/run.h"

namespace seqrec::cli {
namespace {

struct TrainOptions {
  ConfigOptions config;
  ThreadsOption threads;
  Device device = kCpu;
  Format format = Format::Text;
  std::string model, out, resume, init;
  std::optional<std::int64_t> seed, epochs;
  bool overwrite = false, list_keys = false;
};

/// Of several processes the first one reports.
int run(const train::TrainRequest& request, Format format) {
  if (request.processes && request.processes->rank() > 0) {
    train::Observer nobody;
    return train::train(request, nobody).finished ? kSuccess : kFailure;
  }
  Report report(format);
  return train::train(request, report).finished ? kSuccess : kFailure;
}

int train_command(const TrainOptions& options) {
  if (options.list_keys) {
    std::cout << list_keys(options.model);
    return kSuccess;
  }
  train::TrainRequest request;
  request.model = options.model;
  request.config = options.config.input();
  if (options.seed) request.config.options.push_back({"seed", *options.seed, "--seed"});
  if (options.epochs) request.config.options.push_back({"epochs", *options.epochs, "--epochs"});
  request.out = options.out;
  request.resume = options.resume;
  request.init = options.init.empty() ? "" : model_file_of(options.init);
  request.overwrite = options.overwrite;
  request.device = options.device;
  request.stop = &Interrupt::flag();

  options.threads.apply();
  const Interrupt interrupt;
  return run_together(&Interrupt::flag(), [&](dist::Processes* processes) {
    request.processes = processes;
    return run(request, options.format);
  });
}

}  // namespace

std::function<int()> declare_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  app.add_option("--model", options->model, concat("The model: ", models::model_list()))->type_name("NAME");
  options->config.add_to(app);
  add_path(app, "--out", options->out,
           "Folder of the run (default: saved/MODEL-DATASET; where that holds a run, MODEL-DATASET-2, -3, ..)")
      ->type_name("RUN");
  app.add_flag("--overwrite", options->overwrite, "Begin anew in a folder that holds a run");
  add_path(app, "--resume", options->resume,
           "Go on with a run that was stopped or killed, or with --epochs a finished one")
      ->type_name("RUN");
  add_path(app, "--init", options->init, "Begin with a model file's parameters; new users and items get fresh ones")
      ->type_name("MODEL_FILE");
  add_number(app, "--seed", options->seed, kFromZero, "Seed of all random numbers: the key seed")->type_name("S");
  add_number(app, "--epochs", options->epochs, kFromZero,
             "Number of epochs: the key epochs; of a run that goes on, its new number")
      ->type_name("N");
  add_device(app, options->device);
  options->threads.add_to(app);
  add_format(app, "--log-format,--format", options->format);
  app.add_flag("--list-keys", options->list_keys,
               "Show all keys of the configuration (with --model: of that model), and exit");
  return [options] { return train_command(*options); };
}

}  // namespace seqrec::cli

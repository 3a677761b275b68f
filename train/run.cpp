#include "train/run.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "data/statistics.h"
#include "kernels/cuda.h"
#include "models/list.h"
#include "train/build.h"
#include "train/device.h"
#include "train/growth.h"
#include "train/recorder.h"
#include "train/same_start.h"
#include "train/stage_run.h"
#include "train/stopwatch.h"
#include "train/stored_run.h"
#include "train/team.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

data::Config new_config(const TrainRequest& request) {
  data::ConfigInput input = request.config;
  data::read_files(input);
  const std::string model = request.model.empty() ? data::model_of(input) : request.model;
  require<UsageError>(!model.empty(), "no model is given: --model SHAN, or model: SHAN in a file of --config");
  input = for_model(std::move(input), model);
  if (!request.init.empty()) input.options.push_back({"init_model", request.init.string(), "--init"});
  data::Config config(input);
  if (config.get_string("dataset").empty()) config.fail("dataset", "the name of a dataset: --dataset ml-100k");
  return config;
}

/// The model file that a run's first stage begins with, and the key that names it.
std::pair<fs::path, std::string> start_of(const Stage& stage) {
  const data::Config& config = stage.config;
  const std::string& init = config.get_string("init_model");
  if (stage.name.empty() || config.get_string("pre_model_path").empty()) return {init, "init_model"};
  if (stage.pretraining)
    config.fail("pre_model_path", "none where the run pre-trains (train_stage: finetune begins with it)");
  require<ConfigError>(init.empty(), "init_model (", config.source("init_model"), ") and pre_model_path (",
                       config.source("pre_model_path"),
                       ") both say what fine-tuning begins with, expected one of them");
  return {config.get_string("pre_model_path"), "pre_model_path"};
}

/// The files of each stage: the last one writes the run's model, each begins with what the one before wrote.
std::vector<StageFiles> files_of(const std::vector<Stage>& stages, const RunFolder& folder, bool fresh) {
  const auto [start, key] = start_of(stages.front());
  const StageFiles last{start, key, folder.checkpoint_file(), folder.model_file(), fresh};
  if (stages.size() == 1) return {last};
  return {{start, key, folder.stage_checkpoint_file(), folder.pretrained_file(), fresh},
          {folder.pretrained_file(), "", last.checkpoint, last.model, fresh}};
}

struct StageCheckpoint {
  fs::path file;
  const Stage* stage;
};

/// The checkpoints that a run's folder holds, of the stage that is done too, or that an edited configuration passes
/// over.
std::vector<StageCheckpoint> checkpoints_in(const RunFolder& folder, const std::vector<Stage>& stages) {
  std::vector<StageCheckpoint> all = {{folder.stage_checkpoint_file(), &stages.front()},
                                      {folder.checkpoint_file(), &stages.back()}};
  std::erase_if(all, [](const StageCheckpoint& checkpoint) { return !file_exists(checkpoint.file); });
  return all;
}

/// Where the data lie may change: what is not there any more isn't the dataset's fault.
void check_data_path(const data::Config& config) {
  const fs::path data = fs::path(config.get_string("data_path")) / config.get_string("dataset");
  require<IoError>(file_exists(data), "data_path (", config.source("data_path"), "): there is no ", data.string(),
                   "; --data-path says where the data are now");
}

bool changes_epochs(const RunConfig& run) { return run.kept.at("epochs") != run.config.at("epochs"); }

/// What the first process has, of several.
std::string tell(const TrainRequest& request, std::string text) {
  return request.processes ? Team(request.processes, 1).tell(std::move(text)) : text;
}

/// A folder loses its old content, or a run its result, once everything was found to be in order.
RunResult run(const RunFolder& folder, const RunConfig& of, const TrainRequest& request, Observer& observer) {
  const bool fresh = request.resume.empty();
  const data::Config& config = of.config;
  const std::string& model = config.get_string("model");
  const std::vector<Stage> stages = stages_of(config, models::model_info(model).stages),
                           kept = stages_of(of.kept, models::model_info(model).stages);
  const std::vector<StageFiles> files = files_of(stages, folder, fresh);
  if (request.processes) {
    tell(request, to_store(config).dump());
    check_same_config(*request.processes, config);
  }
  const std::vector<StageCheckpoint> checkpoints =
      fresh ? std::vector<StageCheckpoint>{} : checkpoints_in(folder, kept);
  for (const auto& [file, stage] : checkpoints) check_checkpoint(file, stage->config);
  if (!fresh) check_data_path(config);
  observer.on_work({"reading the data"});
  const Stopwatch watch;
  const BatchNeeds needs = batch_needs(model, stages.front().config);
  const std::shared_ptr<const RunData> read = request.shared_data
                                                  ? request.shared_data->get(config, needs)
                                                  : std::make_shared<const RunData>(read_data(config, needs));
  const data::Dataset& dataset = read->dataset;
  const std::vector<std::string>& titles = read->titles;
  const double read_seconds = watch.seconds();
  open_device(request.device, observer);
  const kernels::ProductPrecisionScope precision(product_precision(config));

  observer.on_work({"making the model"});
  if (request.processes) check_same_data(*request.processes, RunBinding(dataset, stages.front().config, titles));
  const bool first_is_done = stages.size() > 1 && !fresh && file_exists(files.front().model);
  std::size_t i = first_is_done ? 1 : 0;
  for (std::size_t later = i + 1; later < stages.size(); ++later) StageRun::check(stages[later], dataset);
  for (const auto& [file, stage] : checkpoints)
    if (file != files[i].checkpoint)
      for (const std::string& notice : check_checkpoint(file, RunBinding(dataset, stage->config, titles)))
        observer.on_notice(notice);
  tell(request, concat(i));
  if (request.processes) wait_for_others(*request.processes);  // each has made its model
  if (changes_epochs(of) && file_exists(folder.checkpoint_file()))
    StageRun(kept.back(), dataset, titles, request.device, files.back())
        .change_epochs(folder, config, stages.back(), observer);
  else if (changes_epochs(of))  // what is there, if anything, is pre-training's, which has a number of its own
    write_text(folder.config_file(), to_store(config).dump(2) + "\n");
  std::optional<StageRun> stage(std::in_place, stages[i], dataset, titles, request.device, files[i], request.processes);

  stage->check_room(folder);
  if (fresh)
    folder.begin(to_store(config), data::describe(dataset), files[i].checkpoint,
                 [&](const fs::path& path) { stage->save_first(path); });
  if (!file_exists(folder.data_file())) write_text(folder.data_file(), data::describe(dataset).dump(2) + "\n");
  if (changes_epochs(of))
    observer.on_notice(concat("epochs: ", config.get_int("epochs"), " from now on, were ", of.kept.get_int("epochs")));
  for (const auto& notices : {config.notices(), dataset.report.lines()})
    for (const std::string& notice : notices) observer.on_notice(notice);
  if (const std::string growth = growth_notice(config, dataset.n_items() - 1); !growth.empty())
    observer.on_notice(growth);
  if (stages.size() == 1 && stages[0].pretraining && config.source("epochs") == "--epochs")
    observer.on_notice("--epochs is fine-tuning's number; pre-training has pretrain_epochs");

  RunResult result = stage->run(folder, request.stop, observer);
  while (result.finished && ++i < stages.size()) {
    stage.emplace(stages[i], dataset, titles, request.device, files[i], request.processes);
    result = stage->run(folder, request.stop, observer);
  }
  if (!result.finished) return result;
  result.config = to_store(config);
  result.read_seconds = read_seconds;
  result.reports = stored_reports(folder);
  result.peak_rss_bytes = peak_rss_bytes();
  write_text(folder.result_file(), to_json(result).dump(2) + "\n");
  observer.on_result(result);
  return result;
}

RunFolder new_folder(const TrainRequest& request, const data::Config& config) {
  if (!request.out.empty()) return RunFolder::create(request.out, request.overwrite);
  const fs::path usual = fs::path("saved") / concat(config.get_string("model"), "-", config.get_string("dataset"));
  return request.overwrite ? RunFolder::create(usual, true) : RunFolder::create_beside(usual);
}

/// What the other processes do of a run.
RunResult follow(const TrainRequest& request) {
  RunResult result;
  dist::Processes& processes = *request.processes;
  check_same_program(processes);
  const std::string stored = tell(request, "");  // the configuration of the run
  result.finished = stored.empty();              // there is nothing to do
  if (result.finished) return result;
  std::optional<data::Config> config;
  if (request.resume.empty()) {
    config = new_config(request);
  } else {
    data::ConfigInput input;
    input.stored = Json::parse(stored);
    input.stored_in = concat("process 0 on ", processes.host(0));
    for (const auto& option : request.config.options)
      if (option.key == "data_path") input.options.push_back(option);
    take_keys(input, input.stored->at("model").as_string());
    config.emplace(input);
  }
  check_same_config(processes, *config);
  const std::vector<Stage> stages = stages_of(*config, models::model_info(config->get_string("model")).stages);
  const RunData data = read_data(*config, batch_needs(config->get_string("model"), stages.front().config));
  Observer nobody;
  open_device(request.device, nobody);
  const kernels::ProductPrecisionScope precision(product_precision(*config));
  check_same_data(processes, RunBinding(data.dataset, stages.front().config, data.titles));
  auto i = static_cast<std::size_t>(std::stoul(tell(request, "")));
  std::optional<StageRun> stage(std::in_place, stages[i], data.dataset, data.titles, request.device, StageFiles{},
                                &processes);
  wait_for_others(processes);
  result.finished = stage->follow();
  while (result.finished && ++i < stages.size()) {
    stage.emplace(stages[i], data.dataset, data.titles, request.device, StageFiles{}, &processes);
    result.finished = stage->follow();
  }
  return result;
}

}  // namespace

RunResult train(const TrainRequest& request, Observer& observer) {
  if (request.processes && request.processes->rank() > 0) return follow(request);
  if (request.processes) check_same_program(*request.processes);
  const bool fresh = request.resume.empty();
  require<UsageError>(fresh || (request.out.empty() && !request.overwrite),
                      "--resume goes on in its own folder: --out and --overwrite don't go with it");
  require<UsageError>(fresh || request.init.empty(),
                      "--resume goes on with its own parameters: --init doesn't go with it");
  std::optional<data::Config> begun;
  if (fresh) begun = new_config(request);
  // Before anything is read or made; run() sets it up, once there is an observer to tell.
  if (fresh && request.device != kCpu) kernels::cuda::open(request.device);
  const RunFolder folder = fresh ? new_folder(request, *begun) : RunFolder::open(request.resume);
  const RunConfig config = fresh ? RunConfig{*begun, *begun} : stored_config(request, folder);
  Recorder recorder(folder, config.config.get_bool("log_tensorboard"), observer);
  if (fresh) {
    try {
      return run(folder, config, request, recorder);
    } catch (...) {
      folder.abandon();
      throw;
    }
  }
  const bool finished = file_exists(folder.result_file());
  if (finished && !changes_epochs(config)) {
    tell(request, "");
    RunResult result = stored_result(folder);
    result.reports = stored_reports(folder);
    recorder.on_result(result);
    return result;
  }
  if (finished) folder.check_writable();
  require<IoError>(!finished || file_exists(folder.checkpoint_file()), folder.checkpoint_file().string(),
                   " is not there: without it a finished run can't have another number of epochs");
  return run(folder, config, request, recorder);
}

}  // namespace seqrec::train

#include "train/run.h"

#include "core/error.h"
#include "models/histories_file.h"
#include "models/list.h"
#include "train/device.h"
#include "train/item_attributes.h"
#include "train/run_folder.h"
#include "train/stages.h"
#include "train/trainer.h"
#include "train/warm_start.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

/// Writes what happens to the run folder, then tells the next one.
class Recorder : public Observer {
 public:
  Recorder(const RunFolder& folder, Observer& next) : folder_(folder), next_(next) {}

  void on_notice(const std::string& line) override {
    folder_.log(line);
    next_.on_notice(line);
  }
  void on_start(const RunInfo& info) override {
    folder_.log(concat(info.model, " on ", info.dataset, ": ", info.n_users - 1, " users, ", info.n_items - 1,
                       " items, ", info.train_rows, " + ", info.valid_rows, " + ", info.test_rows,
                       " rows (train, valid, test), ", info.parameters, " parameters"));
    if (info.first_epoch > 1) folder_.log(concat("resumed at epoch ", info.first_epoch));
    next_.on_start(info);
  }
  void on_step(const Progress& progress) override { next_.on_step(progress); }
  void on_epoch(const EpochReport& report) override {
    folder_.add_event(to_json(report));
    folder_.log(concat("epoch ", report.epoch, ": loss ", report.loss, ", ", report.train_seconds, " s",
                       report.valid.empty() ? "" : "; valid: ", to_text(report.valid)));
    next_.on_epoch(report);
  }
  void on_result(const RunResult& result) override {
    folder_.add_event(to_json(result));
    folder_.log(concat("best epoch ", result.best_epoch, "; test: ", to_text(result.test)));
    next_.on_result(result);
  }

 private:
  const RunFolder& folder_;
  Observer& next_;
};

data::Config new_config(const TrainRequest& request) {
  data::ConfigInput input = request.config;
  require<UsageError>(!request.model.empty(), "no model is given (--model SHAN)");
  input.model_keys = models::model_info(request.model).config_keys();
  input.options.push_back({"model", request.model, "--model"});
  if (!request.init.empty()) input.options.push_back({"init_model", request.init.string(), "--init"});
  return data::Config(input);
}

/// The effective configuration, with a data_path that holds from any working folder.
Json to_store(const data::Config& config) {
  Json out = config.effective();
  const auto make_absolute = [&](const char* key) {
    if (config.contains(key) && !config.get_string(key).empty())
      out[key] = fs::absolute(config.get_string(key)).lexically_normal().string();
  };
  make_absolute("data_path");
  make_absolute("init_model");
  make_absolute("pre_model_path");
  return out;
}

/// The configuration of the run in the folder; what the request says beside it must agree.
data::Config stored_config(const TrainRequest& request, const RunFolder& folder) {
  Json stored;
  try {
    stored = Json::parse(read_text(folder.config_file()));
    stored.at("model").as_string();
  } catch (const FormatError& error) {
    throw FormatError(concat(folder.config_file().string(), ": ", error.what()));
  }
  data::ConfigInput input = request.config;
  input.model_keys = models::model_info(stored.at("model").as_string()).config_keys();
  input.stored = stored;
  if (!request.model.empty()) input.options.push_back({"model", request.model, "--model"});
  data::Config config(input);
  const Json given = to_store(config);
  for (const auto& [key, value] : stored.as_object())
    if (key != "data_path" && config.is_explicit(key) && given.at(key) != value)
      throw ConfigError(concat(key, " (", config.source(key), "): got ", config.at(key).dump(), ", but the run in ",
                               folder.path().string(), " has ", value.dump()));
  return config;
}

RunResult stored_result(const RunFolder& folder) {
  try {
    const Json json = Json::parse(read_text(folder.result_file()));
    return {true,
            json.at("best_epoch").as_int(),
            metric_values(json.at("valid")),
            metric_values(json.at("test")),
            folder.model_file().string(),
            json.at("peak_rss_bytes").as_int()};
  } catch (const FormatError& error) {
    throw FormatError(concat(folder.result_file().string(), ": ", error.what()));
  }
}

/// The model file that a stage's parameters come from.
struct Start {
  fs::path file;         ///< empty: fresh ones
  std::string key = {};  ///< that names the file; empty: the stage before wrote it
};

/// Where a stage of a run reads and writes.
struct StageFiles {
  Start start;
  fs::path checkpoint, model;
  bool fresh = false;  ///< a checkpoint that is there yet is an older run's
};

/// One stage, ready to train once it is made.
class StageRun {
 public:
  StageRun(const Stage& stage, const data::Dataset& dataset, const std::vector<std::string>& titles, Device device,
           StageFiles files)
      : stage_(stage),
        dataset_(dataset),
        titles_(titles),
        device_(device),
        files_(std::move(files)),
        spec_(model_spec(stage.config.get_string("model"), dataset, stage.config)),
        model_(begin()),
        trainer_(*model_, dataset, stage.config, batch_needs(spec_.model, stage.config), stage.name),
        tester_(dataset, data::Split::Test, stage.config) {}

  RunResult run(const RunFolder& folder, const std::atomic<bool>* stop, Observer& observer) {
    if (fs::exists(files_.checkpoint)) {
      trainer_.load(files_.checkpoint);
    } else {
      if (!stage_.pretraining && !stage_.name.empty() && files_.start.file.empty())
        observer.on_notice("pre_model_path is not given: fine-tuning begins with fresh parameters");
      for (const std::string& notice : start_notices_) observer.on_notice(notice);
      if (!start_notices_.empty()) save(folder);  // the files that it began with are not needed any more
    }
    set_events(folder);
    observer.on_start(run_info(folder));
    RunResult result;
    try {
      if (!trainer_.fit(observer, stop, [&] { save(folder); })) {
        observer.on_notice(concat("stopped in epoch ", trainer_.state().epoch + 1, ", step ", trainer_.state().step,
                                  "; go on with --resume ", folder.path().string()));
        return result;
      }
    } catch (const Error& error) {
      folder.log(concat("error: ", error.what()));
      throw;
    }
    trainer_.use_best();
    result.finished = true;
    result.best_epoch = trainer_.state().best_epoch;
    result.valid = trainer_.best_valid();
    if (!stage_.pretraining && tester_.rows() > 0)
      result.test = rounded(tester_.evaluate(*model_), stage_.config.get_int("metric_decimal_place"));
    result.model_file = files_.model.string();
    save_model(files_.model);
    return result;
  }

 private:
  /// Fresh parameters, then pre-trained vectors, then what another model file knows.
  std::unique_ptr<models::SequentialRecommender> begin() {
    const auto seed = static_cast<std::uint64_t>(stage_.config.get_int("seed"));
    auto model = models::make_model(spec_, DType::F32, seed, device_);
    if (!files_.fresh && fs::exists(files_.checkpoint)) return model;
    const auto& [file, key] = files_.start;
    const models::ModelFile to = model_file(spec_, dataset_, stage_.config, {});
    const std::string but = file.empty() ? "" : concat(", but for those that ", file.string(), " knows");
    if (file.empty() || !key.empty())
      for (const auto& vectors : data::preload_weight(stage_.config, dataset_.users, dataset_.items))
        start_notices_.push_back(preload(vectors, to, *model) + but);
    if (file.empty()) return model;
    const std::string line =
        warm_start(models::load_model(file), to, *model, concat(key, key.empty() ? "" : ": ", file.string()));
    if (!key.empty()) start_notices_.push_back(line);
    return model;
  }
  void save_model(const fs::path& path) const {
    models::save_model_file(path, model_file(spec_, dataset_, stage_.config, titles_), *model_);
  }
  void save(const RunFolder& folder) const {
    trainer_.save(files_.checkpoint);
    const std::int64_t epoch = trainer_.state().epoch;
    if (!stage_.pretraining || trainer_.state().step > 0 || epoch == 0) return;
    const std::int64_t step = stage_.config.get_int("save_step");
    if (step > 0 && epoch % step == 0) save_model(folder.pretrained_file(epoch));
  }
  /// The epochs that this stage has done, behind those of the stages before.
  void set_events(const RunFolder& folder) const {
    std::vector<Json> events;
    const std::vector<EpochReport>& epochs = trainer_.state().epochs;
    for (const Json& event : folder.events()) {
      const Json* stage = event.find("stage");
      if (stage && *stage != Json(stage_.name)) events.push_back(event);
    }
    for (const EpochReport& report : epochs) events.push_back(to_json(report));
    folder.set_events(events);
  }
  RunInfo run_info(const RunFolder& folder) const {
    RunInfo info;
    info.model = spec_.model;
    if (!stage_.name.empty()) info.model += concat(" (", stage_.name, ")");
    info.dataset = dataset_.name;
    info.folder = folder.path().string();
    info.n_users = spec_.n_users;
    info.n_items = spec_.n_items;
    info.train_rows = trainer_.rows();
    info.valid_rows = static_cast<std::int64_t>(dataset_.valid.size());
    info.test_rows = static_cast<std::int64_t>(dataset_.test.size());
    for (const auto& [name, parameter] : model_->parameters()) info.parameters += parameter.value().numel();
    info.first_epoch = trainer_.state().epoch + 1;
    info.epochs = stage_.config.get_int("epochs");
    return info;
  }

  const Stage& stage_;
  const data::Dataset& dataset_;
  const std::vector<std::string>& titles_;
  Device device_;
  StageFiles files_;
  models::ModelSpec spec_;
  std::vector<std::string> start_notices_;
  std::unique_ptr<models::SequentialRecommender> model_;
  Trainer trainer_;
  Evaluator tester_;
};

/// What a run's first stage begins with.
Start start_of(const data::Config& config, const Stage& stage) {
  const std::string& init = config.get_string("init_model");
  if (stage.name.empty() || config.get_string("pre_model_path").empty()) return {init, "init_model"};
  if (stage.pretraining)
    config.fail("pre_model_path", "none where the run pre-trains (train_stage: finetune begins with it)");
  require<ConfigError>(init.empty(), "init_model (", config.source("init_model"), ") and pre_model_path (",
                       config.source("pre_model_path"),
                       ") both say what fine-tuning begins with, expected one of them");
  return {config.get_string("pre_model_path"), "pre_model_path"};
}

/// A new run's folder loses its old content once everything was found to be in order.
RunResult run(const RunFolder& folder, const data::Config& config, const TrainRequest& request, Observer& observer) {
  const bool fresh = request.resume.empty();
  const std::string& model = config.get_string("model");
  const data::Dataset dataset = data::prepare(config, batch_needs(model, config));
  const std::vector<std::string> titles = data::item_titles(config, dataset.items);
  const std::vector<Stage> stages = stages_of(config, models::model_info(model).stages);
  const bool staged = stages.size() > 1;
  const auto files_of = [&](std::size_t i) {
    const Start start = i > 0 ? Start{folder.pretrained_file()} : start_of(config, stages[i]);
    return i + 1 < stages.size() ? StageFiles{start, folder.stage_checkpoint_file(), folder.pretrained_file()}
                                 : StageFiles{start, folder.checkpoint_file(), folder.model_file()};
  };
  open_device(request.device, config, observer);
  // What a later stage needs is found now, too, and not hours later.
  if (staged && fresh) StageRun(stages.back(), dataset, titles, request.device, {});
  std::size_t i = staged && !fresh && fs::exists(folder.pretrained_file()) ? 1 : 0;
  StageFiles files = files_of(i);
  files.fresh = fresh;
  auto current = std::make_unique<StageRun>(stages[i], dataset, titles, request.device, files);

  if (fresh) folder.begin(to_store(config));
  for (const std::string& notice : config.notices()) observer.on_notice(notice);
  for (const std::string& notice : dataset.notices) observer.on_notice(notice);
  if (!staged && stages[0].pretraining && config.source("epochs") == "--epochs")
    observer.on_notice("--epochs is fine-tuning's number; pre-training has pretrain_epochs");
  RunResult result = current->run(folder, request.stop, observer);
  while (result.finished && ++i < stages.size()) {
    current = std::make_unique<StageRun>(stages[i], dataset, titles, request.device, files_of(i));
    result = current->run(folder, request.stop, observer);
  }
  if (!result.finished) return result;
  save_histories(models::histories_path(folder.model_file()), dataset);
  result.peak_rss_bytes = peak_rss_bytes();
  write_text(folder.result_file(), to_json(result).dump(2) + "\n");
  observer.on_result(result);
  return result;
}

}  // namespace

RunResult train(const TrainRequest& request, Observer& observer) {
  const bool fresh = request.resume.empty();
  require<UsageError>(fresh || (request.out.empty() && !request.overwrite),
                      "--resume goes on in its own folder: --out and --overwrite don't go with it");
  require<UsageError>(fresh || request.init.empty(),
                      "--resume goes on with its own parameters: --init doesn't go with it");
  std::optional<data::Config> config;
  if (fresh) config = new_config(request);
  fs::path out = fresh ? request.out : request.resume;
  if (out.empty()) out = fs::path("saved") / concat(request.model, "-", config->get_string("dataset"));
  const RunFolder folder = fresh ? RunFolder::create(out, request.overwrite) : RunFolder::open(out);
  if (!fresh) config = stored_config(request, folder);
  if (!fresh && fs::exists(folder.result_file())) {
    const RunResult result = stored_result(folder);
    observer.on_result(result);
    return result;
  }
  Recorder recorder(folder, observer);
  return run(folder, *config, request, recorder);
}

Json hyper_parameters(const std::string& model, const data::Config& config) {
  Json values = Json::object();
  for (const Key& key : models::model_info(model).keys)
    if (!key.local) values[key.name] = config.at(key.name);
  return values;
}

BatchNeeds batch_needs(const std::string& model, const data::Config& config) {
  return models::model_info(model).needs(models::HyperParameters(hyper_parameters(model, config)));
}

models::ModelSpec model_spec(const std::string& model, const data::Dataset& dataset, const data::Config& config) {
  models::ModelSpec spec{model, dataset.n_users(), dataset.n_items(), hyper_parameters(model, config)};
  add_item_attributes(spec, dataset, config);
  if (models::model_info(model).features) {
    data::check_numerical_features(dataset, config);
    spec.user_features = data::model_features(dataset.user_features, config);
    spec.item_features = data::model_features(dataset.item_features, config);
  }
  return spec;
}

models::ModelFile model_file(const models::ModelSpec& spec, const data::Dataset& dataset, const data::Config& config,
                             std::vector<std::string> titles) {
  models::ModelFile file;
  file.spec = spec;
  file.users = dataset.users;
  file.items = dataset.items;
  file.config = config.portable();
  file.titles = std::move(titles);
  return file;
}

void save_histories(const fs::path& path, const data::Dataset& dataset) {
  // With benchmark_filename a user has several histories, of which the later ones repeat the former: the last one of
  // the longest.
  std::vector<std::int64_t> chosen(dataset.n_users(), -1);
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    std::int64_t& best = chosen[dataset.history_users[h]];
    if (best < 0 || dataset.history(h).size() >= dataset.history(best).size()) best = h;
  }
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> items;
  for (std::size_t user = 0; user < chosen.size(); ++user) {
    if (user > 0 && chosen[user] >= 0) {
      const auto history = dataset.history(chosen[user]);
      items.insert(items.end(), history.begin(), history.end());
    }
    offsets.push_back(static_cast<std::int64_t>(items.size()));
  }
  models::Histories(offsets, items, dataset.max_length).save(path, dataset.users, dataset.items);
}

}  // namespace seqrec::train

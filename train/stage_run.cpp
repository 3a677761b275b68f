#include "train/stage_run.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "core/device.h"
#include "core/error.h"
#include "models/histories_file.h"
#include "models/list.h"
#include "train/build.h"
#include "train/corrected.h"
#include "train/fit.h"
#include "train/stopwatch.h"
#include "train/stored_run.h"
#include "train/warm_start.h"

namespace seqrec::train {

namespace fs = std::filesystem;

void StageRun::check(const Stage& stage, const data::Dataset& dataset) {
  model_spec(stage.config.get_string("model"), dataset, stage.config);
  const BatchNeeds needs = batch_needs(stage.config.get_string("model"), stage.config);
  [[maybe_unused]] const data::TrainBatches batches(dataset, stage.config, needs);
  if (stage.config.get_int("eval_step") > 0 && !dataset.valid.empty()) valid_metric(stage.config);
  [[maybe_unused]] const Evaluator valid(dataset, data::Split::Valid, stage.config);
  [[maybe_unused]] const Evaluator test(dataset, data::Split::Test, stage.config);
}

StageRun::StageRun(const Stage& stage, const data::Dataset& dataset, const std::vector<std::string>& titles,
                   Device device, StageFiles files, dist::Processes* processes)
    : stage_(stage),
      dataset_(dataset),
      titles_(titles),
      device_(device),
      files_(std::move(files)),
      processes_(processes),
      spec_(model_spec(stage.config.get_string("model"), dataset, stage.config)),
      binding_(dataset, stage.config, titles),
      model_(begin()),
      trainer_(*model_, dataset, stage.config, batch_needs(spec_.model, stage.config), stage.name, processes),
      tester_(dataset, data::Split::Test, stage.config) {}

void StageRun::check_room(const RunFolder& folder) const {
  std::int64_t held = 0;
  for (const fs::path& file : {files_.checkpoint, files_.model})
    if (file_exists(file)) held += static_cast<std::int64_t>(fs::file_size(file));
  std::error_code unknown;
  const fs::space_info disk = fs::space(folder.path(), unknown);
  constexpr std::uintmax_t kUntold = static_cast<std::uintmax_t>(-1);
  if (unknown || disk.capacity == 0 || disk.available == kUntold) return;  // some file systems don't say
  const std::uintmax_t most = static_cast<std::uintmax_t>(std::numeric_limits<std::int64_t>::max() - held);
  check_disk(trainer_.room(), folder.path(), held, static_cast<std::int64_t>(std::min(disk.available, most)));
}

void StageRun::change_epochs(const RunFolder& folder, const data::Config& config, const Stage& to, Observer& observer) {
  for (const std::string& notice : trainer_.load(files_.checkpoint, binding_)) observer.on_notice(notice);
  trainer_.check_epochs(to.config);
  check_room(folder);
  folder.change(to_store(config), files_.checkpoint,
                [&](const fs::path& path) { trainer_.save(path, RunBinding(dataset_, to.config, titles_)); });
  if (trainer_.state().early.stopped)
    observer.on_notice(concat("early stopping (stopping_step ", to.config.get_int("stopping_step"),
                              ") ended this run after epoch ", trainer_.state().epoch, ", and ends it there again"));
}

RunResult StageRun::run(const RunFolder& folder, const std::atomic<bool>* stop, Observer& observer) {
  if (has_checkpoint()) {
    for (const std::string& notice : trainer_.load(files_.checkpoint, binding_)) observer.on_notice(notice);
  } else {
    if (!stage_.pretraining && !stage_.name.empty() && files_.start.empty())
      observer.on_notice("pre_model_path is not given: fine-tuning begins with fresh parameters");
    trainer_.add_seconds(fit_seconds_);
    for (const std::string& notice : start_notices_) observer.on_notice(notice);
    if (!start_notices_.empty() && !files_.fresh) save();  // an older seqrec had begun without a checkpoint
  }
  best_written_ = trainer_.state().best_epoch;
  // A checkpoint of other data was refused by now.
  save_histories(models::histories_path(folder.model_file()), dataset_);
  set_events(folder);
  observer.on_start(run_info(folder));
  try {
    return run_to_end(folder, stop, observer);
  } catch (const std::bad_alloc&) {
    folder.add_failure("out of memory");
    throw;
  } catch (const std::exception& error) {
    folder.add_failure(error.what());
    throw;
  }
}

bool StageRun::follow() {
  Observer nobody;
  if (!trainer_.fit(nobody, nullptr, [] {})) return false;
  trainer_.use_best();
  if (is_tested()) tester_.evaluate_rows(*model_, spec_.model, 0, nullptr, &trainer_.team());
  return true;
}

RunResult StageRun::run_to_end(const RunFolder& folder, const std::atomic<bool>* stop, Observer& observer) {
  RunResult result;
  result.decimal_places = stage_.config.get_int("metric_decimal_place");
  if (!trainer_.fit(
          observer, stop, [&] { save(); }, [&] { save_step_model(folder); })) {
    trainer_.finish_saving();
    const std::int64_t best = stage_.pretraining ? 0 : trainer_.state().best_epoch;
    observer.on_notice(concat("stopped in epoch ", trainer_.state().epoch + 1, ", step ", trainer_.state().step,
                              "; go on with --resume ", folder.path().string(),
                              best > 0 && file_exists(files_.model)
                                  ? concat("; ", files_.model.string(), " is the best so far, of epoch ", best)
                                  : ""));
    return result;
  }
  trainer_.use_best();
  result.finished = true;
  result.best_epoch = trainer_.state().best_epoch;
  result.epochs = trainer_.state().epoch;
  result.stopped_early = trainer_.state().early.stopped && result.epochs < stage_.config.get_int("epochs");
  result.valid = trainer_.best_valid();
  if (is_tested()) {
    const Stopwatch watch;
    const RowResults rows =
        tester_.evaluate_rows(*model_, spec_.model, 0, telling(observer, "test", tester_.rows()), &trainer_.team());
    rows.save(folder.rows_file());
    result.test = row_metrics(rows, rows.choice);
    result.corrected = corrected_metrics(rows, rows.choice);
    result.protocol = rows.protocol;
    result.baselines = test_baselines(dataset_, stage_.config, *model_, result.test, {.observer = &observer});
    result.test_seconds = watch.seconds();
  }
  result.model_file = files_.model.string();
  trainer_.finish_saving();
  folder.sync_lines();
  save_model(files_.model, model_->state());
  return result;
}

bool StageRun::is_tested() const { return !stage_.pretraining && tester_.rows() > 0; }

/// Whether process 0 tells this one the parameters.
bool StageRun::follows() const { return processes_ && processes_->rank() > 0; }

bool StageRun::has_checkpoint() const { return !files_.fresh && file_exists(files_.checkpoint); }

std::unique_ptr<models::SequentialRecommender> StageRun::begin() {
  if (models::model_info(spec_.model).fit) return begin_fit();
  const auto seed = static_cast<std::uint64_t>(stage_.config.get_int("seed"));
  auto model = models::make_model(spec_, DType::F32, seed, device_);
  if (device_ == kCpu) check_room_beside(*model);
  if (has_checkpoint() || follows()) return model;
  const fs::path& file = files_.start;
  const std::string& key = files_.start_key;
  const models::ModelFile to = model_file(spec_, dataset_, stage_.config, {});
  const std::string but = file.empty() ? "" : concat(", but for those that ", file.string(), " knows");
  if (file.empty() || !key.empty())
    for (const auto& vectors : data::preload_weight(stage_.config, dataset_.users, dataset_.items))
      start_notices_.push_back(preload(vectors, to, *model) + but);
  if (file.empty()) return model;
  const models::LoadedModel from = models::load_model(file);
  const std::string line = warm_start(from, to, *model, concat(key, key.empty() ? "" : ": ", file.string()));
  if (!from.file.has_checksums) start_notices_.push_back(no_checksums_notice(file.string()));
  if (!key.empty()) start_notices_.push_back(line);
  return model;
}

void StageRun::check_room_beside(const models::SequentialRecommender& model) const {
  const OptimizerOptions options = optimizer_options(stage_.config);
  const std::int64_t copies = 1 + make_optimizer({}, options).slots();
  std::int64_t here = 1;  // processes of this machine
  for (int rank = 0; processes_ && rank < processes_->size(); ++rank)
    here += rank != processes_->rank() && processes_->host(rank) == processes_->host(processes_->rank());
  std::optional<std::int64_t> free = free_memory();
  if (free) *free += here * static_cast<std::int64_t>(memory(kCpu).stats().cached);  // of models that there were before
  check_memory(here * copies * room_of(model.state(), {}).memory,
               concat("the best epoch's parameters and what ", options.learner, " keeps of each",
                      here > 1 ? concat(", in ", here, " processes on ", processes_->host(processes_->rank())) : ""),
               free);
}

std::unique_ptr<models::SequentialRecommender> StageRun::begin_fit() {
  if (const std::string notice = check_fit(spec_, stage_.config); !notice.empty()) start_notices_.push_back(notice);
  const Stopwatch watch;
  fit(spec_, dataset_);
  auto model = models::make_model(spec_, DType::F32, 0, device_);
  fit_seconds_ = watch.seconds();
  return model;
}

void StageRun::save_model(const fs::path& path, const NamedTensors& state) const {
  models::save_model_file(path, model_file(spec_, dataset_, stage_.config, titles_), state);
}

// A model of a save_step, and the best one so far, come before the checkpoint that is past them: after a kill in
// between they are written again.
void StageRun::save_step_model(const RunFolder& folder) const {
  const std::int64_t epoch = trainer_.state().epoch;
  const std::int64_t every = stage_.pretraining ? stage_.config.get_int("save_step") : 0;
  if (every > 0 && epoch % every == 0) save_model(folder.pretrained_file(epoch), model_->state());
}

void StageRun::save() {
  std::function<void(const NamedTensors&)> save_best;
  if (const std::int64_t best = trainer_.state().best_epoch; !stage_.pretraining && best > best_written_) {
    save_best = [this, best](const NamedTensors& parameters) {
      if (best <= best_written_) return;  // meanwhile
      save_model(files_.model, parameters);
      best_written_ = best;
    };
  }
  trainer_.save_aside(files_.checkpoint, binding_, std::move(save_best));
}

void StageRun::set_events(const RunFolder& folder) const {
  std::vector<Json> events;
  const std::vector<EpochReport>& epochs = trainer_.state().epochs;
  for (const Json& event : folder.events()) {
    const Json* stage = event.find("stage");
    if (stage && *stage != Json(stage_.name)) events.push_back(event);
  }
  for (const EpochReport& report : epochs) events.push_back(to_json(report));
  folder.set_events(events);
}

RunInfo StageRun::run_info(const RunFolder& folder) const {
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
  if (stage_.config.get_int("eval_step") > 0 && !dataset_.valid.empty())
    info.valid_metric = valid_metric(stage_.config).key;
  if (!model_->is_fitted()) info.room = text_of(trainer_.room());
  info.metrics = metric_choice(stage_.config, data::Split::Valid).keys();
  info.resumed = has_checkpoint();
  info.first_epoch = trainer_.state().epoch + 1;
  info.first_step = trainer_.state().step;
  info.epochs = stage_.config.get_int("epochs");
  return info;
}

}  // namespace seqrec::train

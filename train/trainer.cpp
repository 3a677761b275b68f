#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <ratio>
#include <system_error>
#include <tuple>
#include <utility>

#include "autograd/ops/elementwise.h"
#include "core/error.h"
#include "core/json.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"
#include "train/stopwatch.h"

namespace seqrec::train {
namespace {

constexpr const char* kMayHelp = "a smaller learning_rate or clip_grad_norm may help";

bool is_set(const std::atomic<bool>* stop) { return stop && stop->load(); }

/// A copy in memory that goes back to the system with it, as it is as large as what training keeps and seldom needed.
Tensor copied_aside(const Tensor& tensor) {
  const auto bytes = static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
  const std::shared_ptr<std::byte[]> memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
  Tensor copy = Tensor::wrap(memory.get(), tensor.shape(), tensor.dtype(), memory);
  kernels::copy(tensor, copy);
  return copy;
}

ValidMetric valid_metric_if_used(const data::Config& config, bool used) {
  return used ? valid_metric(config) : ValidMetric{"", true};
}

}  // namespace

Trainer::Trainer(models::SequentialRecommender& model, const data::Dataset& dataset, const data::Config& config,
                 const BatchNeeds& needs, std::string stage, dist::Processes* processes)
    : model_(model),
      dataset_(dataset),
      seed_(static_cast<std::uint64_t>(config.get_int("seed"))),
      stage_(std::move(stage)),
      checkpoint_interval_(config.checkpoint_interval()),
      waits_for_checkpoint_(config.get_bool("checkpoint_wait")),
      epochs_(model.is_fitted() ? 1 : config.get_int("epochs")),
      eval_step_(std::min(config.get_int("eval_step"), epochs_)),
      stopping_step_(config.get_int("stopping_step")),
      decimal_places_(config.get_int("metric_decimal_place")),
      round_before_compare_(config.get_bool("round_before_compare")),
      valid_metric_(valid_metric_if_used(config, eval_step_ > 0 && !dataset.valid.empty())),
      learning_rate_(config.get_double("learning_rate")),
      schedule_(schedule(config)),
      clip_norm_(clip_norm_options(config)),
      clip_value_(clip_value_limit(config)),
      parameters_(model.parameters()),
      optimizer_(make_optimizer(parameters_, optimizer_options(config))),
      batches_(dataset, config, needs),
      team_(processes, batches_.shards()),
      evaluator_(dataset, data::Split::Valid, config) {
  if (model.is_fitted() || !team_.leads()) return;  // nothing of it changes; the first process keeps it
  for (const auto& [name, tensor] : model.state()) best_.emplace_back(name, kernels::clone(tensor));
}

bool Trainer::fit(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint) {
  return fit(observer, stop, checkpoint, [] {});
}

bool Trainer::fit(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint,
                  const std::function<void()>& after_epoch) {
  const auto timed = [&] {
    if (team_.leads()) checkpoint();
    last_checkpoint_ = std::chrono::steady_clock::now();
  };
  share_state();
  is_stopping_ = false;
  bool finished = true;
  while (finished && !is_over()) {
    finished = train_epoch(observer, stop, timed);
    if (!finished) break;
    if (team_.leads()) {
      finish_epoch(observer);
      after_epoch();
    } else if (is_validation_due()) {
      evaluate(nullptr);
    }
    learn_of_epoch();
    if (is_over() || is_checkpoint_due(/*after_epoch=*/true)) timed();
  }
  is_stopping_ = !finished;
  if (!finished) timed();
  for (const std::string& line : team_.report(std::exchange(steps_made_, 0), std::exchange(seconds_made_, 0)))
    observer.on_notice(line);
  return finished;
}

/// The first process' become those of all.
void Trainer::tell(NamedTensors tensors) {
  for (auto& [name, tensor] : tensors) team_.tell(tensor);
}

/// The first process' parameters and state become those of all.
void Trainer::share_state() {
  if (!team_.is_shared()) return;
  state_ = train_state(Json::parse(team_.tell(to_json(state_).dump())));
  tell(model_.state());
  tell(optimizer_.state());
  learns_ = state_.total_steps > 0;
  told_to_stop_ = false;
}

/// Of several processes, what the first one was told before the last step.
bool Trainer::is_stopped(const std::atomic<bool>* stop) const {
  return team_.is_shared() ? told_to_stop_ : is_set(stop);
}

bool Trainer::is_checkpoint_due(bool after_epoch) const {
  if (!team_.leads()) return false;
  if (checkpoint_interval_.epochs > 0) return after_epoch && state_.epoch % checkpoint_interval_.epochs == 0;
  return std::chrono::steady_clock::now() - last_checkpoint_ >=
         std::chrono::duration<double, std::ratio<60>>(checkpoint_interval_.minutes);
}

bool Trainer::train_epoch(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint) {
  if (model_.is_fitted()) return true;
  const Stopwatch watch;
  const double seconds_before = state_.train_seconds;
  const std::int64_t steps_before = state_.step;
  const data::TrainBatches::Epoch epoch = batches_.epoch(state_.epoch);
  optimizer_.set_learning_rate(schedule_.rate(learning_rate_, state_.epoch));
  model_.train();
  Progress progress{.epoch = state_.epoch + 1, .epochs = epochs_, .steps = epoch.size()};

  // The next shard is prepared while this one trains.
  Place ahead{team_.first() < team_.end() ? state_.step : epoch.size(), team_.first()};
  const auto prepare = [&] {
    return std::async(std::launch::async, [this, &epoch, ahead, number = number_of(ahead), uses = uses_] {
      return prepared(epoch, ahead, number, uses);
    });
  };
  std::future<Batch> prepared_next;
  if (ahead.step < epoch.size()) prepared_next = prepare();
  const auto next = [&] {
    Batch batch = prepared_next.get();
    if (++ahead.shard == team_.end()) ahead = {ahead.step + 1, team_.first()};
    if (ahead.step < epoch.size()) prepared_next = prepare();
    return batch;
  };
  while (state_.step < epoch.size() && !is_stopped(stop)) {
    train_step(epoch, next, stop);
    ++state_.step;
    ++state_.total_steps;
    progress.step = state_.step;
    progress.rows += epoch.rows(state_.step - 1);
    progress.seconds = watch.seconds();
    progress.loss = state_.loss_sum / static_cast<double>(std::max<std::int64_t>(1, state_.step - losses_.size()));
    observer.on_step(progress);
    if (state_.step < epoch.size() && is_checkpoint_due(/*after_epoch=*/false)) {
      read_losses(nullptr);
      state_.train_seconds = seconds_before + watch.seconds();
      checkpoint();
    }
  }
  read_losses(nullptr);
  optimizer_.make_up();  // the epoch's work, and time
  steps_made_ += state_.step - steps_before;
  seconds_made_ += watch.seconds();
  require<UsageError>(learns_ || epoch.size() == 0 || is_stopped(stop),
                      "the loss depends on no parameter of the model: there is nothing to train");
  state_.train_seconds = seconds_before + watch.seconds();
  return !is_stopped(stop);
}

/// Of all shards of the run, from its first step on. `place` is one of the epoch that runs.
std::uint64_t Trainer::number_of(Place place) const {
  const std::int64_t step = state_.total_steps + place.step - state_.step;
  return static_cast<std::uint64_t>(step * batches_.shards() + place.shard);
}

/// In a thread of its own: nothing that training changes is looked at.
Batch Trainer::prepared(const data::TrainBatches::Epoch& epoch, Place place, std::uint64_t number,
                        const MetadataUses& uses) const {
  if (epoch.rows(place.step, place.shard) == 0) return {};
  Batch batch = epoch.batch(place.step, place.shard);
  model_.prepare(batch, {seed_, number});
  uses.make(batch.metadata, parameters_.empty() ? kCpu : parameters_[0].second.device());
  return batch;
}

/// The loss of a shard with so much of its batch's rows, each of its parts differentiated before the next one is
/// computed.
Tensor Trainer::add_gradients(const Batch& batch, double share) {
  const double weight = model_.is_loss_sum() ? 1 : share;
  Tensor total;
  bool shared = true;  // it is the first part's
  for (const auto& part : model_.loss_parts(batch)) {
    const autograd::Variable loss = weight == 1 ? part() : weight * part();
    if (!total.defined()) {
      total = loss.value();
    } else {
      if (std::exchange(shared, false)) total = kernels::clone(total);
      kernels::add_scaled(1.0, loss.value(), total);
    }
    if (loss.requires_grad()) autograd::backward(loss);
  }
  return total;
}

/// A shard's, of the rows of the running step.
double Trainer::share(const Batch& shard, const data::TrainBatches::Epoch& epoch) const {
  return static_cast<double>(shard.rows()) / static_cast<double>(epoch.rows(state_.step));
}

/// What a shard adds to the running step.
ShardSum Trainer::train_shard(const Batch& batch, std::int64_t shard, double share, ShardBuffers* buffers) {
  ShardSum sum;
  if (batch.rows() == 0) return sum;
  model_.begin_step(seed_, number_of({state_.step, shard}));
  Tensor loss = add_gradients(batch, share);
  for (auto& [name, parameter] : parameters_) sum.parts.push_back(parameter.take_grad());
  if (buffers) buffers->take(share, sum);
  sum.parts.emplace_back().add(std::move(loss));
  for (const Metadata& used : batch.metadata) uses_.learn(used);
  return sum;
}

/// `next` makes the step's shards that are this process', in order.
void Trainer::train_step(const data::TrainBatches::Epoch& epoch, const std::function<Batch()>& next,
                         const std::atomic<bool>* stop) {
  std::optional<ShardBuffers> buffers;
  if (batches_.shards() > 1 || team_.is_shared()) buffers.emplace(model_.buffers());
  const Device device = parameters_.empty() ? kCpu : parameters_[0].second.device();
  ShardSum sum = team_.sum(
      [&](std::int64_t shard) {
        const Batch batch = next();
        return train_shard(batch, shard, share(batch, epoch), buffers ? &*buffers : nullptr);
      },
      device, stop, told_to_stop_);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    learns_ = learns_ || sum.parts[i].defined();
    parameters_[i].second.set_grad(std::move(sum.parts[i]));
  }
  losses_.add(sum.loss());
  if (losses_.full()) read_losses(&epoch);
  if (buffers) buffers->write(sum, parameters_.size());
  if (clip_norm_.max_norm > 0) optim::clip_norm(parameters_, clip_norm_);
  if (clip_value_ > 0) optim::clip_value(parameters_, clip_value_);
  optimizer_.step();
  optimizer_.clear_grad();
}

/// `running`: the epoch of the running step, whose loss is the last one; null between two steps.
void Trainer::read_losses(const data::TrainBatches::Epoch* running) {
  const std::vector<double> losses = losses_.take();
  const std::int64_t first = state_.step - std::ssize(losses) + (running ? 2 : 1);  // from 1
  for (std::size_t i = 0; i < losses.size(); ++i) {
    state_.loss_sum += losses[i];
    if (std::isfinite(losses[i])) continue;
    const std::string where = concat("loss is ", std::isnan(losses[i]) ? "NaN" : "infinite", " at epoch ",
                                     state_.epoch + 1, ", step ", first + static_cast<std::int64_t>(i));
    if (running && i + 1 == losses.size()) explain(where, *running);
    throw NumericError(where + ": " + kMayHelp + "; --device cpu names the operation");
  }
}

// The step is run again with every operation checked: its random numbers are addressed by the step, so it repeats.
void Trainer::explain(const std::string& step, const data::TrainBatches::Epoch& epoch) {
  std::vector<std::pair<std::int64_t, Batch>> shards;
  for (std::int64_t shard = 0; shard < batches_.shards(); ++shard)
    if (epoch.rows(state_.step, shard) > 0)
      shards.emplace_back(shard, prepared(epoch, {state_.step, shard}, number_of({state_.step, shard}), uses_));
  const Batch& first = shards.front().second;
  const std::string where =
      concat(step, " (", epoch.rows(state_.step), " rows, the first of user '", dataset_.users.token(first.users[0]),
             "' before item '", dataset_.items.token(first.targets[0]), "'): ");
  for (const auto& [name, tensor] : model_.state())
    require<NumericError>(kernels::all_finite(tensor), where, name, " is not finite since the step before; ", kMayHelp);
  try {
    const autograd::AnomalyMode anomaly;
    for (const auto& [shard, batch] : shards) {
      model_.begin_step(seed_, number_of({state_.step, shard}));
      add_gradients(batch, share(batch, epoch));
    }
  } catch (const NumericError& error) {
    throw NumericError(where + error.what());
  }
  throw NumericError(where + "no single operation made it");
}

void Trainer::finish_epoch(Observer& observer) {
  EpochReport report;
  report.epoch = state_.epoch + 1;
  report.stage = stage_;
  report.decimal_places = decimal_places_;
  report.fit = model_.is_fitted();
  report.train_seconds = state_.train_seconds;
  report.loss = state_.step == 0 ? 0 : state_.loss_sum / static_cast<double>(state_.step);
  if (is_validation_due()) validate(report, observer);
  if (valid_metric_.key.empty()) {
    state_.best_epoch = report.epoch;
    keep_as_best();
  }
  report.best = state_.best_epoch == report.epoch;
  state_.epochs.push_back(report);
  ++state_.epoch;
  state_.step = 0;
  state_.loss_sum = state_.train_seconds = 0;
  observer.on_epoch(report);
  if (state_.early.stopped)
    observer.on_notice(concat("early stopping: ", valid_metric_.key, " is no better than after epoch ",
                              state_.best_epoch, " in ", state_.early.cur_step,
                              state_.early.cur_step == 1 ? " validation" : " validations", ", more than stopping_step ",
                              stopping_step_));
}

/// In the other processes.
void Trainer::learn_of_epoch() {
  if (!team_.is_shared()) return;
  const std::string state = team_.tell(team_.leads() ? to_json(state_).dump() : "");
  if (!team_.leads()) state_ = train_state(Json::parse(state));
}

/// Of the epoch whose steps are done.
bool Trainer::is_validation_due() const { return !valid_metric_.key.empty() && (state_.epoch + 1) % eval_step_ == 0; }

/// The validation of the running epoch; its metrics in the first process alone.
MetricValues Trainer::evaluate(const RowsDone& done) {
  try {
    return evaluator_.evaluate(model_, state_.evaluations++, done, &team_);
  } catch (const NumericError& error) {
    throw NumericError(concat("validation after epoch ", state_.epoch + 1, ": ", error.what(), "; ", kMayHelp));
  }
}

void Trainer::validate(EpochReport& report, Observer& observer) {
  const Stopwatch watch;
  const MetricValues values = evaluate(telling(observer, "validation", evaluator_.rows()));
  report.valid = values;
  report.valid_seconds = watch.seconds();
  const double score = *find(round_before_compare_ ? rounded(values, decimal_places_) : values, valid_metric_.key);
  if (state_.early.update(score, valid_metric_.bigger, stopping_step_)) {
    state_.best_epoch = report.epoch;
    keep_as_best();
  }
}

void Trainer::keep_as_best() {
  wait_for_saving();
  const NamedTensors current = model_.state();
  for (std::size_t i = 0; i < best_.size(); ++i) kernels::copy(current[i].second, best_[i].second);
}

void Trainer::check_epochs(const data::Config& other) const {
  if (model_.is_fitted()) return;
  const std::int64_t epochs = other.get_int("epochs"), eval_step = std::min(other.get_int("eval_step"), epochs);
  if (epochs < state_.epoch) other.fail("epochs", concat("at least ", state_.epoch, ": as many epochs are done"));
  if (dataset_.valid.empty() || eval_step == eval_step_) return;
  const auto validations = [&](std::int64_t step) { return step > 0 ? state_.epoch / step : 0; };
  if (validations(eval_step) == 0 && validations(eval_step_) == 0) return;
  other.fail("epochs", concat("no other number than ", epochs_, ": with eval_step ", other.get_int("eval_step"),
                              " this run validates after every ", eval_step_, " epochs, one of ", epochs,
                              " epochs after every ", eval_step));
}

void Trainer::use_best() {
  if (model_.is_fitted() || stands_at_best()) return;
  saving_.wait();
  NamedTensors current = model_.state();
  for (std::size_t i = 0; i < best_.size(); ++i) kernels::copy(best_[i].second, current[i].second);
  tell(model_.state());
}

MetricValues Trainer::best_valid() const {
  return state_.early.best_score ? state_.epochs.at(static_cast<std::size_t>(state_.best_epoch - 1)).valid
                                 : MetricValues{};
}

NamedTensors Trainer::tensors() const {
  NamedTensors all;
  if (model_.is_fitted()) return all;  // it is fitted anew, to the same bits
  for (const auto& [name, tensor] : model_.state()) all.emplace_back("model." + name, tensor);
  for (const auto& [name, tensor] : best_) all.emplace_back("best." + name, tensor);
  for (const auto& [name, tensor] : optimizer_.state()) all.emplace_back("optimizer." + name, tensor);
  return all;
}

std::int64_t Trainer::bytes_to_copy() const {
  const bool on_device = !parameters_.empty() && parameters_[0].second.device() != kCpu;
  if (on_device) return bytes_of(tensors()) + bytes_of(best_);
  if (is_over()) return 0;
  return bytes_of(optimizer_.state()) + (stands_at_best() ? 0 : bytes_of(model_.state()));
}

/// Those of a checkpoint that stay as they are while it is written: the best epoch's, which the model's are equal to
/// after it, and copies of the others, unless training is over. What is on a device is copied by who writes it.
NamedTensors Trainer::lasting_tensors() const {
  NamedTensors all = tensors();
  for (std::size_t i = 0; i < all.size(); ++i) {
    Tensor& tensor = all[i].second;
    const bool of_model = i < best_.size(), of_best = !of_model && i < 2 * best_.size();
    if (of_best || tensor.device() != kCpu) continue;
    if (of_model && stands_at_best())
      tensor = best_[i].second;
    else if (!is_over())
      tensor = copied_aside(tensor);
  }
  return all;
}

RunShape Trainer::shape() const {
  RunShape run;
  run.epochs = epochs_;
  if (!model_.is_fitted()) std::tie(run.least_steps, run.most_steps) = batches_.epoch_sizes();
  run.steps = [this](std::int64_t epoch) { return model_.is_fitted() ? 0 : batches_.epoch(epoch).size(); };
  run.eval_step = valid_metric_.key.empty() ? 0 : eval_step_;
  run.valid_metric = valid_metric_;
  run.stopping_step = stopping_step_;
  run.metric_decimal_place = decimal_places_;
  run.stage = stage_;
  return run;
}

void Trainer::save(const std::filesystem::path& path, const RunBinding& binding) const {
  save_checkpoint(path, state_, tensors(), binding);
}

void Trainer::save_aside(const std::filesystem::path& path, const RunBinding& binding,
                         std::function<void(const NamedTensors& best)> before) {
  wait_for_saving();
  NamedTensors best = before ? this->best() : NamedTensors{};
  for (auto& [name, tensor] : best) tensor = kernels::to_device(tensor, kCpu);
  const bool waits = waits_for_checkpoint_ || saving_failed_ || is_stopping_;
  if (!waits && can_spare(bytes_to_copy(), free_memory())) try {
      return saving_.start([writer = checkpoint_of(state_, lasting_tensors(), binding), path, best, before] {
        if (before) before(best);
        writer.write(path);
      });
    } catch (const std::bad_alloc&) {     // there was less memory than the system told,
    } catch (const std::system_error&) {  // or no thread
    }
  if (before) before(best);
  save(path, binding);
  saving_failed_ = false;
}

/// What went wrong is made up for by the next checkpoint, or it fails likewise.
void Trainer::wait_for_saving() try { saving_.wait(); } catch (const std::exception&) {
  saving_failed_ = true;
}

std::vector<std::string> Trainer::load(const std::filesystem::path& path, const RunBinding& binding) {
  LoadedCheckpoint loaded = load_checkpoint(path, tensors(), binding, shape());
  state_ = std::move(loaded.state);
  learns_ = state_.total_steps > 0;
  return std::move(loaded.notices);
}

}  // namespace seqrec::train

#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>

#include "data/batches.h"
#include "models/model.h"
#include "train/background.h"
#include "train/checkpoint.h"
#include "train/evaluator.h"
#include "train/optimizer_config.h"
#include "train/room.h"
#include "train/shard_sum.h"
#include "train/step_losses.h"
#include "train/team.h"

namespace seqrec::train {

/// The training loop: epochs, validation, early stopping, the best model. The same configuration, data and seed give
/// the same bits, on any number of threads, interrupted or not.
///
/// A step takes the shards of a batch (data/batches.h) one after the other: the loss of each, weighed by its share of
/// the batch's rows unless it is a sum over rows anyway, is computed and differentiated as that of a batch of its own,
/// with random numbers of its own, from the parameters and buffers that the step begins with. Gradients, losses and
/// what buffers become are summed in a fixed tree (train/team.h), then the optimiser makes one step. With `shards:
/// 1`, or where one shard holds the whole batch, that is plain training. Several processes make the shards together, to
/// the same bits.
///
/// Early stopping is RecBole's: a validation that is at least as good as the best one (ties too) becomes the best;
/// after more than stopping_step validations in a row that are not, training stops. Metrics are compared as they are,
/// or rounded (round_before_compare, as under `compat: recbole`). Without validation rows, or with eval_step 0, the
/// last epoch is the best.
///
/// A model without parameters was fitted when it was made: its one epoch has no step.
class Trainer {
 public:
  /// Trains the model on batches with what it needs; `stage` is the name that its reports bear. Model and dataset must
  /// outlive it, and so must the processes that train together, each with a Trainer of the same; null: this one alone.
  /// ConfigError for options that don't fit together.
  Trainer(models::SequentialRecommender& model, const data::Dataset& dataset, const data::Config& config,
          const BatchNeeds& needs = {}, std::string stage = "", dist::Processes* processes = nullptr);

  /// Trains to the end (true), or until `stop` is set (false). `checkpoint` is called between two steps, where a
  /// checkpoint can stand: as often as checkpoint_interval says, and before it returns. Of several processes each calls
  /// it: the first one's parameters and state become those of all, all score the rows of a validation, and it alone
  /// makes metrics of them, tells its observer, is asked to stop, and calls `checkpoint` and `after_epoch`.
  /// NumericError when a loss is not finite: "loss is NaN at epoch 3, step 17 (...): [log] made a NaN ...". Where the
  /// losses of some steps are read together (StepLosses), only the last of them can be traced to its operation.
  bool fit(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint);
  /// The same; `after_epoch` is called after every epoch, before its checkpoint.
  bool fit(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint,
           const std::function<void()>& after_epoch);

  /// Writes all that fit() goes on from.
  void save(const std::filesystem::path& path, const RunBinding& binding) const;
  /// The same while training goes on, from copies of what it changes, where the system has the memory to spare for
  /// them (train/room.h), unless checkpoint_wait; otherwise before it returns. `before`, if it isn't null, is called
  /// first, in the same thread, with the best epoch's parameters and buffers, on the CPU. Where it or the writing fails
  /// while training goes on, the next call writes before it returns; of that one errors come from here, of the last one
  /// from use_best() or finish_saving().
  void save_aside(const std::filesystem::path& path, const RunBinding& binding,
                  std::function<void(const NamedTensors& best)> before);
  /// Waits until what save_aside() began is written.
  void finish_saving() { saving_.wait(); }
  /// What a run of the model surely takes.
  Room room() const { return room_of(model_.state(), tensors()); }
  /// Reads it; errors are load_checkpoint's. Returns lines for the user.
  std::vector<std::string> load(const std::filesystem::path& path, const RunBinding& binding);

  /// Whether training would stand where it does if `other`, which differs in epochs alone, had been its configuration.
  /// ConfigError if not: more epochs are done, or eval_step meant other epochs.
  void check_epochs(const data::Config& other) const;

  /// Gives the model the best epoch's parameters and buffers. Training can't go on from there. Of several processes
  /// each calls it, and gets the first one's.
  void use_best();
  /// These, by name; of a fitted model its own.
  NamedTensors best() const { return model_.is_fitted() ? model_.state() : best_; }
  const TrainState& state() const { return state_; }
  /// The processes that train it.
  Team& team() { return team_; }
  /// Counts seconds as spent on the epoch that begins: those of a fit.
  void add_seconds(double seconds) { state_.train_seconds += seconds; }
  /// Training rows of an epoch.
  std::int64_t rows() const { return batches_.rows(); }
  /// The validation of the best epoch; empty without.
  MetricValues best_valid() const;

 private:
  void share_state();
  void tell(NamedTensors tensors);
  bool is_stopped(const std::atomic<bool>* stop) const;
  bool train_epoch(Observer& observer, const std::atomic<bool>* stop, const std::function<void()>& checkpoint);
  bool is_checkpoint_due(bool after_epoch) const;
  /// A shard of an epoch's step.
  struct Place {
    std::int64_t step, shard;
  };
  std::uint64_t number_of(Place place) const;
  Batch prepared(const data::TrainBatches::Epoch& epoch, Place place, std::uint64_t number,
                 const MetadataUses& uses) const;
  Tensor add_gradients(const Batch& batch, double share);
  double share(const Batch& shard, const data::TrainBatches::Epoch& epoch) const;
  ShardSum train_shard(const Batch& batch, std::int64_t shard, double share, ShardBuffers* buffers);
  void train_step(const data::TrainBatches::Epoch& epoch, const std::function<Batch()>& next,
                  const std::atomic<bool>* stop);
  void read_losses(const data::TrainBatches::Epoch* running);
  [[noreturn]] void explain(const std::string& step, const data::TrainBatches::Epoch& epoch);
  void finish_epoch(Observer& observer);
  void learn_of_epoch();
  bool is_validation_due() const;
  void validate(EpochReport& report, Observer& observer);
  MetricValues evaluate(const RowsDone& done);
  void keep_as_best();
  NamedTensors tensors() const;
  bool is_over() const { return state_.epoch >= epochs_ || state_.early.stopped; }
  std::int64_t bytes_to_copy() const;
  void wait_for_saving();
  bool stands_at_best() const { return state_.step == 0 && state_.best_epoch == state_.epoch; }
  NamedTensors lasting_tensors() const;
  RunShape shape() const;

  models::SequentialRecommender& model_;
  const data::Dataset& dataset_;
  std::uint64_t seed_;
  std::string stage_;  // of a model that has stages
  data::CheckpointInterval checkpoint_interval_;
  bool waits_for_checkpoint_;
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
  std::int64_t epochs_, eval_step_, stopping_step_, decimal_places_;
  bool round_before_compare_;
  ValidMetric valid_metric_;
  double learning_rate_;
  optim::Schedule schedule_;
  optim::ClipNorm clip_norm_;
  double clip_value_;
  nn::Parameters parameters_;
  optim::Optimizer optimizer_;
  data::TrainBatches batches_;
  Team team_;
  bool told_to_stop_ = false;    // by the first process, of several
  std::int64_t steps_made_ = 0;  // by this fit
  double seconds_made_ = 0;      // in its epochs' steps
  Evaluator evaluator_;
  MetadataUses uses_;  // of the batches so far
  StepLosses losses_;  // of the steps before state_.step
  TrainState state_;
  NamedTensors best_;    // the best epoch's state of the model, in the first process
  bool learns_ = false;  // some loss had a gradient (one batch's may have none, of S3-Rec without a mask)
  bool is_stopping_ = false, saving_failed_ = false;
  Background saving_;  // reads best_, after the last epoch all that a checkpoint holds
};

}  // namespace seqrec::train

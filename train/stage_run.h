#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "train/evaluator.h"
#include "train/run_folder.h"
#include "train/stages.h"
#include "train/trainer.h"

namespace seqrec::train {

/// Where a stage of a run begins, reads and writes.
struct StageFiles {
  std::filesystem::path start;  ///< the model file that its parameters come from; empty: fresh ones
  std::string start_key = {};   ///< the key that names that file; empty: the stage before wrote it
  std::filesystem::path checkpoint, model;
  bool fresh = false;  ///< a checkpoint that is there yet is an older run's
};

/// A stage of a run, ready to train once it is made.
class StageRun {
 public:
  /// Finds what a later stage can't do while there is nothing lost yet: rows that it can't train on, metrics that don't
  /// go together. What all stages have in common, the first one finds when it is made.
  static void check(const Stage& stage, const data::Dataset& dataset);

  /// Makes the model, with the parameters that it begins with. Stage, dataset and titles (of the items) must outlive
  /// it. ConfigError for options that don't fit together, all that train/warm_start.h refuses.
  /// Of several processes (train/trainer.h) each makes one, those beside the first without files.
  StageRun(const Stage& stage, const data::Dataset& dataset, const std::vector<std::string>& titles, Device device,
           StageFiles files, dist::Processes* processes = nullptr);

  /// Writes the checkpoint that a new run begins with.
  void save_first(const std::filesystem::path& path) const { trainer_.save(path, binding_); }
  /// IoError if the run can't have the room on the disk that it takes.
  void check_room(const RunFolder& folder) const;
  /// Makes the run in the folder, which has this stage's checkpoint, one whose configuration is `config` and differs in
  /// epochs alone, so that `to` is this stage: it will go on from where it stands. ConfigError if such a run would not
  /// stand there.
  void change_epochs(const RunFolder& folder, const data::Config& config, const Stage& to, Observer& observer);
  /// Trains, from the checkpoint if there is one, tests the best model and writes it. `stop` as TrainRequest's.
  RunResult run(const RunFolder& folder, const std::atomic<bool>* stop, Observer& observer);
  /// Trains and tests along with the first process, which does the rest: whether it came to the end.
  bool follow();

 private:
  /// Fresh parameters, then pre-trained vectors, then what another model file knows.
  std::unique_ptr<models::SequentialRecommender> begin();
  /// MemoryError if training it can't have the memory that it takes.
  void check_room_beside(const models::SequentialRecommender& model) const;
  /// A model that is fitted and not trained; every time anew, to the same bits.
  std::unique_ptr<models::SequentialRecommender> begin_fit();
  RunResult run_to_end(const RunFolder& folder, const std::atomic<bool>* stop, Observer& observer);
  bool is_tested() const;
  bool follows() const;
  bool has_checkpoint() const;
  void save_model(const std::filesystem::path& path, const NamedTensors& state) const;
  void save();
  void save_step_model(const RunFolder& folder) const;
  /// The epochs that this stage has done, behind those of the stages before.
  void set_events(const RunFolder& folder) const;
  RunInfo run_info(const RunFolder& folder) const;

  const Stage& stage_;
  const data::Dataset& dataset_;
  const std::vector<std::string>& titles_;
  Device device_;
  StageFiles files_;
  dist::Processes* processes_;
  models::ModelSpec spec_;
  RunBinding binding_;
  std::vector<std::string> start_notices_;
  double fit_seconds_ = 0;
  std::unique_ptr<models::SequentialRecommender> model_;
  Trainer trainer_;
  std::atomic<std::int64_t> best_written_ = 0;  // the epoch whose model the model file holds; by who writes it
  Evaluator tester_;
};

}  // namespace seqrec::train

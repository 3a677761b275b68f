#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/device.h"
#include "data/config.h"
#include "tune/sampler.h"
#include "tune/study_file.h"

namespace seqrec::tune {

/// A study, as `seqrec tune` asks for it.
struct StudyRequest {
  std::string model;            ///< "SHAN"; empty: the key model of a file
  data::ConfigInput config;     ///< what all trials have in common; its `seed` is the study's and the trials' first
  std::filesystem::path space;  ///< the file of the keys that are tuned
  /// The study's folder; empty: saved/tune-MODEL-DATASET. One that holds a study goes on with it.
  std::filesystem::path out;
  SamplerKind sampler = SamplerKind::Tpe;
  std::optional<std::int64_t> trials;  ///< how many; of a grid all, if it isn't said
  std::int64_t seeds = 1;              ///< runs of each trial, with `seed`, seed + 1, ...
  std::optional<std::int64_t>
      min_epochs;                ///< successive halving begins with so many epochs, or a few more; none: no halving
  std::int64_t eta = 3;          ///< of halving: one of so many trials goes on
  std::int64_t lanes = 4;        ///< trials that are decided on without each other's results
  int jobs = 1;                  ///< runs that train at once; the study is the same for any number
  std::optional<double> budget;  ///< seconds after which no more is done
  Device device = kCpu;
  const std::atomic<bool>* stop = nullptr;  ///< set (by a signal handler, say): stops as the budget does
};

/// What a study is, known before the first trial.
struct StudyInfo {
  std::string model, dataset, folder, metric;  ///< "mrr@10"
  bool bigger = true;                          ///< a larger value of it is better
  std::int64_t decimal_places = 4;             ///< that it is shown with
  std::int64_t trials = 0, seeds = 1;
  std::vector<std::int64_t> rungs;  ///< epochs at which trials are compared; one: they aren't
  std::int64_t work = 0;            ///< epochs in all, of one seed; with several rungs about so many
  std::int64_t results = 0;         ///< that the study had already
};

/// What a study came to.
struct StudyOutcome {
  bool ended = false;  ///< false: it was interrupted, or its budget is spent
  bool budget_spent = false;
  StudyInfo info = {};
  StudyContent content = {};
  std::optional<TrialResult> best = {};
  std::string best_file = {};  ///< best.yaml; empty while there is no best trial
};

/// Is told what happens, one thread at a time. Every function may be left out.
class StudyObserver {
 public:
  virtual ~StudyObserver() = default;
  virtual void on_notice(const std::string& /*line*/) {}
  virtual void on_start(const StudyInfo& /*info*/) {}
  /// After every step of a run: how much of StudyInfo::work is done, and what the run is doing. Show it at times only.
  virtual void on_progress(std::int64_t /*done*/, const std::string& /*what*/) {}
  /// A trial with its settings came to something; `best`: it is the best one so far.
  virtual void on_result(const TrialResult& /*result*/, const Json& /*settings*/, bool /*best*/) {}
};

/// Searches the configuration whose valid_metric, in the mean over the seeds, is best. In the study's folder:
///
///     study.jsonl    the study, its trials and results (tune/study_file.h)
///     best.yaml      the best configuration so far, for --config
///     trials/0001    the run of a trial (train/run_folder.h); of several seeds trials/0001-seed2020, ...
///
/// Trials are trained by train::train in this process, from data that are read once. One that successive halving stops
/// waits at a checkpoint, and goes on from there to the bits of a run that was never stopped. A trial that fails by
/// itself (a loss that isn't finite, a configuration whose keys don't go together, no memory) counts as the worst.
///
/// Killed at any moment and called again with the same request it goes on, to the same trials and results: they depend
/// on space, configuration, data, sampler, seeds, halving and lanes. Another of these than the study's is a
/// ConfigError, naming both; more trials than before may be asked for. Errors: UsageError (folder, numbers that don't
/// fit together), ConfigError (space, configuration), and all of train::train's that are no trial's fault.
StudyOutcome tune(const StudyRequest& request, StudyObserver& observer);

/// How many of the threads can have a run of the study each all the time, the others can't: its `jobs`.
int jobs_for(const StudyRequest& request, int threads);

/// The settings of a study's trial as YAML for --config: what the base has beyond the defaults, then the trial's.
std::string best_yaml(const data::Config& base, const Json& settings, const std::string& comment);

}  // namespace seqrec::tune

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "train/baselines.h"
#include "train/metrics.h"

namespace seqrec::train {

/// What an epoch came to.
struct EpochReport {
  std::int64_t epoch = 0;  ///< from 1
  double train_seconds = 0;
  /// The mean of the batches' losses; RecBole logs their sum, which grows with the number of batches.
  double loss = 0;
  double valid_seconds = 0;
  MetricValues valid;      ///< empty when this epoch was not validated
  std::string stage = {};  ///< RecBole's train_stage, of a model that has stages
  bool fit = false;        ///< the one pass of a model that is fitted: there is no loss
  // For those who show it, and not in JSON:
  bool best = false;                ///< the best epoch so far
  std::int64_t decimal_places = 4;  ///< that metrics are shown with
};
/// {"event":"epoch","epoch":1,"stage":"pretrain","train_seconds":..,"loss":..,"valid_seconds":..,"valid":{"hit@10":..}};
/// the stage only if there are any, the last two only if the epoch was validated. Of a fit
/// {"event":"fit","epoch":1,"train_seconds":..,"valid_seconds":..,"valid":{..}}.
Json to_json(const EpochReport& report);
/// The inverse. FormatError if a member is missing.
EpochReport epoch_report(const Json& json);

/// What a training run came to.
struct RunResult {
  /// False if it was asked to stop before the end: a checkpoint stands in the run folder, the rest is empty.
  bool finished = false;
  std::int64_t best_epoch = 0;  ///< from 1; 0 is the model before training
  std::int64_t epochs = 0;      ///< that were trained; 0 in the result of an older seqrec, which didn't say
  bool stopped_early = false;   ///< by early stopping, before the last of them
  MetricValues valid;           ///< of the best epoch; empty without validation
  MetricValues test;            ///< of the best epoch's model; empty without test rows
  MetricValues corrected;       ///< estimates of what they are among all items (train/corrected.h); empty without
  Json protocol;                ///< under which they stand (train/protocol.h); null without test rows
  Baselines baselines;          ///< in the same test; empty without, and where metrics are of values
  Json config;                  ///< the run's whole configuration; null in the result of an older seqrec
  std::string model_file;
  double read_seconds = 0;          ///< that it took to prepare the data
  double test_seconds = 0;          ///< and to test the model and the baselines
  std::int64_t peak_rss_bytes = 0;  ///< of the process
  // For those who show it, and not in JSON:
  std::vector<EpochReport> reports;  ///< of all epochs, of every stage
  std::int64_t decimal_places = 4;   ///< that metrics are shown with
};
/// {"event":"result","best_epoch":..,"epochs":..,"stopped_early":..,"valid":{..},"test":{..},"test_corrected":{..},"protocol":{..},"baselines":{..},
/// "config":{..},"model_file":"..","read_seconds":..,"test_seconds":..,"peak_rss_bytes":..}; what is empty of
/// corrected, protocol, baselines and config isn't there.
Json to_json(const RunResult& result);

/// What there is to train on, known before the first step.
struct RunInfo {
  std::string model, dataset, folder;
  std::int64_t n_users = 0, n_items = 0;  ///< padding included
  std::int64_t train_rows = 0, valid_rows = 0, test_rows = 0;
  std::int64_t parameters = 0;       ///< trained numbers
  std::string room;                  ///< that training takes (train/room.h); empty of a model that is fitted
  std::vector<std::string> metrics;  ///< of a validation: "mrr@10"
  std::string valid_metric;          ///< that chooses the best epoch: "mrr@10"; empty without validation
  bool resumed = false;              ///< from a checkpoint
  std::int64_t first_epoch = 1;      ///< that is trained now
  std::int64_t first_step = 0;       ///< steps of it that are done
  std::int64_t epochs = 0;
};
/// "resumed at epoch 3, after 48 of its steps".
std::string resumed_text(const RunInfo& info);

/// How far an epoch is.
struct Progress {
  std::int64_t epoch = 0, epochs = 0;  ///< from 1
  std::int64_t step = 0, steps = 0;    ///< done, of
  std::int64_t rows = 0;               ///< trained on since the process began this epoch
  double seconds = 0;                  ///< since the process began this epoch
  double loss = 0;                     ///< mean of the batches' losses so far
};

/// Work that is no step of an epoch: "reading the data", "validation", "test".
struct Work {
  std::string name;
  std::int64_t done = 0, total = 0;  ///< rows; a total of 0: nobody counts
};

/// Is told what happens, in the thread that trains. Every function may be left out.
class Observer {
 public:
  virtual ~Observer() = default;
  /// A line to show: unknown tokens, keys without a meaning, ...
  virtual void on_notice(const std::string& /*line*/) {}
  virtual void on_start(const RunInfo& /*info*/) {}
  /// After every step: show it at times only.
  virtual void on_step(const Progress& /*progress*/) {}
  /// When it begins and after every part of it: show it at times only. It ends with whatever is told next.
  virtual void on_work(const Work& /*work*/) {}
  virtual void on_epoch(const EpochReport& /*report*/) {}
  virtual void on_result(const RunResult& /*result*/) {}
};

/// Told how many rows of work are done.
using RowsDone = std::function<void(std::int64_t rows)>;
/// What tells an observer of work on so many rows, now that it begins too.
RowsDone telling(Observer& observer, const std::string& work, std::int64_t rows);

/// The most memory that this process had at once, in bytes.
std::int64_t peak_rss_bytes();

}  // namespace seqrec::train

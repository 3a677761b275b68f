#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "train/baselines.h"
#include "train/metrics.h"

namespace seqrec::train {

/// What an epoch came to. Metrics are rounded to metric_decimal_place.
struct EpochReport {
  std::int64_t epoch = 0;  ///< from 1
  double train_seconds = 0;
  /// The mean of the batches' losses; RecBole logs their sum, which grows with the number of batches.
  double loss = 0;
  double valid_seconds = 0;
  MetricValues valid;      ///< empty when this epoch was not validated
  std::string stage = {};  ///< RecBole's train_stage, of a model that has stages
  bool fit = false;        ///< the one pass of a model that is fitted: there is no loss
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
  std::string model_file;
  std::int64_t peak_rss_bytes = 0;  ///< of the process
};
/// {"event":"result","best_epoch":..,"epochs":..,"stopped_early":..,"valid":{..},"test":{..},"test_corrected":{..},"protocol":{..},"baselines":{..},
/// "model_file":"..","peak_rss_bytes":..}; what is empty of corrected, protocol and baselines isn't there.
Json to_json(const RunResult& result);

/// What there is to train on, known before the first step.
struct RunInfo {
  std::string model, dataset, folder;
  std::int64_t n_users = 0, n_items = 0;  ///< padding included
  std::int64_t train_rows = 0, valid_rows = 0, test_rows = 0;
  std::int64_t parameters = 0;   ///< trained numbers
  std::int64_t first_epoch = 1;  ///< later than 1 when resumed
  std::int64_t epochs = 0;
};

/// How far an epoch is.
struct Progress {
  std::int64_t epoch = 0, epochs = 0;  ///< from 1
  std::int64_t step = 0, steps = 0;    ///< done, of
  std::int64_t rows = 0;               ///< trained on since the process began this epoch
  double seconds = 0;                  ///< since the process began this epoch
  double loss = 0;                     ///< mean of the batches' losses so far
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
  virtual void on_epoch(const EpochReport& /*report*/) {}
  virtual void on_result(const RunResult& /*result*/) {}
};

/// The most memory that this process had at once, in bytes.
std::int64_t peak_rss_bytes();

}  // namespace seqrec::train

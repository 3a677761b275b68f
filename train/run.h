#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include "data/config.h"
#include "data/dataset.h"
#include "models/model_file.h"
#include "train/events.h"
#include "train/row_results.h"
#include "train/shared_data.h"

namespace seqrec::dist {
class Processes;
}

namespace seqrec::train {

/// A training run, as `seqrec train` asks for it.
struct TrainRequest {
  std::string model;  ///< "SHAN"; may be left out when resuming
  /// Files, settings and options (dataset, data_path, seed, epochs, ...). Model, keys and what is stored are filled in.
  data::ConfigInput config;
  /// The new run's folder; empty: saved/MODEL-DATASET below the working folder, which `overwrite` replaces; without it
  /// saved/MODEL-DATASET-2, -3, .. where there is a run already.
  std::filesystem::path out;
  bool overwrite = false;
  /// The folder of a run to go on with; empty: a new run. Only one of `out` and `resume` may be given.
  std::filesystem::path resume;
  /// A model file whose parameters a new run begins with (train/warm_start.h): the key init_model. Empty: fresh ones.
  std::filesystem::path init;
  Device device = kCpu;  ///< what to compute on; a run may be resumed on another
  /// Set (by a signal handler, say) to stop after the running step, with a checkpoint.
  const std::atomic<bool>* stop = nullptr;
  /// Where the data come from that this run shares with others of the process; null: it reads its own.
  SharedData* shared_data = nullptr;
  /// Those that train it together (train/trainer.h), each with the same request; null: this one alone. The first one
  /// does all that is done with files of the run's folder, the observer and `stop`; the others only read data.
  dist::Processes* processes = nullptr;
};

/// Trains a model, keeps the best one, tests it and writes the run folder (train/run_folder.h). Killed at any moment
/// and resumed on the same device it makes the same model file, byte for byte.
///
/// Resuming takes the stored configuration; a setting that contradicts it is a ConfigError (only data_path may change,
/// and epochs). Other data than the run's are a DataError. A run without a checkpoint begins, a finished one reports
/// its result. With another number of epochs, at least as many as are done, a run that is finished or not goes on to
/// what a run of that number comes to, byte for byte; until its model is replaced the old one stays. Files don't depend
/// on how many processes made them, nor on how many a run is resumed. In the processes beside the first one the result
/// says whether the run is finished, and nothing else. Errors: UsageError
/// (folders), ConfigError, DataError, IoError, DeviceError, NumericError (loss is not finite).
RunResult train(const TrainRequest& request, Observer& observer);

/// An evaluation, as `seqrec evaluate` asks for it.
struct EvaluateRequest {
  std::filesystem::path model_file;
  /// The configuration in the model file stands below what is given here.
  data::ConfigInput config;
  Device device = kCpu;
  /// A folder to write rows.safetensors and result.json to, made if it isn't there; empty: nothing is written.
  /// UsageError for the folder of a training run.
  std::filesystem::path out = {};
  data::Split split = data::Split::Test;  ///< or Valid
  /// Changes the model before it is tested.
  std::function<void(models::LoadedModel&)> change = nullptr;
  /// Those that score the rows together, each with the same request; null: this one alone. The first one does all else;
  /// the result of the others is empty.
  dist::Processes* processes = nullptr;
};
struct EvaluateResult {
  data::Split split = data::Split::Test;              ///< that was tested
  MetricValues test;                                  ///< on it
  MetricValues corrected;                             ///< and
  Json protocol;                                      ///< as in RunResult, and
  Baselines baselines;                                ///< fitted to the dataset's training rows
  std::int64_t rows = 0;                              ///< that were tested
  std::int64_t unknown_users = 0, unknown_items = 0;  ///< different tokens of the data that the model doesn't know
  RowResults by_row;                                  ///< what the figures are made of
};
/// {"event":"result","test":{..},"test_corrected":{..},"protocol":{..},"baselines":{..}}, of a validation "valid" and
/// "valid_corrected".
Json to_json(const EvaluateResult& result);

/// Tests (or validates) a model file on a dataset, prepared with the model's vocabularies: interactions with unknown
/// items are dropped, unknown users are the padding user; both are counted, and said to the observer. A hyper-parameter
/// that is set otherwise than in the file holds, as long as the parameters' shapes fit (ConfigError if they don't).
EvaluateResult evaluate(const EvaluateRequest& request, Observer& observer);

}  // namespace seqrec::train

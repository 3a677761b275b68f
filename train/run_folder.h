#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.h"
#include "core/json.h"

namespace seqrec::train {

/// Where things lie in the folder of a run, which need not be there.
class RunFiles {
 public:
  explicit RunFiles(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.json"; }
  std::filesystem::path data_file() const { return path_ / "data.json"; }
  std::filesystem::path checkpoint_file() const { return path_ / "checkpoint.safetensors"; }
  std::filesystem::path stage_checkpoint_file() const { return path_ / "pretrain.checkpoint.safetensors"; }
  std::filesystem::path pretrained_file() const { return path_ / "pretrained.safetensors"; }
  std::filesystem::path pretrained_file(std::int64_t epoch) const {
    return path_ / ("pretrained-" + std::to_string(epoch) + ".safetensors");
  }
  std::filesystem::path model_file() const { return path_ / "model.safetensors"; }
  std::filesystem::path rows_file() const { return path_ / "rows.safetensors"; }
  std::filesystem::path result_file() const { return path_ / "result.json"; }
  std::filesystem::path events_file() const { return path_ / "events.jsonl"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.csv"; }
  /// Those of TensorBoard that there are.
  std::vector<std::filesystem::path> tensorboard_files() const;
  /// A name for another one, with the time: TensorBoard reads them in order of their names.
  std::filesystem::path new_tensorboard_file() const;
  std::filesystem::path log_file() const { return path_ / "log.txt"; }
  std::filesystem::path lock_file() const { return path_ / ".lock"; }

  /// The events so far, up to a line that was not written to its end.
  std::vector<Json> events() const;

 protected:
  std::filesystem::path path_;
};

/// The folder of a run, owned by this process as long as it lives (a lock, given up by a killed process too):
///
///     config.json            the complete effective configuration
///     data.json              statistics of the data, what was left out of them and what was found there
///     checkpoint.safetensors where training stands
///     pretrained.safetensors the pre-trained model, and pretrained-EPOCH.safetensors (save_step)
///     pretrain.checkpoint.safetensors  where pre-training stands, if fine-tuning follows it
///     model.safetensors      the best model so far
///     histories.safetensors  what the users did: not for sharing
///     rows.safetensors       what the test found about each row, before result.json
///     result.json            the result: there exactly if the run is finished
///     events.jsonl           the epochs and the result, a JSON object per line
///     metrics.csv            the epochs as a table
///     events.out.tfevents.*  the same for TensorBoard, if log_tensorboard asks for it
///     log.txt                the same for people, with times
///
/// A new run begins in steps, the old one's files being removed only when the new one's first checkpoint is there; what
/// a kill leaves of that is finished, or swept away, by whoever opens the folder next:
///
///     next.checkpoint.safetensors  what the new run begins with
///     next.json                    there once the new run counts: its configuration, its checkpoint's name
///
/// A run whose configuration changes (--epochs) does so in the same steps.
class RunFolder : public RunFiles {
 public:
  /// For a new run; nothing of an old one is touched yet. Missing parents are made. UsageError if the folder holds
  /// anything, unless `overwrite`. IoError if another process owns it; FormatError if next.json is damaged, unless
  /// `overwrite`.
  static RunFolder create(const std::filesystem::path& path, bool overwrite);
  /// For a new run in the first of PATH, PATH-2, PATH-3, .. that is free: absent, or empty and owned by no process.
  static RunFolder create_beside(const std::filesystem::path& path);
  /// A run that exists. UsageError if there is none, FormatError if its next.json is damaged. One that is finished may
  /// be in a folder that can't be written; IoError for another.
  static RunFolder open(const std::filesystem::path& path);

  /// Of a new run that failed before it began: leaves nothing behind in a folder that holds nothing else, and not the
  /// folder either if it was made for the run.
  void abandon() const noexcept;

  /// IoError if it is one that can't be written.
  void check_writable() const;

  /// Begins a new run: writes its first checkpoint (`save_first`, to the path it is given), its configuration and what
  /// is told of its data, and removes the files of an old run, and no others. At any moment the folder is the old run's
  /// or the new one's.
  void begin(const Json& config, const Json& data, const std::filesystem::path& checkpoint,
             const std::function<void(const std::filesystem::path&)>& save_first) const;
  /// Gives the run another configuration and the checkpoint that `save` writes for it, as one step too. It is not
  /// finished any more: its result goes, and all else stays until the run replaces it.
  void change(const Json& config, const std::filesystem::path& checkpoint,
              const std::function<void(const std::filesystem::path&)>& save) const;

  /// Appends a line to events.jsonl, or to log.txt with the time before it. IoError if it can't be written.
  void add_event(const Json& event) const;
  void log(std::string_view line) const;
  /// Makes the lines of events.jsonl and log.txt last: a stage's model, which says that it is done, comes after.
  void sync_lines() const;
  /// Adds result.json to the events and `lines` to the log, or what they lack of it after a kill in between. A folder
  /// that can't be written stays as it is.
  void add_result(std::span<const std::string> lines) const;
  /// Adds to both why the run ended, as far as they can be written. Who goes on with it (set_events) takes it back.
  void add_failure(const std::string& why) const noexcept;
  /// Replaces all events (a resumed run begins with those of its checkpoint).
  void set_events(std::span<const Json> events) const;

 private:
  RunFolder(std::filesystem::path path, std::unique_ptr<FileLock> lock);
  void settle() const;
  void put_next(const Json& next, const std::function<void(const std::filesystem::path&)>& save) const;
  void end_lines() const;
  std::vector<std::string> logged() const;  // without times
  void finish_next() const;
  void remove_run(const std::string& checkpoint) const;

  std::unique_ptr<FileLock> lock_;  // null: the folder can't be written
  bool made_ = false;               // by `create`
};

}  // namespace seqrec::train

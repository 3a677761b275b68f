#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "core/json.h"

namespace seqrec::train {

/// The folder of a run, owned by this process as long as it lives (a lock, given up by a killed process too):
///
///     config.json            the complete effective configuration
///     data.json              statistics of the data, what was left out of them and what was found there
///     checkpoint.safetensors where training stands
///     pretrained.safetensors the pre-trained model, and pretrained-EPOCH.safetensors (save_step)
///     pretrain.checkpoint.safetensors  where pre-training stands, if fine-tuning follows it
///     model.safetensors      the best model, once training is finished
///     histories.safetensors  what the users did: not for sharing
///     rows.safetensors       what the test found about each row, before result.json
///     result.json            the result: there exactly if the run is finished
///     events.jsonl           the epochs and the result, a JSON object per line
///     log.txt                the same for people, with times
class RunFolder {
 public:
  /// For a new run; nothing of an old one is touched yet. Missing parents are made. UsageError if the folder holds
  /// anything, unless `overwrite`. IoError if another process owns it.
  static RunFolder create(const std::filesystem::path& path, bool overwrite);
  /// A run that exists. UsageError if there is none.
  static RunFolder open(const std::filesystem::path& path);

  /// Begins a new run: removes the files of an old one, and no others, then writes config.json.
  void begin(const Json& config) const;

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
  std::filesystem::path log_file() const { return path_ / "log.txt"; }

  /// Appends a line to events.jsonl, or to log.txt with the time before it. IoError if it can't be written.
  void add_event(const Json& event) const;
  void log(std::string_view line) const;
  /// The events so far, up to a line that was not written to its end.
  std::vector<Json> events() const;
  /// Replaces all events (a resumed run begins with those of its checkpoint).
  void set_events(std::span<const Json> events) const;

 private:
  RunFolder(std::filesystem::path path, std::unique_ptr<FileLock> lock);

  std::filesystem::path path_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace seqrec::train

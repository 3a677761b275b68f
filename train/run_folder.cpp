#include "train/run_folder.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "core/error.h"
#include "core/input_file.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = ".lock";
constexpr std::array kFiles = {"config.json",
                               "data.json",
                               "checkpoint.safetensors",
                               "pretrain.checkpoint.safetensors",
                               "pretrained.safetensors",
                               "model.safetensors",
                               "histories.safetensors",
                               "rows.safetensors",
                               "result.json",
                               "events.jsonl",
                               "log.txt"};

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&time, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

}  // namespace

RunFolder::RunFolder(fs::path path, std::unique_ptr<FileLock> lock) : path_(std::move(path)), lock_(std::move(lock)) {}

RunFolder RunFolder::create(const fs::path& path, bool overwrite) {
  make_folder(path);
  RunFolder run(path, std::make_unique<FileLock>(path / kLock));
  const std::vector<fs::path> files = files_in(path);
  const bool empty =
      std::all_of(files.begin(), files.end(), [](const fs::path& file) { return file.filename() == kLock; });
  require<UsageError>(empty || overwrite, path.string(),
                      " is not empty: go on with its run by --resume, or replace it by --overwrite");
  return run;
}

void RunFolder::begin(const Json& config) const {
  // config.json goes first and the new one comes last: what a crash leaves is never taken for the old run.
  for (const char* file : kFiles) remove_file(path_ / file);
  for (const fs::path& file : files_in(path_)) {
    const std::string name = file.filename();
    if (name.starts_with("pretrained-") && name.ends_with(".safetensors")) remove_file(file);
  }
  write_text(config_file(), config.dump(2) + "\n");
}

RunFolder RunFolder::open(const fs::path& path) {
  require<UsageError>(file_exists(path / "config.json"), path.string(),
                      " holds no run to resume: there is no config.json in it");
  return RunFolder(path, std::make_unique<FileLock>(path / kLock));
}

void RunFolder::add_event(const Json& event) const { append_text(events_file(), event.dump() + "\n"); }

void RunFolder::log(std::string_view line) const { append_text(log_file(), concat(now(), " ", line, "\n")); }

std::vector<Json> RunFolder::events() const {
  std::vector<Json> out;
  if (!file_exists(events_file())) return out;
  InputFile lines(events_file());
  for (std::string line; lines.read_line(line);) {
    try {
      out.push_back(Json::parse(line));
    } catch (const FormatError&) {  // what a killed process has begun to write
      break;
    }
  }
  return out;
}

void RunFolder::set_events(std::span<const Json> events) const {
  std::string text;
  for (const Json& event : events) text += event.dump() + "\n";
  write_text(events_file(), text);
}

}  // namespace seqrec::train

#include "train/run_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"
#include "core/output_file.h"
#include "core/sync.h"
#include "train/json_file.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTensorBoard = "events.out.tfevents.";  // part of a name that TensorBoard looks for
constexpr const char* kLock = ".lock";
constexpr const char* kNext = "next.json";
constexpr const char* kNextCheckpoint = "next.checkpoint.safetensors";
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
                               "metrics.csv",
                               "log.txt"};

constexpr std::array<std::string_view, 2> kCheckpoints = {"checkpoint.safetensors", "pretrain.checkpoint.safetensors"};

constexpr std::size_t kTimeSize = std::string_view("2000-01-01 00:00:00 ").size();

/// The lines of a file that were written to their end; none if there is no file.
std::vector<std::string> whole_lines(const fs::path& file) {
  std::vector<std::string> lines;
  if (!file_exists(file)) return lines;
  const std::string text = read_text(file);
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

bool ends_with(std::span<const std::string> lines, std::span<const std::string> end) {
  return lines.size() >= end.size() && std::ranges::equal(lines.last(end.size()), end);
}

/// Why the system won't let files be made in a folder; "" if it does.
std::string why_not_writable(const fs::path& folder) {
  const bool refused = ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) != 0;
  return refused && (errno == EACCES || errno == EROFS) ? std::generic_category().message(errno) : "";
}

struct Next {
  Json config;
  std::optional<Json> data;
  std::string checkpoint;
};
Next next_of(const fs::path& file) try {
  return read_json(file, [](const Json& next) {
    const std::string& name = next.at("checkpoint").as_string();
    require<FormatError>(std::ranges::find(kCheckpoints, name) != kCheckpoints.end(), "checkpoint: got '", name, "'");
    const Json* data = next.find("data");
    return Next{next.at("config"), data ? std::optional(*data) : std::nullopt, name};
  });
} catch (const FormatError& error) {
  throw FormatError(concat(error.what(),
                           ": it says what a run becomes that was killed as it began or was changed; "
                           "remove it to go on from what was before, or begin anew by --overwrite"));
}

/// But what a run leaves that never began.
bool holds_nothing(const fs::path& folder) {
  return std::ranges::all_of(files_in(folder), [](const fs::path& file) {
    return file.filename() == kLock || OutputFile::is_temporary(file);
  });
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&time, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

}  // namespace

RunFolder::RunFolder(fs::path path, std::unique_ptr<FileLock> lock)
    : RunFiles(std::move(path)), lock_(std::move(lock)) {}

RunFolder RunFolder::create(const fs::path& path, bool overwrite) {
  const bool there = file_exists(path);
  make_folder(path);
  RunFolder run(path, std::make_unique<FileLock>(path / kLock));
  run.made_ = !there;
  try {
    run.settle();
  } catch (const FormatError&) {  // the new run begins with a next.json of its own
    if (!overwrite) throw;
  }
  require<UsageError>(holds_nothing(path) || overwrite, path.string(),
                      " is not empty: go on with its run by --resume, or replace it by --overwrite");
  return run;
}

RunFolder RunFolder::create_beside(const fs::path& path) {
  const auto is_free = [](const fs::path& folder) {
    return !file_exists(folder) || (is_folder(folder) && holds_nothing(folder) && !is_locked(folder / kLock));
  };
  fs::path folder = path;
  for (int number = 2;; ++number) {
    if (is_free(folder)) try {
        return create(folder, false);
      } catch (const Error&) {
        if (is_free(folder)) throw;  // otherwise another process took it meanwhile
      }
    folder = concat(path.string(), "-", number);
  }
}

RunFolder RunFolder::open(const fs::path& path) {
  require<UsageError>(file_exists(path / "config.json") || file_exists(path / kNext), path.string(),
                      " holds no run to resume: there is no config.json in it");
  if (const std::string reason = why_not_writable(path); !reason.empty()) {
    RunFolder run(path, nullptr);
    if (!file_exists(run.result_file())) run.check_writable();
    return run;
  }
  RunFolder run(path, std::make_unique<FileLock>(path / kLock));
  run.settle();
  run.end_lines();
  return run;
}

void RunFolder::abandon() const noexcept {
  try {
    for (const fs::path& file : files_in(path_))
      if (file.filename() != kLock) return;
    fs::remove(path_ / kLock);
    if (made_) fs::remove(path_);
  } catch (const std::exception&) {  // it stays; what went wrong before is told
  }
}

void RunFolder::check_writable() const {
  require<IoError>(lock_ != nullptr, "can't go on with the run in ", path_.string(), ": ", why_not_writable(path_));
}

void RunFolder::begin(const Json& config, const Json& data, const fs::path& checkpoint,
                      const std::function<void(const fs::path&)>& save_first) const {
  Json next = Json::object();
  next["config"] = config;
  next["data"] = data;
  next["checkpoint"] = checkpoint.filename().string();
  put_next(next, save_first);
}

void RunFolder::change(const Json& config, const fs::path& checkpoint,
                       const std::function<void(const fs::path&)>& save) const {
  Json next = Json::object();
  next["config"] = config;
  next["checkpoint"] = checkpoint.filename().string();
  put_next(next, save);
}

void RunFolder::put_next(const Json& next, const std::function<void(const fs::path&)>& save) const {
  save(path_ / kNextCheckpoint);
  write_text(path_ / kNext, next.dump(2) + "\n");
  finish_next();
}

/// Finishes a beginning or a change that was killed in it, or sweeps it away if it doesn't count yet.
void RunFolder::settle() const {
  OutputFile::remove_leftovers(path_);
  if (file_exists(path_ / kNext))
    finish_next();
  else
    remove_file(path_ / kNextCheckpoint);
}

/// Every step may have been done before. A new run brings its data, one that changes has them.
void RunFolder::finish_next() const {
  const fs::path next_file = path_ / kNext;
  const auto [config, data, checkpoint] = next_of(next_file);
  if (file_exists(path_ / kNextCheckpoint)) rename_file(path_ / kNextCheckpoint, path_ / checkpoint);
  if (data) {
    remove_run(checkpoint);
    write_text(data_file(), data->dump(2) + "\n");
  } else {
    remove_file(result_file());
  }
  write_text(config_file(), config.dump(2) + "\n");
  remove_file(next_file);
}

/// All of a run but for its checkpoint of that name.
void RunFolder::remove_run(const std::string& checkpoint) const {
  for (const char* file : kFiles)
    if (file != checkpoint) remove_file(path_ / file);
  for (const fs::path& file : files_in(path_)) {
    const std::string name = file.filename();
    if (name.starts_with("pretrained-") && name.ends_with(".safetensors")) remove_file(file);
  }
  for (const fs::path& file : tensorboard_files()) remove_file(file);
}

/// What a killed process had begun to write: half an event goes, half a line of the log is ended.
void RunFolder::end_lines() const {
  const auto breaks_off = [](const fs::path& file) {
    const std::string text = file_exists(file) ? read_text(file) : "";
    return !text.empty() && !text.ends_with('\n');
  };
  if (breaks_off(events_file())) set_events(events());
  if (breaks_off(log_file())) append_text(log_file(), "\n");
}

void RunFolder::add_event(const Json& event) const { append_text(events_file(), event.dump() + "\n"); }

void RunFolder::log(std::string_view line) const { append_text(log_file(), concat(now(), " ", line, "\n")); }

std::vector<fs::path> RunFiles::tensorboard_files() const {
  std::vector<fs::path> out;
  for (const fs::path& file : files_in(path_))
    if (file.filename().string().starts_with(kTensorBoard) && !OutputFile::is_temporary(file)) out.push_back(file);
  return out;
}

fs::path RunFiles::new_tensorboard_file() const {
  std::int64_t number = std::time(nullptr);
  const auto file = [&] { return path_ / concat(kTensorBoard, number, ".seqrec"); };
  while (file_exists(file())) ++number;
  return file();
}

std::vector<Json> RunFiles::events() const {
  std::vector<Json> out;
  for (const std::string& line : whole_lines(events_file())) {
    try {
      out.push_back(Json::parse(line));
    } catch (const FormatError&) {  // what a killed process has begun to write
      break;
    }
  }
  return out;
}

void RunFolder::add_failure(const std::string& why) const noexcept {
  try {
    log("error: " + why);
    add_event(Json::Object{{"event", "failed"}, {"error", why}});
  } catch (const std::exception&) {  // what went wrong is told anyway
  }
}

void RunFolder::sync_lines() const {
  for (const fs::path& file : {events_file(), metrics_file(), log_file()}) sync_file(file);
}

void RunFolder::add_result(std::span<const std::string> lines) const {
  if (!lock_) return;
  const std::vector<std::string> all = whole_lines(events_file());  // one before the last may be damaged
  const Json result = read_json(result_file(), [](const Json& json) { return json; });
  if (all.empty() || all.back() != result.dump()) add_event(result);
  const std::vector<std::string> before = logged();
  std::size_t there = lines.size();
  while (!ends_with(before, lines.first(there))) --there;
  for (const std::string& line : lines.subspan(there)) log(line);
}

std::vector<std::string> RunFolder::logged() const {
  std::vector<std::string> lines = whole_lines(log_file());
  for (std::string& line : lines) line.erase(0, kTimeSize);
  return lines;
}

void RunFolder::set_events(std::span<const Json> events) const {
  std::string text;
  for (const Json& event : events) text += event.dump() + "\n";
  write_text(events_file(), text);
}

}  // namespace seqrec::train

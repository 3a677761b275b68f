#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace seqrec::tune {

/// What a trial came to by the epochs of a rung.
struct TrialResult {
  std::int64_t trial = 0;  ///< from 1
  std::int64_t rung = 0;
  std::int64_t epochs = 0;          ///< that were trained; of several seeds the most
  bool stopped_early = false;       ///< by early stopping, with any seed
  std::vector<double> values = {};  ///< of valid_metric in the best epoch, by seed; empty if the trial failed
  std::string error = {};           ///< why it failed
  double at = 0;                    ///< seconds that the study had run

  /// The objective: the mean over the seeds; none if the trial failed.
  std::optional<double> value() const;
};
/// {"event":"result","trial":3,"rung":0,"epochs":9,"stopped_early":false,"values":[0.05],"at":12.5}, of a failed one
/// "error" instead of the values.
Json to_json(const TrialResult& result);

/// A study as its file tells it.
struct StudyContent {
  Json header;                                 ///< what it is: space, sampler, configuration, ...
  std::map<std::int64_t, Json> settings = {};  ///< of each trial that has begun: {"learning_rate":0.01}
  std::vector<TrialResult> results = {};       ///< in the order in which they came
  bool torn = false;                           ///< the last line had been written in part, and isn't here

  /// The last result of each trial.
  std::map<std::int64_t, TrialResult> last() const;
  /// Those of these that have a value, best first. `bigger`: whether larger is better. Of equal ones the first trial.
  std::vector<TrialResult> ranked(bool bigger) const;
  /// The first of these, if there is one.
  std::optional<TrialResult> best(bool bigger) const;
};

/// study.jsonl: a line for the study, one for each trial when it begins, one for each result. A line counts once it is
/// on the disk; one that a kill cut off doesn't.
class StudyFile {
 public:
  explicit StudyFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// FormatError naming file and line.
  StudyContent read() const;
  /// Begins a study. IoError.
  void begin(const Json& header) const;
  /// Takes away a line that isn't whole.
  void repair(const StudyContent& content) const;
  void add_trial(std::int64_t trial, const Json& settings) const;
  void add(const TrialResult& result) const;

 private:
  void add_line(const Json& line) const;

  std::filesystem::path path_;
};

/// A setting as it is shown: a number by four digits.
std::string value_text(const Json& value);

/// The file of a study in its folder.
std::filesystem::path study_file(const std::filesystem::path& folder);

}  // namespace seqrec::tune

#pragma once

#include "train/run.h"
#include "train/run_folder.h"

namespace seqrec::train {

/// What a run's folder keeps of its configuration: all of it, with paths that hold from any working folder.
Json to_store(const data::Config& config);
/// The configuration of a run.
struct RunConfig {
  data::Config kept;    ///< as the folder has it
  data::Config config;  ///< with what may be another one now: data_path and other paths, epochs
};
/// That of the run in a folder; what else the request says beside it must agree (ConfigError).
RunConfig stored_config(const TrainRequest& request, const RunFolder& folder);
/// The result that to_json (train/events.h) made JSON of. FormatError for anything else.
RunResult run_result(const Json& json, std::string model_file);
/// The epochs so far, of every stage, as events.jsonl has them. FormatError naming the file.
std::vector<EpochReport> stored_reports(const RunFiles& files);
/// That of a finished run. FormatError naming the file.
RunResult stored_result(const RunFiles& files);

}  // namespace seqrec::train

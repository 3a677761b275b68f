#include "tune/study.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/output_file.h"
#include "kernels/precision.h"
#include "train/device.h"
#include "train/json_file.h"
#include "train/stages.h"
#include "train/stored_run.h"
#include "tune/prepared_study.h"
#include "tune/runner.h"
#include "tune/same_study.h"

namespace seqrec::tune {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = ".lock";

/// UsageError for a folder that holds something, and no study.
void check_folder(const fs::path& folder) {
  if (!is_folder(folder) || file_exists(study_file(folder))) return;
  for (const fs::path& there : files_in(folder))
    require<UsageError>(there.filename() == kLock || OutputFile::is_temporary(there), folder.string(),
                        " is not empty and holds no study, expected a new folder");
}

}  // namespace

int jobs_for(const StudyRequest& request, int threads) {
  const bool awaits_results = request.sampler == SamplerKind::Tpe || request.min_epochs;
  const std::int64_t trials = std::min(request.trials.value_or(threads), awaits_results ? request.lanes : threads);
  return static_cast<int>(std::min<std::int64_t>(trials * request.seeds, threads));
}

std::string best_yaml(const data::Config& base, const Json& settings, const std::string& comment) {
  std::string out = concat("# ", comment, "\n# seqrec train --config THIS_FILE trains it\n");
  const Json values = train::to_store(base);
  for (const auto& [key, value] : values.as_object())
    if (base.is_explicit(key) && !settings.find(key)) out += concat(key, ": ", value.dump(), "\n");
  for (const auto& [key, value] : settings.as_object()) out += concat(key, ": ", value.dump(), "\n");
  return out;
}

StudyOutcome tune(const StudyRequest& request, StudyObserver& observer) {
  Study study = prepare(request);
  const fs::path& out = study.request.out;
  const fs::path path = study_file(out);
  const std::shared_ptr<const train::RunData> read =
      study.data->get(study.base, train::data_needs(study.info.model, study.base));
  if (read->dataset.valid.empty()) study.base.fail("eval_args", "a split with rows to validate");
  const train::RunBinding binding(read->dataset, study.base, read->titles);

  check_folder(out);
  make_folder(out);
  const FileLock lock(out / kLock);
  OutputFile::remove_leftovers(out);
  const StudyFile file(path);
  const Json header = header_of(study, binding);
  StudyContent content{.header = header};
  if (!file_exists(path)) {
    file.begin(header);
  } else {
    content = file.read();
    require<FormatError>(content.header.is_object(), path.string(), " is empty, expected a study");
    train::in_file(path, [&] {
      check_same(study, header, content.header, binding);
      check_results(content, study.info);
    });
    file.repair(content);
    if (content.torn) observer.on_notice(concat(path.string(), ": the last line had been written in part: dropped"));
  }
  study.info.results = std::ssize(content.results);
  for (const auto& notices : {study.base.notices(), read->dataset.report.lines()})
    for (const std::string& notice : notices) observer.on_notice(notice);
  const kernels::ProductPrecisionScope precision(train::product_precision(study.base));  // runs side by side share it
  observer.on_start(study.info);
  return run_trials(study, file, std::move(content), observer);
}

}  // namespace seqrec::tune

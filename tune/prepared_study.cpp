#include "tune/prepared_study.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"
#include "models/list.h"
#include "train/build.h"
#include "train/evaluator.h"
#include "train/stages.h"
#include "tune/schedule.h"

namespace seqrec::tune {
namespace {

data::Config base_config(StudyRequest& request) {
  data::read_files(request.config);
  if (request.model.empty()) request.model = data::model_of(request.config);
  require<UsageError>(!request.model.empty(), "no model is given: --model SHAN, or model: SHAN in a file of --config");
  data::Config config(train::for_model(request.config, request.model));
  if (config.get_string("dataset").empty()) config.fail("dataset", "the name of a dataset: --dataset ml-100k");
  if (config.get_int("epochs") == 0 && !models::model_info(request.model).fit)
    config.fail("epochs", "1 or more: trials are compared by valid_metric");
  if (config.get_int("eval_step") == 0) config.fail("eval_step", "1 or more: trials are compared by valid_metric");
  const auto stages = train::stages_of(config, models::model_info(request.model).stages);
  if (stages.back().pretraining)
    config.fail("train_stage", "finetune, or both by `stages`: pre-training has no metric");
  if (config.get_int("seed") > std::numeric_limits<std::int64_t>::max() - (request.seeds - 1))
    config.fail("seed", concat("a number that leaves room for --seeds ", request.seeds));
  const std::string source = config.is_explicit("seed") ? config.source("seed") : "--seed";
  return config.with({{"seed", config.get_int("seed"), source}});
}

std::vector<std::int64_t> rungs_of(const Study& study) {
  const std::int64_t epochs = study.base.get_int("epochs"), eval_step = study.base.get_int("eval_step");
  if (!study.request.min_epochs) return {std::max<std::int64_t>(epochs, 1)};
  const std::int64_t least = *study.request.min_epochs;
  require<UsageError>(least <= epochs, "--halving: got ", least, ", expected at most the number of epochs, ", epochs);
  for (const Parameter& parameter : study.space.parameters)
    for (const char* key : {"epochs", "eval_step", "stages", "train_stage"})
      require<ConfigError>(parameter.key != key, key, " (", parameter.source,
                           ") is the same in all trials of a study with halving, which compares them by epochs");
  return rungs(least, epochs, study.request.eta, eval_step);
}

std::int64_t trials_of(const Study& study) {
  const std::optional<std::int64_t> most = study.sampler->trials(), &asked = study.request.trials;
  require<UsageError>(most || asked, "--trials: how many configurations shall be tried? (only a grid has an end)");
  return most && asked ? std::min(*most, *asked) : most.value_or(asked.value_or(0));
}

/// Those of all trials, if of each rung's one in eta goes on.
std::int64_t work_of(const StudyInfo& info, std::int64_t eta) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  require<UsageError>(info.trials <= kMost / info.rungs.back(), "--trials: got ", info.trials, " of ",
                      info.rungs.back(), " epochs, expected at most ", kMost, " epochs in all");
  std::int64_t out = 0, trials = info.trials;
  for (std::size_t rung = 0; rung < info.rungs.size(); ++rung, trials /= eta)
    out += trials * epochs_for(info.rungs, rung);
  return out;
}

}  // namespace

Study prepare(StudyRequest request) {
  require<UsageError>(request.device == kCpu || request.jobs == 1, "--jobs: got ", request.jobs,
                      ", expected 1 on a GPU, which computes for one run at a time");
  data::Config base = base_config(request);
  Space space = read_space(request.space);
  check_space(space, base);
  if (request.out.empty())
    request.out = std::filesystem::path("saved") / concat("tune-", request.model, "-", base.get_string("dataset"));
  const train::ValidMetric metric = train::valid_metric(base);
  Study study{.request = std::move(request), .base = std::move(base), .space = std::move(space)};
  study.sampler =
      make_sampler(study.request.sampler, study.space, static_cast<std::uint64_t>(study.base.get_int("seed")));
  study.info = {.model = study.request.model,
                .dataset = study.base.get_string("dataset"),
                .folder = study.request.out.string(),
                .metric = metric.key,
                .bigger = metric.bigger,
                .decimal_places = study.base.get_int("metric_decimal_place"),
                .trials = trials_of(study),
                .seeds = study.request.seeds,
                .rungs = rungs_of(study)};
  study.info.work = work_of(study.info, study.request.eta);
  return study;
}

}  // namespace seqrec::tune

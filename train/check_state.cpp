#include <cmath>
#include <limits>

#include "core/error.h"
#include "train/train_state.h"

namespace seqrec::train {
namespace {

constexpr double kLargest = std::numeric_limits<float>::max();  // of a batch's loss, and of a metric
constexpr double kMostSeconds = 1e10;                           // three hundred years

void check_range(const std::string& name, std::int64_t got, std::int64_t from, std::int64_t to) {
  require<FormatError>(from <= got && got <= to, name, ": expected ", from,
                       from == to ? std::string() : concat(" to ", to), ", got ", got);
}

void check_number(const std::string& name, double got, double from, double to) {
  require<FormatError>(from <= got && got <= to, name, ": expected a number from ", from, " to ", to, ", got ", got);
}

bool validated_after(std::int64_t epoch, const RunShape& run) {
  return run.eval_step > 0 && epoch % run.eval_step == 0;
}

void check_report(const EpochReport& report, std::int64_t epoch, const RunShape& run) {
  check_range("epoch", report.epoch, epoch, epoch);
  require<FormatError>(report.stage == run.stage, "stage: expected '", run.stage, "', got '", report.stage, "'");
  check_number("train_seconds", report.train_seconds, 0, kMostSeconds);
  check_number("valid_seconds", report.valid_seconds, 0, kMostSeconds);
  check_number("loss", report.loss, -kLargest, kLargest);
  const bool validated = validated_after(epoch, run);
  require<FormatError>(report.valid.empty() != validated, "valid: expected ", validated ? "metrics" : "none");
  for (const auto& [key, value] : report.valid) check_number("valid: " + key, value, -kLargest, kLargest);
  require<FormatError>(!validated || find(report.valid, run.valid_metric.key), "valid: no ", run.valid_metric.key);
}

/// As EarlyStopping goes: of the validations, the best one so far is the last one that no later one was as good as.
void check_best(const TrainState& state, const RunShape& run) {
  const auto score_after = [&](std::int64_t epoch) {  // as an older seqrec kept it
    const MetricValues& valid = state.epochs[static_cast<std::size_t>(epoch - 1)].valid;
    return *find(rounded(valid, run.metric_decimal_place), run.valid_metric.key);
  };
  check_range("best_epoch", state.best_epoch, run.eval_step, state.evaluations * run.eval_step);
  require<FormatError>(state.best_epoch % run.eval_step == 0, "best_epoch: there was no validation after epoch ",
                       state.best_epoch);
  const double best = score_after(state.best_epoch);
  require<FormatError>(state.early.best_score.has_value(), "best_score: expected a number, got null");
  const double got = *state.early.best_score;  // rounded already if that is how they are compared
  require<FormatError>(rounded({{"", got}}, run.metric_decimal_place)[0].second == best, "best_score: expected ", best,
                       ", as after epoch ", state.best_epoch, ", got ", got);
  for (std::int64_t epoch = run.eval_step; epoch <= state.epoch; epoch += run.eval_step) {
    const double score = score_after(epoch);
    require<FormatError>(run.valid_metric.bigger ? score <= best : score >= best, "best_epoch: ", state.best_epoch,
                         " is not as good as ", epoch);
  }
  const std::int64_t since = state.evaluations - state.best_epoch / run.eval_step;
  check_range("cur_step", state.early.cur_step, since, since);
  require<FormatError>(state.early.stopped == (since > run.stopping_step), "stopped: expected ",
                       since > run.stopping_step ? "true" : "false");
}

}  // namespace

void check_state(const TrainState& state, const RunShape& run) {
  check_range("epoch", state.epoch, 0, run.epochs);
  require<FormatError>(std::ssize(state.epochs) == state.epoch, "epochs: expected ", state.epoch, " reports, got ",
                       state.epochs.size());
  for (std::int64_t epoch = 1; epoch <= state.epoch; ++epoch) {
    try {
      check_report(state.epochs[static_cast<std::size_t>(epoch - 1)], epoch, run);
    } catch (const FormatError& error) {
      throw FormatError(concat("epochs: number ", epoch, ": ", error.what()));
    }
  }
  const std::int64_t evaluations = run.eval_step > 0 ? state.epoch / run.eval_step : 0;
  check_range("evaluations", state.evaluations, evaluations, evaluations);
  if (evaluations > 0) {
    check_best(state, run);
  } else {
    const std::int64_t best = run.eval_step > 0 ? 0 : state.epoch;
    check_range("best_epoch", state.best_epoch, best, best);
    require<FormatError>(!state.early.best_score, "best_score: expected null before the first validation");
    check_range("cur_step", state.early.cur_step, 0, 0);
    require<FormatError>(!state.early.stopped, "stopped: expected false before the first validation");
  }
  // Where the last epoch is done a step of another one may be, too: the run was given fewer epochs then.
  check_range("step", state.step, 0, state.early.stopped ? 0 : run.steps(state.epoch));
  check_range("total_steps", state.total_steps, state.epoch * run.least_steps + state.step,
              state.epoch * run.most_steps + state.step);
  const double most = static_cast<double>(state.step) * kLargest;
  check_number("loss_sum", state.loss_sum, -most, most);
  check_number("train_seconds", state.train_seconds, 0, kMostSeconds);
}

}  // namespace seqrec::train

#include "tune/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/shown.h"
#include "tune/schedule.h"
#include "tune/trial_run.h"

namespace seqrec::tune {
namespace {

namespace fs = std::filesystem;

/// The value such that larger is better, as the schedule has it.
double toward_larger(double value, bool bigger) { return bigger ? value : -value; }

/// Runs a study's trials on some threads.
class Runner {
 public:
  Runner(const Study& study, const StudyFile& file, StudyContent content, StudyObserver& observer)
      : study_(study),
        file_(file),
        content_(std::move(content)),
        observer_(observer),
        schedule_({.trials = study.info.trials,
                   .rungs = study.info.rungs,
                   .eta = study.request.eta,
                   .lanes = study.request.lanes,
                   .learns = study.sampler->learns()}) {
    for (const TrialResult& result : content_.results) {
      tell(result);
      done_ += epochs_for(study_.info.rungs, static_cast<std::size_t>(result.rung));
      seconds_before_ = std::max(seconds_before_, result.at);
    }
  }

  StudyOutcome run() {
    std::vector<std::thread> threads;
    begin(threads);
    work();
    for (std::thread& thread : threads) thread.join();
    if (error_) std::rethrow_exception(error_);
    StudyOutcome out{.ended = schedule_.ended() && todo_.empty() && !interrupted_,
                     .budget_spent = budget_spent(),
                     .info = study_.info,
                     .content = content_,
                     .best = content_.best(study_.info.bigger)};
    if (out.best) {
      write_best(*out.best);
      out.best_file = best_file().string();
    }
    return out;
  }

 private:
  /// One run of a leg: of one seed.
  struct Task {
    Leg leg;
    std::int64_t seed;  // from 0
  };
  struct Pending {
    std::vector<RunOutcome> outcomes;
    std::int64_t missing;
  };

  /// Those that work beside the calling one: as many as have something to do, and as the system gives.
  void begin(std::vector<std::thread>& threads) {
    const auto wanted = static_cast<std::size_t>(std::max(jobs_for(study_.request, study_.request.jobs), 1)) - 1;
    threads.reserve(wanted);
    try {
      while (threads.size() < wanted) threads.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      const std::lock_guard guard(mutex_);
      observer_.on_notice(concat("--jobs: ", threads.size() + 1, " instead of ", wanted + 1,
                                 ", more threads can't be had: ", error.code().message()));
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (!stopping()) {
      if (!todo_.empty()) {
        const Task task = todo_.front();
        todo_.pop_front();
        ++running_;
        run_task(lock, task);
        --running_;
        changed_.notify_all();
        continue;
      }
      try {
        if (begin_next()) continue;
      } catch (...) {
        fail();
        return;
      }
      if (running_ == 0) break;
      changed_.wait(lock);
    }
    changed_.notify_all();
  }

  bool stopping() const { return error_ || interrupted_ || asked_to_stop() || budget_spent(); }
  bool asked_to_stop() const { return study_.request.stop && *study_.request.stop; }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  bool budget_spent() const { return study_.request.budget && seconds() >= *study_.request.budget; }

  void fail() {
    if (!error_) error_ = std::current_exception();
    changed_.notify_all();
  }

  /// Puts the next leg's runs among what is to be done; false if there is none now.
  bool begin_next() {
    const std::optional<Leg> leg = schedule_.next();
    if (!leg) return false;
    if (leg->rung == 0) begin_trial(leg->trial);
    if (schedule_.is_told(*leg)) return true;
    pending_[leg->trial] = {std::vector<RunOutcome>(static_cast<std::size_t>(study_.info.seeds)), study_.info.seeds};
    for (std::int64_t seed = 0; seed < study_.info.seeds; ++seed) todo_.push_back({*leg, seed});
    changed_.notify_all();
    return true;
  }

  void begin_trial(std::int64_t trial) {
    const Point point = study_.sampler->suggest(trial, observations());
    points_[trial] = point;
    const Json settings = study_.space.values(point);
    if (const auto there = content_.settings.find(trial); there != content_.settings.end()) {
      require<FormatError>(there->second == settings, study_file(study_.request.out).string(), ": trial ", trial,
                           " has ", shown(there->second.dump()), ", but this study's would have ",
                           shown(settings.dump()));
      return;
    }
    file_.add_trial(trial, settings);
    content_.settings[trial] = settings;
  }

  /// The trials that the last decision knows, as far as they had come.
  std::vector<Observation> observations() const {
    std::map<std::int64_t, Observation> out;
    for (const auto& [leg, value] : schedule_.known())
      if (Observation& one = out[leg.trial]; leg.epochs >= one.epochs) one = {points_.at(leg.trial), leg.epochs, value};
    std::vector<Observation> all;
    for (auto& [trial, one] : out) all.push_back(std::move(one));
    return all;
  }

  train::TrainRequest train_request(const Task& task) const {
    train::TrainRequest request;
    request.model = study_.request.model;
    request.config = study_.request.config;
    request.config.options.push_back({"epochs", study_.base.get_int("epochs"), study_.base.source("epochs")});
    for (data::ConfigInput::Option& option : study_.space.options(points_.at(task.leg.trial)))
      request.config.options.push_back(std::move(option));
    const std::int64_t seed = study_.base.get_int("seed") + task.seed;
    request.config.options.push_back({"seed", seed, task.seed == 0 ? study_.base.source("seed") : "--seeds"});
    std::string name = std::to_string(task.leg.trial);
    name.insert(0, 4 - std::min<std::size_t>(name.size(), 4), '0');
    if (study_.info.seeds > 1) name += concat("-seed", seed);
    request.out = study_.request.out / "trials" / name;
    request.device = study_.request.device;
    request.shared_data = study_.data.get();
    return request;
  }

  void run_task(std::unique_lock<std::mutex>& lock, const Task& task) {
    const bool to_the_end = task.leg.rung + 1 == study_.info.rungs.size();
    const RunWatch watch{.stopped =
                             [this] {
                               const std::lock_guard guard(mutex_);
                               return stopping();
                             },
                         .on_progress =
                             [this, &task](std::int64_t epoch, std::int64_t epochs) {
                               const std::lock_guard guard(mutex_);
                               observer_.on_progress(std::min(done_, study_.info.work),
                                                     concat("trial ", task.leg.trial, " epoch ", epoch, "/", epochs));
                             }};
    const train::TrainRequest request = train_request(task);
    lock.unlock();
    RunOutcome outcome;
    std::exception_ptr error;
    try {
      outcome = run_until(request, to_the_end ? std::nullopt : std::optional(task.leg.epochs), watch);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    try {
      if (error) std::rethrow_exception(error);
      if (outcome.interrupted)
        interrupted_ = true;
      else
        finish(task, std::move(outcome));
    } catch (...) {
      fail();
    }
  }

  /// Keeps what a run came to; the last one of its trial makes the result.
  void finish(const Task& task, RunOutcome outcome) {
    Pending& pending = pending_.at(task.leg.trial);
    pending.outcomes[static_cast<std::size_t>(task.seed)] = std::move(outcome);
    if (--pending.missing > 0) return;
    TrialResult result{
        .trial = task.leg.trial, .rung = static_cast<std::int64_t>(task.leg.rung), .at = seconds_before_ + seconds()};
    for (const RunOutcome& one : pending.outcomes) {
      result.epochs = std::max(result.epochs, one.epochs);
      result.stopped_early = result.stopped_early || one.stopped_early;
      if (result.error.empty()) result.error = one.error;
      result.values.push_back(one.value);
    }
    if (!result.error.empty()) result.values.clear();
    file_.add(result);
    const std::optional<TrialResult> before = content_.best(study_.info.bigger);
    content_.results.push_back(result);
    tell(result);
    done_ += epochs_for(study_.info.rungs, static_cast<std::size_t>(result.rung));
    const std::optional<TrialResult> best = content_.best(study_.info.bigger);
    const bool is_best = best && best->trial == result.trial && (!before || *before->value() != *best->value());
    if (is_best) write_best(*best);
    observer_.on_result(result, content_.settings.at(result.trial), is_best);
  }

  void tell(const TrialResult& result) {
    const std::optional<double> value = result.value();
    schedule_.tell(result.trial, static_cast<std::size_t>(result.rung),
                   value ? std::optional(toward_larger(*value, study_.info.bigger)) : std::nullopt);
  }

  fs::path best_file() const { return study_.request.out / "best.yaml"; }
  void write_best(const TrialResult& best) const {
    const std::string comment =
        concat("Trial ", best.trial, " of the study in ", shown(study_.info.folder), ": ", study_.info.metric, " ",
               Json(*best.value()).dump(), " in validation after ", best.epochs, " epochs",
               study_.info.seeds > 1 ? concat(", the mean of ", study_.info.seeds, " seeds") : std::string());
    write_text(best_file(), best_yaml(study_.base, content_.settings.at(best.trial), comment));
  }

  const Study& study_;
  const StudyFile& file_;
  StudyContent content_;
  StudyObserver& observer_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double seconds_before_ = 0;  // of the processes before

  std::mutex mutex_;  // over all that follows, and the content
  std::condition_variable changed_;
  Schedule schedule_;
  std::deque<Task> todo_;
  std::map<std::int64_t, Pending> pending_;  // by trial
  std::map<std::int64_t, Point> points_;     // by trial
  std::int64_t done_ = 0;                    // epochs of the results
  int running_ = 0;
  bool interrupted_ = false;
  std::exception_ptr error_;
};

}  // namespace

StudyOutcome run_trials(const Study& study, const StudyFile& file, StudyContent content, StudyObserver& observer) {
  return Runner(study, file, std::move(content), observer).run();
}

}  // namespace seqrec::tune

#include "tune/trial_run.h"

#include <atomic>
#include <new>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "train/run_folder.h"
#include "train/run_list.h"

namespace seqrec::tune {
namespace {

/// Stops a run between two steps: where it shall, or when the study does.
class Pause : public train::Observer {
 public:
  Pause(std::optional<std::int64_t> epochs, const RunWatch& watch) : epochs_(epochs), watch_(watch) {}

  void on_start(const train::RunInfo& info) override {
    counts_ = epochs_ && !info.valid_metric.empty() && *epochs_ < info.epochs;  // a stage that pre-trains has no metric
    look(info.first_epoch - 1);
  }
  void on_step(const train::Progress& progress) override {
    look(progress.epoch - 1);
    watch_.on_progress(progress.epoch, progress.epochs);
  }
  void on_epoch(const train::EpochReport& report) override { look(report.epoch); }

  const std::atomic<bool>& flag() const { return stop_; }
  bool reached() const { return reached_; }

 private:
  void look(std::int64_t done) {
    if (counts_ && done >= *epochs_) reached_ = true;
    if (reached_ || watch_.stopped()) stop_ = true;
  }

  const std::optional<std::int64_t> epochs_;
  const RunWatch& watch_;
  bool counts_ = false, reached_ = false;
  std::atomic<bool> stop_{false};
};

RunOutcome failed(const char* why) { return {.error = why}; }

/// What a configuration has is the trial's own fault where its run begins. In one that goes on somebody changed it.
template <class E>
RunOutcome failed_to_begin(const E& error, const std::filesystem::path& resumed) {
  require<E>(resumed.empty(), "can't go on with the run in ", resumed.string(), ": ", error.what());
  return failed(error.what());
}

}  // namespace

RunOutcome run_until(train::TrainRequest request, std::optional<std::int64_t> epochs, const RunWatch& watch) {
  const std::filesystem::path folder = request.out;
  if (file_exists(train::RunFiles(folder).config_file()))
    request.resume = std::exchange(request.out, "");
  else
    request.overwrite = true;  // what a kill left before there was a run
  Pause pause(epochs, watch);
  request.stop = &pause.flag();
  try {
    const train::RunResult result = train::train(request, pause);
    if (!result.finished && !pause.reached()) return {.interrupted = true};
    const train::RunAbout about = train::about_run(folder);
    require<IoError>(about.state != train::RunState::Unreadable, about.error);
    require<UsageError>(!epochs || about.epoch <= *epochs, "it has ", about.epoch, " epochs, more than the ",
                        epochs.value_or(0), " that the study is at; without this folder the trial is trained anew");
    require<NumericError>(about.valid.has_value(), about.metric, " has no value in any epoch");
    return {.value = *about.valid, .epochs = about.epoch, .stopped_early = result.stopped_early};
  } catch (const NumericError& error) {
    return failed(error.what());
  } catch (const ConfigError& error) {
    return failed_to_begin(error, request.resume);
  } catch (const UsageError& error) {
    return failed_to_begin(error, request.resume);
  } catch (const DataError& error) {
    return failed_to_begin(error, request.resume);
  } catch (const MemoryError& error) {
    return failed(error.what());
  } catch (const std::bad_alloc&) {
    return failed("out of memory");
  }
}

}  // namespace seqrec::tune

#include "cli/report.h"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "cli/screen.h"
#include "cli/summary.h"
#include "core/parallel.h"
#include "core/text_stream.h"
#include "train/protocol.h"

namespace seqrec::cli {
namespace {

constexpr const char* kBest = "  best so far";

void show_line(std::string name, const std::string& text) {
  name.resize(std::max<std::size_t>(name.size(), 10), ' ');
  std::cout << name << "  " << text << '\n';
}

}  // namespace

std::string fixed_metric(double value, std::int64_t decimal_places) {
  const train::MetricValues one = train::rounded({{"", value}}, decimal_places);
  return fixed(one[0].second, static_cast<int>(std::clamp<std::int64_t>(decimal_places, 0, 17)));
}

std::string shown_metrics(const train::MetricValues& values, std::int64_t decimal_places) {
  return train::to_text(train::rounded(values, decimal_places));
}

void show_baselines(const train::Baselines& baselines, std::int64_t places) {
  if (!baselines.model.empty())
    show_line(concat("on ", baselines.rows, " rows"), shown_metrics(baselines.model, places));
  for (const auto& [name, values] : baselines.tests) show_line(name, shown_metrics(values, places));
  if (!baselines.below.empty()) std::cout << "below a baseline: " << baselines.below << '\n';
}

void show_worth(const train::MetricValues& corrected, const Json& protocol, std::int64_t places) {
  if (!corrected.empty()) show_line("estimated", concat(shown_metrics(corrected, places), "  (among all items)"));
  for (const auto& [name, text] : train::protocol_lines(protocol)) show_line(name, text);
}

std::string RunLeft::text(const train::Progress& p, Clock::time_point now) {
  const double done = static_cast<double>(p.epoch - 1) + static_cast<double>(p.step) / static_cast<double>(p.steps);
  if (!begin_) begin_ = {done, now};
  const auto [before, begin] = *begin_;
  if (done <= before || p.epoch == p.epochs) return "";
  const double seconds = std::chrono::duration<double>(now - begin).count();
  return concat(", run ", clock_text(seconds * (static_cast<double>(p.epochs) - done) / (done - before)));
}

void Report::on_notice(const std::string& line) {
  bar_.clear();
  show_notices({line});
}

void Report::on_start(const train::RunInfo& info) {
  bar_.clear();
  valid_metric_ = info.valid_metric;
  left_ = {};
  if (format_ == Format::Json) return;
  const Screen screen = Screen::of(STDOUT_FILENO);
  std::vector<std::string> texts = {
      concat(info.model, " on ", info.dataset, ": ", info.n_users - 1, " users, ", info.n_items - 1, " items, ",
             info.train_rows, " + ", info.valid_rows, " + ", info.test_rows, " rows (train, valid, test)"),
      concat(info.parameters, " parameters, ", num_threads(), " threads, in ", info.folder)};
  if (!info.room.empty()) texts.push_back(info.room);
  for (const std::string& text : texts)
    for (const std::string& line : screen.terminal ? wrapped(text, screen.columns) : std::vector{text})
      std::cout << line << '\n';
  if (info.resumed) std::cout << resumed_text(info) << '\n';
  std::cout << std::flush;
}

void Report::on_step(const train::Progress& p) {
  if (format_ == Format::Json) return;
  const double speed = p.seconds > 0 ? static_cast<double>(p.rows) / p.seconds : 0;
  bar_.update(concat("epoch ", p.epoch, "/", p.epochs), p.step, p.steps,
              concat("loss ", fixed(p.loss, 4), "  ", fixed(speed, 0), " rows/s"),
              left_.text(p, ProgressBar::Clock::now()));
}

void Report::on_work(const train::Work& work) {
  if (format_ == Format::Text) bar_.update(work.name, work.done, work.total);
}

void Report::on_epoch(const train::EpochReport& report) {
  bar_.clear();
  if (format_ == Format::Json) {
    std::cout << to_json(report).dump() << std::endl;
    return;
  }
  const Screen screen = Screen::of(STDOUT_FILENO);
  TextStream line;
  if (!report.stage.empty()) line << report.stage << ' ';
  if (report.fit)
    line << "fitted in " << fixed(report.train_seconds, 2) << " s";
  else
    line << "epoch " << std::setw(3) << report.epoch << "  " << fixed(report.train_seconds, 2) << " s  loss "
         << fixed(report.loss, 4);
  const std::string best = !report.valid.empty() && report.best && !report.fit ? kBest : "";
  if (!report.valid.empty()) {
    const std::string so_far = line.str() + "  valid: ";
    const std::size_t taken = width_of(so_far) + std::string_view(kBest).size();
    line << "  valid: "
         << fitting_metrics(report.valid, report.decimal_places, valid_metric_,
                            screen.columns > taken ? screen.columns - taken : screen.terminal);
  }
  std::cout << line.str() << screen.green(best) << std::endl;
}

void Report::on_result(const train::RunResult& result) {
  bar_.clear();
  if (format_ == Format::Json) {
    std::cout << to_json(result).dump() << std::endl;
    return;
  }
  if (const Screen screen = Screen::of(STDOUT_FILENO); screen.terminal) {
    std::cout << '\n';
    for (const std::string& line : summary(result, screen)) std::cout << line << '\n';
    std::cout << std::flush;
    return;
  }
  std::cout << "best epoch  " << result.best_epoch;
  if (result.stopped_early) std::cout << " (early stopping ended training after epoch " << result.epochs << ')';
  std::cout << '\n';
  const std::int64_t places = result.decimal_places;
  if (!result.valid.empty()) show_line("valid", shown_metrics(result.valid, places));
  if (!result.test.empty()) show_line("test", shown_metrics(result.test, places));
  show_baselines(result.baselines, places);
  show_worth(result.corrected, result.protocol, places);
  if (const std::string text = time_text(result); !text.empty()) show_line("time", text);
  std::cout << "model file  " << result.model_file << '\n'
            << "peak memory " << fixed(static_cast<double>(result.peak_rss_bytes) / 1e6, 0) << " MB" << std::endl;
}

}  // namespace seqrec::cli

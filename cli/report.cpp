#include "cli/report.h"

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "core/parallel.h"
#include "core/text_stream.h"
#include "train/protocol.h"

namespace seqrec::cli {
namespace {

std::string fixed(double value, int places) {
  TextStream out;
  out << std::fixed << std::setprecision(places) << value;
  return out.str();
}

void show_line(std::string name, const std::string& text) {
  name.resize(std::max<std::size_t>(name.size(), 10), ' ');
  std::cout << name << "  " << text << '\n';
}

}  // namespace

void show_baselines(const train::Baselines& baselines) {
  if (!baselines.model.empty()) show_line(concat("on ", baselines.rows, " rows"), train::to_text(baselines.model));
  for (const auto& [name, values] : baselines.tests) show_line(name, train::to_text(values));
  if (!baselines.below.empty()) std::cout << "below a baseline: " << baselines.below << '\n';
}

void show_worth(const train::MetricValues& corrected, const Json& protocol) {
  if (!corrected.empty()) show_line("estimated", concat(train::to_text(corrected), "  (among all items)"));
  for (const auto& [name, text] : train::protocol_lines(protocol)) show_line(name, text);
}

void Report::on_notice(const std::string& line) {
  bar_.clear();
  show_notices({line});
}

void Report::on_start(const train::RunInfo& info) {
  if (format_ == Format::Json) return;
  std::cout << info.model << " on " << info.dataset << ": " << info.n_users - 1 << " users, " << info.n_items - 1
            << " items, " << info.train_rows << " + " << info.valid_rows << " + " << info.test_rows
            << " rows (train, valid, test)\n"
            << info.parameters << " parameters, " << num_threads() << " threads, in " << info.folder << '\n';
  if (info.first_epoch > 1) std::cout << "resumed at epoch " << info.first_epoch << '\n';
  std::cout << std::flush;
}

void Report::on_step(const train::Progress& p) {
  if (format_ == Format::Json) return;
  if (p.epoch != epoch_) {
    epoch_ = p.epoch;
    bar_.begin(concat("epoch ", p.epoch, "/", p.epochs));
  }
  const double speed = p.seconds > 0 ? static_cast<double>(p.rows) / p.seconds : 0;
  bar_.update(p.step, p.steps, concat("loss ", fixed(p.loss, 4), "  ", fixed(speed, 0), " rows/s"));
}

void Report::on_epoch(const train::EpochReport& report) {
  bar_.clear();
  if (format_ == Format::Json) {
    std::cout << to_json(report).dump() << std::endl;
    return;
  }
  if (!report.stage.empty()) std::cout << report.stage << ' ';
  if (report.fit)
    std::cout << "fitted in " << fixed(report.train_seconds, 2) << " s";
  else
    std::cout << "epoch " << std::setw(3) << report.epoch << "  " << fixed(report.train_seconds, 2) << " s  loss "
              << fixed(report.loss, 4);
  if (!report.valid.empty()) std::cout << "  valid: " << train::to_text(report.valid);
  std::cout << std::endl;
}

void Report::on_result(const train::RunResult& result) {
  bar_.clear();
  if (format_ == Format::Json) {
    std::cout << to_json(result).dump() << std::endl;
    return;
  }
  std::cout << "best epoch  " << result.best_epoch;
  if (result.stopped_early) std::cout << " (early stopping ended training after epoch " << result.epochs << ')';
  std::cout << '\n';
  if (!result.valid.empty()) std::cout << "valid       " << train::to_text(result.valid) << '\n';
  if (!result.test.empty()) std::cout << "test        " << train::to_text(result.test) << '\n';
  show_baselines(result.baselines);
  show_worth(result.corrected, result.protocol);
  std::cout << "model file  " << result.model_file << '\n'
            << "peak memory " << fixed(static_cast<double>(result.peak_rss_bytes) / 1e6, 0) << " MB" << std::endl;
}

}  // namespace seqrec::cli

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "cli/screen.h"
#include "train/events.h"

namespace seqrec::cli {

/// What a finished run came to, for a terminal: curves of loss and valid_metric, a table of metrics beside those of the
/// baselines, the protocol, the time that each phase took, memory, the model file. No line is wider than the screen.
std::vector<std::string> summary(const train::RunResult& result, const Screen& screen);

/// Numbers as a row of bars, of at most so many columns: of more numbers each stands for the mean of some.
std::string sparkline(std::span<const double> values, std::size_t columns, bool utf8);

/// "read 0.3 s, train 12.1 s, validate 1.0 s, test 0.4 s".
std::string time_text(const train::RunResult& result);

/// Metrics that fit into so many columns (0: all): the first ones, and this one. " .." stands for those that don't.
std::string fitting_metrics(const train::MetricValues& values, std::int64_t decimal_places, const std::string& kept,
                            std::size_t columns);

}  // namespace seqrec::cli

#pragma once

#include <string>
#include <vector>

#include "train/events.h"

namespace seqrec::train {

/// A run's epochs as CSV: the columns stage, epoch, loss, train_seconds, valid_seconds and the metrics of the
/// validation; what an epoch hasn't got is empty. Numbers are those of the events.
std::string csv_header(const std::vector<std::string>& metrics);
std::string csv_line(const EpochReport& report, const std::vector<std::string>& metrics);

}  // namespace seqrec::train

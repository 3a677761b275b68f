#pragma once

#include <string>
#include <vector>

#include "report/run.h"
#include "train/compare.h"

namespace seqrec::report {

/// The parts of a report, each as HTML with its heading; "" where there is nothing to show.
std::string summary(const std::vector<Run>& runs);
std::string learning(const std::vector<Run>& runs);
std::string cost(const std::vector<Run>& runs);
std::string dataset(const std::vector<Run>& runs);
std::string configuration(const std::vector<Run>& runs);

/// What the runs' tests came to. `rows` are the rows of those that have any.
std::string tests(const std::vector<Run>& runs, const std::vector<train::ComparedRun>& rows);
/// A few users of a test: what they had, what followed, what was recommended.
std::string examples(const Run& run, const train::RowResults& rows);

}  // namespace seqrec::report

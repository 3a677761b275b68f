#pragma once

#include <string>

#include "data/config.h"

namespace seqrec::cli {

/// Where a run's folder stands for its model, nothing says where the data are, and the run's are still there: adds the
/// option data_path, and returns true.
bool add_data_of_run(data::ConfigInput& input, const std::string& run);

}  // namespace seqrec::cli

#pragma once

#include <atomic>
#include <functional>

#include "dist/processes.h"

namespace seqrec::cli {

/// Runs `work` with the processes that a launcher started, or null if this one is alone. What it throws is said and
/// ends them all with dist::kAborted, or is thrown on. `stop` is dist::connect's.
int run_together(const std::atomic<bool>* stop, const std::function<int(dist::Processes*)>& work);

}  // namespace seqrec::cli

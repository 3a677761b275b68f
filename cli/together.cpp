#include "cli/together.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "cli/failure.h"
#include "cli/signals.h"
#include "core/error.h"

namespace seqrec::cli {
namespace {

/// Says why and ends all. What fails everywhere only the first process says: the others wait for it to end them.
void end_all(dist::Processes& processes, const std::string& why) {
  for (int i = 0; processes.rank() > 0 && i < 100; ++i) {
    if (Interrupt::flag()) std::_Exit(dist::kAborted);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  try {
    fail(concat("process ", processes.rank(), " on ", processes.host(processes.rank()), ": ", why), dist::kAborted);
  } catch (const std::bad_alloc&) {  // ended without a word, but ended
  }
  processes.abort();
}

}  // namespace

int run_together(const std::atomic<bool>* stop, const std::function<int(dist::Processes*)>& work) {
  const std::unique_ptr<dist::Processes> processes = dist::connect(stop);
  try {
    return work(processes.get());
  } catch (...) {
    if (processes) end_all(*processes, caught_failure().text);
    throw;
  }
}

}  // namespace seqrec::cli

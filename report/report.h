#pragma once

#include <string>
#include <vector>

namespace seqrec::report {

/// A page about runs, in their order: how they learned, what their tests came to and whether they differ, the data,
/// what it took, the configuration, examples. One file of HTML with its drawings, which asks for nothing else; the same
/// runs give the same bytes. Errors as read_run's, and those of the files it reads; UsageError for no run, or one that
/// is named twice.
std::string page(const std::vector<std::string>& folders);

}  // namespace seqrec::report

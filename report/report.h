#pragma once

#include <string>
#include <vector>

namespace seqrec::report {

/// A page about runs, in their order: how they learned, what their tests came to and whether they differ, the data,
/// what it took, the configuration, examples; or about a study of `seqrec tune` (report/study.h). One file of HTML with
/// its drawings, which asks for nothing else; the same runs give the same bytes. Errors as read_run's, and those of the
/// files it reads; UsageError for no run, one that is named twice, or a study that isn't alone.
std::string page(const std::vector<std::string>& folders);

}  // namespace seqrec::report

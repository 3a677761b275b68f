#pragma once

#include <span>
#include <string>
#include <string_view>

namespace seqrec {

/// The known name that is nearest to a mistyped one (edit distance, case ignored), as " (did you mean 'NAME'?)"; ""
/// when none is near. Ends the error about an unknown key, model or metric.
std::string suggest(std::string_view name, std::span<const std::string> known);

}  // namespace seqrec

#pragma once

#include <string>

namespace seqrec::cli {

/// All keys of the configuration with their defaults, each model's, and RecBole's keys that mean nothing here, as
/// tables in Markdown: what `seqrec train --list-keys` prints and docs/configuration.md holds. Of one model: those that
/// it takes. ConfigError if there is none of that name.
std::string list_keys(const std::string& model = "");

}  // namespace seqrec::cli

#pragma once

#include <memory>
#include <string>

#include "infer/session.h"

namespace seqrec::cli {

/// The tokens of a file, one per line, looked up; says how many the model doesn't know. Null without a file ("").
std::shared_ptr<const infer::ItemSet> read_items(const infer::Session& session, const std::string& file);

}  // namespace seqrec::cli

#pragma once

#include <string>

#include "infer/session.h"

namespace seqrec::cli {

/// Items with their ranks and scores, a line each, for people.
std::string item_lines(const infer::Answer& answer);

}  // namespace seqrec::cli

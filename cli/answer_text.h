#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "infer/session.h"

namespace seqrec::cli {

/// Items with their ranks and scores, a line each, for people.
std::string item_lines(const infer::Answer& answer);

/// The first line of answers as CSV: request,user,rank,item,title,score,error.
std::string csv_header();
/// An answer, a line for each item; of one without items a line with the error. `request` is its number, from 1.
std::string csv_lines(std::int64_t request, const std::optional<std::string>& user, const infer::Answer& answer);

}  // namespace seqrec::cli

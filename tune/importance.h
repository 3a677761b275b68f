#pragma once

#include <string>
#include <vector>

#include "tune/space.h"
#include "tune/study_file.h"

namespace seqrec::tune {

/// How much a key by itself says of how trials come out.
struct Importance {
  std::string key;
  double share = 0;  ///< of the variance of the trials' ranks, from 0 to 1
};

/// That of every key, largest first: the share of the variance of ranks that lies between groups of trials, less what
/// chance would give (epsilon squared; Kelley, 1935). Groups are a choice's values, or quarters of a number's. Ranks
/// are those of the objective, among trials that came equally far; who came further stands before. What only shows
/// together with another key isn't seen. Empty for fewer than eight trials with a result.
std::vector<Importance> importance(const StudyContent& content, const Space& space, bool bigger);

/// The space that a study's file has. FormatError if it isn't one.
Space stored_space(const Json& header);

}  // namespace seqrec::tune

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/config.h"
#include "data/dataset.h"

namespace seqrec::train {

/// Under which conditions the figures of a test (or of a validation) stand: the split, its points and rows, how much
/// training knows of the time that is tested, what the test asks for that training never reads, among which items
/// targets are ranked, and what the filters left. docs/training.md describes the members.
Json protocol(const data::Dataset& dataset, const data::Config& config, data::Split split = data::Split::Test);

/// The same for people: names with what there is to say, such as ("ranked", "among all 1682 items, ..").
std::vector<std::pair<std::string, std::string>> protocol_lines(const Json& protocol);

}  // namespace seqrec::train

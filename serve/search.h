#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/model_file.h"

namespace seqrec::serve {

/// The ids of the items whose title or token holds every word of a text, at most `limit` of them: first that whose
/// token is the text, then those whose title begins with it, then those in which each word begins a word, then the
/// others; among equals in order of their ids. A text without words finds the first items. Upper and lower case are the
/// same, of letters in ASCII, Latin-1, Greek and Cyrillic.
std::vector<std::int32_t> find_items(const models::ModelFile& file, std::string_view text, std::size_t limit);
/// The same of users, who have no titles.
std::vector<std::int32_t> find_users(const models::ModelFile& file, std::string_view text, std::size_t limit);

/// A text in UTF-8 with these letters in lower case; of the same length.
std::string lower_case(std::string_view text);

}  // namespace seqrec::serve

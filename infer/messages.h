#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "infer/session.h"

namespace seqrec::infer {

/// The tokens of a text with spaces between them.
std::vector<std::string> split_tokens(std::string_view text);

/// The tokens of a JSON list, each a string, or an integer as it would stand in a file; or of one text with spaces
/// between them.
std::vector<std::string> tokens_of(const Json& value);

/// A request as JSON, over `defaults`. {"user": "196", "history": ["50", "181"], "k": 5, "exclude_seen": true,
/// "exclude": [..], "candidates": [..]}: one of the first two must be there; null is not given. FormatError naming the
/// key.
Request request_of(const Json& json, const Session& session, const Request& defaults);

/// {"user", "items": [{"item", "title", "score"}..], "unknown_items", "unknown_user", "error"}: the title where the
/// model has one, the last three where there is something to say.
Json to_json(const std::optional<std::string>& user, const Answer& answer);

}  // namespace seqrec::infer

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "infer/similar.h"

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

/// {"items": ["50", "181"], "k": 5, "exclude": [..], "candidates": [..]}, of which the first must be there; the rest as
/// above.
SimilarRequest similar_request_of(const Json& json, const Session& session);

/// {"user", "items": [{"item", "title", "score"}..], "unknown_items", "unknown_user", "error"}: the title where the
/// model has one, the last three where there is something to say.
Json to_json(const std::optional<std::string>& user, const Answer& answer);
/// {"items": [..], "unknown_items"} as above.
Json to_json(const Answer& answer);
/// {"item", "title"}, the title where there is one.
Json to_json(const ScoredItem& item);

}  // namespace seqrec::infer

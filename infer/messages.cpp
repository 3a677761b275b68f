#include "infer/messages.h"

#include "core/shown.h"

namespace seqrec::infer {
namespace {

std::string token_of(const Json& value) { return value.is_int() ? value.dump() : value.as_string(); }

}  // namespace

std::vector<std::string> split_tokens(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(' ', begin)) != text.npos;) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    out.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

std::vector<std::string> tokens_of(const Json& value) {
  if (value.is_string()) return split_tokens(value.as_string());
  std::vector<std::string> tokens;
  for (const Json& token : value.as_array()) tokens.push_back(token_of(token));
  return tokens;
}

namespace {

/// Calls `read(key, value)` for each member that is not null; what it throws names the key.
template <class Read>
void read_members(const Json& json, Read&& read) {
  for (const auto& [key, value] : json.as_object()) {
    if (value.is_null()) continue;
    try {
      read(key, value);
    } catch (const FormatError& error) {
      throw FormatError(concat(shown(key), ": ", error.what()));
    }
  }
}

}  // namespace

Request request_of(const Json& json, const Session& session, const Request& defaults) {
  Request request = defaults;
  read_members(json, [&](const std::string& key, const Json& value) {
    if (key == "user")
      request.user = token_of(value);
    else if (key == "history")
      request.history = tokens_of(value);
    else if (key == "k")
      request.k = value.as_int();
    else if (key == "exclude_seen")
      request.exclude_seen = value.as_bool();
    else if (key == "exclude")
      request.exclude = session.items(tokens_of(value));
    else if (key == "candidates")
      request.candidates = session.items(tokens_of(value));
    else
      throw FormatError("unknown key, expected user, history, k, exclude_seen, exclude or candidates");
  });
  require<FormatError>(request.user || request.history, "neither a user nor a history");
  return request;
}

SimilarRequest similar_request_of(const Json& json, const Session& session) {
  SimilarRequest request;
  read_members(json, [&](const std::string& key, const Json& value) {
    if (key == "items")
      request.items = tokens_of(value);
    else if (key == "k")
      request.k = value.as_int();
    else if (key == "exclude")
      request.exclude = session.items(tokens_of(value));
    else if (key == "candidates")
      request.candidates = session.items(tokens_of(value));
    else
      throw FormatError("unknown key, expected items, k, exclude or candidates");
  });
  require<FormatError>(!request.items.empty(), "items: expected at least one");
  return request;
}

Json to_json(const ScoredItem& item) {
  Json out = Json::object();
  out["item"] = item.token;
  if (!item.title.empty()) out["title"] = item.title;
  return out;
}

namespace {

void write_items(const Answer& answer, Json& out) {
  Json items = Json::array();
  for (const ScoredItem& item : answer.items) {
    Json one = to_json(item);
    one["score"] = item.score;
    items.push_back(std::move(one));
  }
  out["items"] = std::move(items);
  if (answer.unknown_items > 0) out["unknown_items"] = answer.unknown_items;
}

}  // namespace

Json to_json(const Answer& answer) {
  Json out = Json::object();
  write_items(answer, out);
  return out;
}

Json to_json(const std::optional<std::string>& user, const Answer& answer) {
  Json out = Json::object();
  out["user"] = user ? Json(*user) : Json();
  write_items(answer, out);
  if (answer.unknown_user) out["unknown_user"] = true;
  if (!answer.error.empty()) out["error"] = answer.error;
  return out;
}

}  // namespace seqrec::infer

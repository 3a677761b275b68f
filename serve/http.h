#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace seqrec::serve {

/// A request as the server has read it: whole, and within its limits.
struct HttpRequest {
  std::string method;  ///< GET, POST, ...
  std::string path;    ///< of the target, without what follows a '?'
  std::string query;   ///< what follows it
  std::string body;
  std::string host;                     ///< the header Host
  std::string request_id, traceparent;  ///< the headers X-Request-Id and traceparent; "" where there are none
};

/// What it is answered. Nothing of a request goes into a header.
struct HttpReply {
  int status = 200;
  std::string body;
  const char* type = "application/json";
  const char* policy = nullptr;  ///< the Content-Security-Policy of a page
  const char* allow = nullptr;   ///< the methods that a path has (405)
  bool retry = false;            ///< worth trying again in a second (503)
};

/// {"error": text}; a 503 is worth trying again.
HttpReply error_reply(int status, std::string_view text);

/// Called once with the answer, in the server's thread.
using Respond = std::function<void(HttpReply)>;
using Handler = std::function<void(HttpRequest, Respond)>;

/// A request that was refused before it was whole.
struct RefusedRequest {
  HttpRequest request;    ///< as much as is known: often nothing, never a body
  int status;             ///< 408: it didn't come in time, and its connection was closed without an answer
  double seconds;         ///< since its first byte
  std::size_t bytes = 0;  ///< of the answer's body
};

}  // namespace seqrec::serve

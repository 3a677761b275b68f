#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/descriptor.h"
#include "core/json.h"

/// An answer over HTTP. Names of headers are in lower case.
struct HttpAnswer {
  int status = 0;  ///< 0: the connection was closed before
  std::map<std::string, std::string> headers;
  std::string body;

  seqrec::Json json() const { return seqrec::Json::parse(body); }
  bool closes() const;
};

/// A connection to a server on this machine, which sends bytes as they are given. Reading waits for 10 s at most.
class Client {
 public:
  explicit Client(std::uint16_t port);

  void send(std::string_view bytes);
  /// No more will be sent.
  void end();
  HttpAnswer read(bool head = false);
  /// Waits for the server's end of the connection; false if something else comes or nothing.
  bool is_closed();

  HttpAnswer get(const std::string& path, const std::string& method = "GET");
  HttpAnswer post(const std::string& path, const std::string& body, const std::string& headers = "");

 private:
  bool fill();

  seqrec::Descriptor socket_;
  std::string unread_;
};

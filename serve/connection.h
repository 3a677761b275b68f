#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <set>

#include "serve/server.h"

namespace seqrec::serve {

class Connection;

/// What all connections of a server share.
struct Connections {
  ServerLimits limits;
  Handler handler;
  std::function<void(RefusedRequest)> on_refused = nullptr;
  std::set<std::shared_ptr<Connection>> open = {};
  bool draining = false;  ///< each answer asks its client to close
  bool closed = false;    ///< no connection waits for another request
};

/// One client's connection: requests one after the other, until one of the two has enough.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, Connections& all);

  void start();
  /// Answers 503 without having read anything.
  void turn_away();
  /// Closes it if it waits for a request.
  void close_idle();

 private:
  using Error = boost::beast::error_code;

  void wait();
  void read_header();
  void read_body();
  void handle();
  void refuse(const Error& error);
  void refuse(int status, const char* text);
  void tell_refused(int status, std::size_t bytes);
  void reply(HttpReply reply);
  void finish();
  void discard();
  void close();

  boost::beast::tcp_stream stream_;
  Connections& all_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::chrono::steady_clock::time_point began_{};  // the request's first byte
  bool waiting_ = false;                           // for a request's first byte
  bool keep_alive_ = false;                        // as the client asks
  bool head_ = false;                              // an answer without its body
};

}  // namespace seqrec::serve

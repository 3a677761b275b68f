#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "serve/http.h"

namespace seqrec::serve {

/// What a client may ask of the server. Beyond them it gets 431, 413 or 503, and a slow one is cut off.
struct ServerLimits {
  std::size_t header_bytes = std::size_t{8} << 10;
  std::size_t body_bytes = std::size_t{1} << 20;
  std::size_t connections = 1024;
  std::chrono::milliseconds idle{60'000};     ///< between requests of a connection
  std::chrono::milliseconds request{10'000};  ///< from a request's first byte to its last, and the same for the answer
};

/// An HTTP/1.1 server. Everything of it happens in the thread that calls run(), the handler's calls included; post()
/// alone may be called from others.
class Server {
 public:
  /// Listens on an IP address; port 0 is any that is free. UsageError if it is no address, IoError naming it and the
  /// system's reason.
  /// `on_refused` is told of requests that don't reach the handler.
  Server(const std::string& address, std::uint16_t port, ServerLimits limits, Handler handler,
         std::function<void(RefusedRequest)> on_refused = nullptr);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Whether an IP address is of this machine alone.
  static bool is_loopback(const std::string& address);

  std::uint16_t port() const;
  std::size_t connections() const;

  /// Serves until it has drained.
  void run();
  void post(std::function<void()> f);
  void every(std::chrono::milliseconds period, std::function<void()> f);
  /// What a signal does while run() runs.
  void on_signal(int number, std::function<void()> f);
  /// Ends run() without a loss: for `grace` it goes on, asking each client to close; then it takes no new connection,
  /// answers what was begun, and ends with that or after ServerLimits::request.
  void drain(std::chrono::milliseconds grace);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace seqrec::serve

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "serve/batcher.h"
#include "serve/server.h"
#include "serve/service.h"

namespace seqrec::serve {

struct ServeOptions {
  std::vector<ModelSource> models;
  infer::SessionOptions session;
  bool histories = false;
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  /// Names by which it may be asked, beside localhost and IP addresses; without any, a server that listens on this
  /// machine alone has no other and one that others can reach answers to all.
  std::vector<std::string> hosts = {};
  BatcherOptions batcher;
  ServerLimits limits;
  ServiceLimits service_limits;
  bool access_log = true;
  bool page = true;                       ///< Service::Surroundings
  std::chrono::milliseconds watch{1000};  ///< how often the model files are looked at; 0: never
  std::chrono::milliseconds grace{500};   ///< Server::drain
};

/// Serves models over HTTP until SIGTERM or SIGINT; SIGHUP opens all model files anew, and one that changes is opened
/// by itself. `on_event` gets, in this thread: {"event": "listening", "address", "port", "models"}, the access log's
/// {"event": "request", ..}, {"event": "reload", "model", "error"?}, {"event": "ending"}.
void serve(const ServeOptions& options, const std::function<void(const Json& event)>& on_event);

}  // namespace seqrec::serve

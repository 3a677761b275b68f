#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "serve/batcher.h"
#include "serve/http.h"
#include "serve/metrics.h"
#include "serve/served_models.h"

namespace seqrec::serve {

/// What a body may ask for at once. Beyond it, 413.
struct ServiceLimits {
  std::size_t requests = 1024;     ///< and items that others are to be like
  std::int64_t items = 1'000'000;  ///< the sum of all k
};

/// What the server says over HTTP (docs/serving.md, GET /openapi.json). Everything but the batcher's work happens in
/// the server's thread.
class Service {
 public:
  struct Surroundings {
    std::function<void(std::function<void()>)> post;  ///< to the server's thread, from any other
    std::function<std::size_t()> connections;         ///< open ones
    std::function<void(const Json&)> on_request;      ///< {"event": "request", ..}: a line of the access log
    /// The names that a request's Host may have beside localhost and IP addresses; nothing: any.
    std::optional<std::vector<std::string>> hosts = {};
    bool page = true;  ///< whether there are a page at `/` and the lists of models, items and users that it needs
  };
  Service(const ServedModels& models, Batcher& batcher, ServiceLimits limits, Surroundings surroundings);

  void handle(HttpRequest request, Respond respond);
  /// Counts and logs a request that the server refused by itself.
  void on_refused(const RefusedRequest& refused);
  void on_reload(const Reload& reload) { metrics_.add_reload(reload.error.empty()); }
  /// From now on it is not ready any more, and answers all the same.
  void end() { ready_ = false; }

 private:
  /// A request on its way to an answer, and what the log says of it.
  struct Exchange;
  using Shared = std::shared_ptr<Exchange>;
  struct Route;
  static const std::vector<Route>& routes();
  const Route* route_of(std::string_view path) const;

  void check_host(std::string_view host) const;
  void dispatch(const Shared& exchange);
  void recommend(const Shared& exchange);
  void score(const Shared& exchange);
  void similar(const Shared& exchange);
  void page(const Shared& exchange);
  void models(const Shared& exchange);
  void items(const Shared& exchange);
  void users(const Shared& exchange);
  void health(const Shared& exchange);
  void metadata(const Shared& exchange);
  void metrics(const Shared& exchange);
  void openapi(const Shared& exchange);

  /// The model of a name; the first one without.
  ServedModel model_of(const std::optional<std::string>& name, const Shared& exchange) const;
  /// The one that a body names, which is taken out of it.
  ServedModel model_of(Json& body, const Shared& exchange) const;
  /// What a query asks a list for: "model", "q", "limit".
  struct Search {
    ServedModel model;
    std::string text;
    std::size_t limit;
  };
  Search search_of(const Shared& exchange) const;
  /// Lets workers answer, and `write` write the body in theirs.
  void compute(const Shared& exchange, ServedModel model, std::vector<infer::Request> requests,
               std::function<HttpReply(const std::vector<infer::Answer>&)> write);
  /// Lets a worker make the answer to what is no request to a model; a UsageError is the client's.
  void work(const Shared& exchange, std::function<HttpReply()> answer);
  /// Called by a worker: ends an exchange in the server's thread.
  void answered(const Shared& exchange, HttpReply reply, double queued, double computed);
  void finish(const Shared& exchange, HttpReply reply);
  void log(const Exchange& exchange, int status, double seconds, std::size_t bytes);

  const ServedModels& models_;
  Batcher& batcher_;
  const ServiceLimits limits_;
  const Surroundings surroundings_;
  Metrics metrics_;
  bool ready_ = true;
  std::uint64_t number_ = 0;
};

/// The description of the service in OpenAPI 3.0.
std::string openapi_document();

}  // namespace seqrec::serve

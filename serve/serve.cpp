#include "serve/serve.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "core/parallel.h"

namespace seqrec::serve {
namespace {

/// Opens changed model files in a thread of its own: a large one takes seconds, and requests go on.
class Reloader {
 public:
  using Done = std::function<void(std::vector<Reload>)>;
  /// `done` is called in the thread that reads.
  Reloader(ServedModels& models, Done done) : models_(models), done_(std::move(done)) {}
  ~Reloader() {
    if (thread_.joinable()) thread_.join();
  }

  /// Looks at the files again, or opens all of them; while it is at work, afterwards once more.
  void look(bool all) {
    if (busy_.exchange(true)) {
      if (all) again_ = true;
      return;
    }
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([this, all] {
      for (bool whole = all;; whole = true) {
        done_(models_.reload(whole));
        if (!again_.exchange(false)) break;
      }
      busy_ = false;
    });
  }

 private:
  ServedModels& models_;
  const Done done_;
  std::atomic<bool> busy_ = false, again_ = false;
  std::thread thread_;
};

}  // namespace

void serve(const ServeOptions& options, const std::function<void(const Json&)>& on_event) {
  set_num_threads(options.batcher.workers);
  ServedModels models(options.models, options.session, options.histories);
  std::optional<Service> service;
  // Workers and the reloader end before the server that they post to.
  Server server(
      options.address, options.port, options.limits,
      [&](HttpRequest request, Respond respond) { service->handle(std::move(request), std::move(respond)); },
      [&](const RefusedRequest& refused) { service->on_refused(refused); });
  Batcher batcher(options.batcher);
  ServiceLimits limits = options.service_limits;
  limits.requests = std::min(limits.requests, options.batcher.queue);  // more would never find room
  std::optional<std::vector<std::string>> hosts = options.hosts;
  if (hosts->empty() && !Server::is_loopback(options.address)) hosts.reset();
  service.emplace(models, batcher, limits,
                  Service::Surroundings{.post = [&](std::function<void()> f) { server.post(std::move(f)); },
                                        .connections = [&] { return server.connections(); },
                                        .on_request = options.access_log ? on_event : nullptr,
                                        .hosts = hosts,
                                        .page = options.page});
  Reloader reloader(models, [&](std::vector<Reload> reloads) {
    server.post([&, reloads = std::move(reloads)] {
      for (const Reload& reload : reloads) {
        service->on_reload(reload);
        Json event = Json::object();
        event["event"] = "reload";
        event["model"] = reload.name;
        if (!reload.error.empty()) event["error"] = reload.error;
        on_event(event);
      }
    });
  });
  bool ending = false;
  const auto end = [&] {
    if (std::exchange(ending, true)) return;
    service->end();
    server.drain(options.grace);
    Json event = Json::object();
    event["event"] = "ending";
    on_event(event);
  };
  server.on_signal(SIGTERM, end);
  server.on_signal(SIGINT, end);
  server.on_signal(SIGHUP, [&] { reloader.look(true); });
  if (options.watch.count() > 0) server.every(options.watch, [&] { reloader.look(false); });

  Json event = Json::object();
  event["event"] = "listening";
  event["address"] = options.address;
  event["port"] = std::int64_t{server.port()};
  Json names = Json::array();
  for (const ModelSource& source : models.sources()) names.push_back(source.name);
  event["models"] = names;
  on_event(event);
  server.run();
}

}  // namespace seqrec::serve

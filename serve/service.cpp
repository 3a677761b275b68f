#include "serve/service.h"

#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/shown.h"
#include "infer/messages.h"
#include "serve/page.h"
#include "serve/query.h"
#include "serve/search.h"

namespace seqrec::serve {
namespace {

/// An answer that is an error: its status and text.
struct Refusal {
  int status;
  std::string text;
};

HttpReply reply_of(const Json& body, int status = 200) {
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

/// {key: list}.
HttpReply reply_of(const char* key, Json list) {
  Json body = Json::object();
  body[key] = std::move(list);
  return reply_of(body);
}

/// Whether two names of hosts are one, in upper or lower case.
bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, std::equal_to(), lower, lower);
}

constexpr int kUnanswerable = 422;  // a request that is well formed: the user is unknown, the history is empty

constexpr std::string_view kModels = "/v2/models/", kReady = "/ready";

Json tensor(const char* name, const char* type, std::int64_t first) {
  Json out = Json::object();
  out["name"] = name;
  out["datatype"] = type;
  out["shape"] = Json::Array{first, -1};
  return out;
}

}  // namespace

struct Service::Exchange {
  HttpRequest request;
  Respond respond;
  Clock::time_point came;
  std::string id, endpoint = "other", model;
  std::size_t requests = 0;
  double queued = 0, computed = 0;
};

struct Service::Route {
  const char* path;
  const char* method;
  void (Service::*answer)(const Shared&);
  enum Kind {
    Exact,
    Beginning,  // stands for all paths that begin with it
    OfPage
  } kind = Exact;
};

const std::vector<Service::Route>& Service::routes() {
  static const std::vector<Route> routes = {
      {"/recommend", "POST", &Service::recommend},
      {"/score", "POST", &Service::score},
      {"/similar", "POST", &Service::similar},
      {"/v2/health/live", "GET", &Service::health},
      {"/v2/health/ready", "GET", &Service::health},
      {"/v2", "GET", &Service::metadata},
      {"/v2/models/", "GET", &Service::metadata, Route::Beginning},
      {"/metrics", "GET", &Service::metrics},
      {"/openapi.json", "GET", &Service::openapi},
      {"/", "GET", &Service::page, Route::OfPage},
      {"/models", "GET", &Service::models, Route::OfPage},
      {"/items", "GET", &Service::items, Route::OfPage},
      {"/users", "GET", &Service::users, Route::OfPage},
  };
  return routes;
}

Service::Service(const ServedModels& models, Batcher& batcher, ServiceLimits limits, Surroundings surroundings)
    : models_(models), batcher_(batcher), limits_(limits), surroundings_(std::move(surroundings)) {}

void Service::handle(HttpRequest request, Respond respond) {
  const auto exchange = std::make_shared<Exchange>();
  exchange->request = std::move(request);
  exchange->respond = std::move(respond);
  exchange->came = Clock::now();
  exchange->id = std::to_string(++number_);
  try {
    dispatch(exchange);
  } catch (const Refusal& refusal) {
    finish(exchange, error_reply(refusal.status, refusal.text));
  } catch (const FormatError& error) {
    finish(exchange, error_reply(400, error.what()));
  } catch (const std::exception& error) {
    finish(exchange, error_reply(500, error.what()));
  }
}

const Service::Route* Service::route_of(std::string_view path) const {
  const auto route = std::ranges::find_if(routes(), [&](const Route& one) {
    if (one.kind == Route::OfPage && !surroundings_.page) return false;
    return one.kind == Route::Beginning ? path.starts_with(one.path) : path == one.path;
  });
  return route == routes().end() ? nullptr : &*route;
}

/// A page elsewhere can give its own name the address of this machine (DNS rebinding), and its script could then read
/// the answers; the browser says by which name it came. An address is what it is.
void Service::check_host(std::string_view host) const {
  if (!surroundings_.hosts || host.empty()) return;
  if (host.starts_with('[')) return;
  const std::string_view name = host.substr(0, host.find(':'));
  if (same_name(name, "localhost") || name.find_first_not_of("0123456789.") == name.npos) return;
  if (std::ranges::any_of(*surroundings_.hosts, [&](const std::string& one) { return same_name(name, one); })) return;
  throw Refusal{421, concat("this server is not called '", shown(name), "'; --host ", shown(name), " makes it so")};
}

void Service::dispatch(const Shared& exchange) {
  check_host(exchange->request.host);
  const Route* route = route_of(exchange->request.path);
  if (route == nullptr) throw Refusal{404, "there is no such path; GET /openapi.json describes those there are"};
  exchange->endpoint = route->path;
  if (exchange->request.method != route->method) {
    HttpReply reply = error_reply(405, concat("expected ", route->method));
    reply.allow = route->method;
    return finish(exchange, std::move(reply));
  }
  (this->*route->answer)(exchange);
}

ServedModel Service::model_of(const std::optional<std::string>& name, const Shared& exchange) const {
  exchange->model = name.value_or(models_.sources().front().name);
  ServedModel model = models_.find(exchange->model);
  if (!model) throw Refusal{404, concat("there is no model '", shown(exchange->model), "'")};
  return model;
}

ServedModel Service::model_of(Json& body, const Shared& exchange) const {
  std::optional<std::string> name;
  Json::Object& members = body.as_object();
  const auto named = std::ranges::find(members, "model", &Json::Member::first);
  if (named != members.end()) {
    if (!named->second.is_null()) name = named->second.as_string();
    members.erase(named);
  }
  return model_of(name, exchange);
}

void Service::recommend(const Shared& exchange) {
  Json body = Json::parse(exchange->request.body);
  const ServedModel model = model_of(body, exchange);
  const Json* list = body.find("requests");
  std::vector<infer::Request> requests;
  std::vector<std::string> malformed;  // of a list: why one is no request
  if (!list) {
    requests.push_back(infer::request_of(body, *model, {}));
  } else {
    if (body.as_object().size() > 1) throw FormatError("requests: expected no other key but model beside it");
    for (const Json& one : list->as_array()) {
      malformed.emplace_back();
      try {
        requests.push_back(infer::request_of(one, *model, {}));
      } catch (const FormatError& error) {
        malformed.back() = error.what();
      }
    }
  }
  std::int64_t items = 0;
  for (const infer::Request& request : requests)
    items += std::clamp<std::int64_t>(request.k, 0, model->file().spec.n_items);
  if (requests.size() > limits_.requests || items > limits_.items)
    throw Refusal{413, concat("asks for ", items, " items in ", requests.size(), " requests, expected at most ",
                              limits_.items, " items in ", limits_.requests, " requests")};

  std::vector<std::optional<std::string>> users;
  for (const infer::Request& request : requests) users.push_back(request.user);
  if (!list) {
    return compute(exchange, model, std::move(requests), [users](const std::vector<infer::Answer>& answers) {
      return reply_of(infer::to_json(users[0], answers[0]), answers[0].error.empty() ? 200 : kUnanswerable);
    });
  }
  compute(exchange, model, std::move(requests), [users, malformed](const std::vector<infer::Answer>& answers) {
    Json all = Json::array();
    std::size_t next = 0;
    for (const std::string& error : malformed) {
      if (error.empty()) {
        all.push_back(infer::to_json(users[next], answers[next]));
        ++next;
      } else {
        infer::Answer refused;
        refused.error = error;
        all.push_back(infer::to_json({}, refused));
      }
    }
    Json out = Json::object();
    out["answers"] = all;
    return reply_of(out);
  });
}

void Service::score(const Shared& exchange) {
  Json body = Json::parse(exchange->request.body);
  const ServedModel model = model_of(body, exchange);
  const std::vector<std::string> items = infer::tokens_of(body.at("items"));
  if (items.empty()) throw FormatError("items: expected at least one");
  Json::Object& members = body.as_object();
  for (const auto& [key, value] : members)
    if (key != "user" && key != "history" && key != "items")
      throw FormatError(concat(shown(key), ": unknown key, expected user, history and items"));
  members.erase(std::ranges::find(members, "items", &Json::Member::first));
  infer::Request request = infer::request_of(body, *model, {});
  request.candidates = model->items(items);
  request.k = std::max<std::int64_t>(1, std::ssize(request.candidates->ids));
  compute(exchange, model, {std::move(request)}, [items](const std::vector<infer::Answer>& answers) {
    const infer::Answer& answer = answers[0];
    if (!answer.error.empty()) return error_reply(kUnanswerable, answer.error);
    std::map<std::string_view, double> score_of;
    for (const infer::ScoredItem& item : answer.items) score_of[item.token] = item.score;
    Json scores = Json::array();
    for (const std::string& item : items) {
      const auto found = score_of.find(item);
      scores.push_back(found == score_of.end() ? Json() : Json(found->second));
    }
    Json out = Json::object();
    out["scores"] = scores;
    return reply_of(out);
  });
}

void Service::similar(const Shared& exchange) {
  Json body = Json::parse(exchange->request.body);
  const ServedModel model = model_of(body, exchange);
  infer::SimilarRequest request = infer::similar_request_of(body, *model);
  const std::int64_t k = std::clamp<std::int64_t>(request.k, 0, model->file().spec.n_items);
  if (request.items.size() > limits_.requests || k > limits_.items)
    throw Refusal{413, concat("asks for ", k, " items like ", request.items.size(), " others, expected at most ",
                              limits_.items, " like ", limits_.requests)};
  work(exchange,
       [model, request = std::move(request)] { return reply_of(infer::to_json(infer::similar(*model, request))); });
}

void Service::page(const Shared& exchange) {
  HttpReply reply;
  reply.type = "text/html; charset=utf-8";
  reply.policy = kPagePolicy;
  reply.body = kPage;
  finish(exchange, std::move(reply));
}

void Service::models(const Shared& exchange) {
  Json list = Json::array();
  for (const ModelSource& source : models_.sources()) {
    const ServedModel model = models_.find(source.name);
    const models::ModelFile& file = model->file();
    Json one = Json::object();
    one["name"] = source.name;
    one["model"] = file.spec.model;
    one["users"] = std::int64_t{file.users.size()} - 1;
    one["items"] = std::int64_t{file.items.size()} - 1;
    one["titles"] = !file.titles.empty();
    one["histories"] = model->histories() != nullptr;
    list.push_back(std::move(one));
  }
  finish(exchange, reply_of("models", std::move(list)));
}

Service::Search Service::search_of(const Shared& exchange) const {
  std::optional<std::string> model;
  Search search{nullptr, "", 20};
  for (const auto& [name, value] : parse_query(exchange->request.query)) {
    if (name == "model") {
      model = value;
    } else if (name == "q") {
      search.text = value;
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), search.limit);
      if (error != std::errc() || end != value.data() + value.size() || search.limit < 1 || search.limit > 100)
        throw FormatError(concat("limit: got '", shown(value), "', expected a number from 1 to 100"));
    } else {
      throw FormatError(concat(shown(name), ": unknown parameter, expected model, q or limit"));
    }
  }
  search.model = model_of(model, exchange);
  return search;
}

void Service::items(const Shared& exchange) {
  work(exchange, [search = search_of(exchange)] {
    Json list = Json::array();
    for (const std::int32_t id : find_items(search.model->file(), search.text, search.limit))
      list.push_back(infer::to_json(search.model->item(id, 0)));
    return reply_of("items", std::move(list));
  });
}

void Service::users(const Shared& exchange) {
  Search search = search_of(exchange);
  if (!search.model->histories()) throw Refusal{404, "no histories are served (--histories)"};
  work(exchange, [search = std::move(search)] {
    Json list = Json::array();
    for (const std::int32_t id : find_users(search.model->file(), search.text, search.limit)) {
      Json history = Json::array();
      for (const std::int32_t item : search.model->histories()->recent(id))
        history.push_back(infer::to_json(search.model->item(item, 0)));
      Json one = Json::object();
      one["user"] = search.model->file().users.token(id);
      one["history"] = std::move(history);
      list.push_back(std::move(one));
    }
    return reply_of("users", std::move(list));
  });
}

void Service::health(const Shared& exchange) {
  const bool live = exchange->endpoint.ends_with("live");
  Json body = Json::object();
  body[live ? "live" : "ready"] = live || ready_;
  finish(exchange, reply_of(body, live || ready_ ? 200 : 503));
}

/// KServe's predict protocol, version 2: the server's metadata, a model's, and whether it is ready.
void Service::metadata(const Shared& exchange) {
  std::string_view name = exchange->request.path;
  Json body = Json::object();
  if (name == "/v2") {
    body["name"] = "seqrec";
    body["version"] = SEQREC_VERSION;
    body["extensions"] = Json::array();
    return finish(exchange, reply_of(body));
  }
  name.remove_prefix(kModels.size());
  const bool asks_ready = name.ends_with(kReady);
  if (asks_ready) name.remove_suffix(kReady.size());
  const ServedModel model = models_.find(name);
  if (!model) throw Refusal{404, "there is no such model"};
  exchange->model = name;
  body["name"] = name;
  if (asks_ready) {
    body["ready"] = ready_;
    return finish(exchange, reply_of(body, ready_ ? 200 : 503));
  }
  body["versions"] = Json::array();
  body["platform"] = concat("seqrec_", model->file().spec.model);
  body["inputs"] = Json::Array{tensor("user", "BYTES", -1), tensor("history", "BYTES", -1)};
  body["outputs"] = Json::Array{tensor("item", "BYTES", -1), tensor("score", "FP32", -1)};
  finish(exchange, reply_of(body));
}

void Service::metrics(const Shared& exchange) {
  HttpReply reply;
  reply.type = "text/plain; version=0.0.4";
  reply.body = metrics_.text(batcher_.queued(), surroundings_.connections(), ready_);
  finish(exchange, std::move(reply));
}

void Service::openapi(const Shared& exchange) {
  HttpReply reply;
  reply.body = openapi_document();
  finish(exchange, std::move(reply));
}

void Service::compute(const Shared& exchange, ServedModel model, std::vector<infer::Request> requests,
                      std::function<HttpReply(const std::vector<infer::Answer>&)> write) {
  exchange->requests = requests.size();
  if (requests.empty()) return finish(exchange, write({}));
  // The model is held until its answers, which show its tokens, are written.
  const auto done = [this, exchange, model, write = std::move(write)](const std::vector<infer::Answer>& answers,
                                                                      double queued, double computed) {
    HttpReply reply;
    try {
      reply = write(answers);
    } catch (const std::exception& error) {
      reply = error_reply(500, error.what());
    }
    answered(exchange, std::move(reply), queued, computed);
  };
  if (!batcher_.add({model, std::move(requests), done})) throw Refusal{503, "too many requests wait"};
}

void Service::work(const Shared& exchange, std::function<HttpReply()> answer) {
  exchange->requests = 1;
  const auto reply = std::make_shared<HttpReply>();
  const auto make = [reply, answer = std::move(answer)] {
    try {
      *reply = answer();
    } catch (const UsageError& error) {
      *reply = error_reply(kUnanswerable, error.what());
    } catch (const std::exception& error) {
      *reply = error_reply(500, error.what());
    }
  };
  const auto done = [this, exchange, reply](const std::vector<infer::Answer>&, double queued, double computed) {
    answered(exchange, std::move(*reply), queued, computed);
  };
  if (!batcher_.add({nullptr, {}, done, make})) throw Refusal{503, "too many requests wait"};
}

void Service::answered(const Shared& exchange, HttpReply reply, double queued, double computed) {
  exchange->queued = queued;
  exchange->computed = computed;
  surroundings_.post([this, exchange, reply = std::move(reply)]() mutable {
    metrics_.add_batch(exchange->queued, exchange->computed);
    finish(exchange, std::move(reply));
  });
}

void Service::finish(const Shared& exchange, HttpReply reply) {
  const double seconds = std::chrono::duration<double>(Clock::now() - exchange->came).count();
  metrics_.add_request(exchange->endpoint, reply.status, seconds);
  log(*exchange, reply.status, seconds, reply.body.size());
  exchange->respond(std::move(reply));
}

void Service::on_refused(const RefusedRequest& refused) {
  Exchange exchange;
  exchange.request = refused.request;
  exchange.id = std::to_string(++number_);
  if (const Route* route = route_of(refused.request.path)) exchange.endpoint = route->path;
  metrics_.add_refused(exchange.endpoint, refused.status);
  log(exchange, refused.status, refused.seconds, refused.bytes);
}

void Service::log(const Exchange& exchange, int status, double seconds, std::size_t bytes) {
  if (!surroundings_.on_request) return;
  const HttpRequest& request = exchange.request;
  Json line = Json::object();
  line["event"] = "request";
  line["id"] = exchange.id;
  if (!request.request_id.empty()) line["request_id"] = request.request_id;
  if (!request.traceparent.empty()) line["traceparent"] = request.traceparent;
  line["method"] = shown(request.method);
  line["path"] = shown(request.path);
  line["status"] = status;
  if (!exchange.model.empty()) line["model"] = shown(exchange.model);
  if (exchange.requests > 0) {
    line["requests"] = static_cast<std::int64_t>(exchange.requests);
    line["queued"] = exchange.queued;
    line["computed"] = exchange.computed;
  }
  line["seconds"] = seconds;
  line["bytes"] = static_cast<std::int64_t>(bytes);
  surroundings_.on_request(line);
}

}  // namespace seqrec::serve

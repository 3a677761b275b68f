#include "serve/serve.h"

#include <atomic>
#include <csignal>

#include <doctest/doctest.h>
#include <unistd.h>

#include "core/file.h"
#include "infer/messages.h"
#include "tests/serve/schema.h"
#include "tests/serve/serving.h"

using namespace seqrec;
using namespace seqrec::serve;

namespace {

std::vector<std::string> items_of(const Json& answer) {
  std::vector<std::string> items;
  for (const Json& item : answer.at("items").as_array()) items.push_back(item.at("item").as_string());
  return items;
}

std::vector<std::string> items_of(const infer::Answer& answer) {
  std::vector<std::string> items;
  for (const infer::ScoredItem& item : answer.items) items.emplace_back(item.token);
  return items;
}

const char* const kRequest = R"({"history": ["i3", "i9"], "k": 3})";

}  // namespace

TEST_CASE("a server answers as a session does") {
  Serving serving({}, {"SHAN", "Caser", "DIEN"});
  Client client = serving.connect();
  for (const std::string model : {"SHAN", "Caser", "DIEN"}) {
    CAPTURE(model);
    infer::Session session(serving.file(model));
    session.load_histories(models::histories_path(serving.file(model)));
    infer::Request request;
    request.user = "u2";
    request.history = {{"i3", "i9"}};
    request.k = 4;
    const infer::Answer expected = session.recommend(request);
    const HttpAnswer answer =
        client.post("/recommend", R"({"model": ")" + model + R"(", "user": "u2", "history": "i3 i9", "k": 4})");
    REQUIRE(answer.status == 200);
    CHECK(items_of(answer.json()) == items_of(expected));
    CHECK(answer.json().at("user").as_string() == "u2");
    CHECK(answer.json().at("items").as_array()[0].at("score").as_double() == expected.items[0].score);

    const HttpAnswer scores =
        client.post("/score", R"({"model": ")" + model +
                                  R"(", "user": "u2", "history": ["i3", "i9"], "items": ["i7", "x", "i1"]})");
    REQUIRE(scores.status == 200);
    const Json::Array list = scores.json().at("scores").as_array();
    const auto by_session = session.score(request, std::vector<std::string>{"i7", "x", "i1"});
    REQUIRE(list.size() == 3);
    CHECK(list[0].as_double() == *by_session[0]);
    CHECK(list[1].is_null());
    CHECK(list[2].as_double() == *by_session[2]);
  }
  const HttpAnswer by_user = client.post("/recommend", R"({"user": "u1", "exclude_seen": true, "k": 20})");
  CHECK(items_of(by_user.json()).size() == 14);
  const HttpAnswer left = client.post(
      "/recommend", R"({"history": ["i1"], "k": 20, "exclude": "i1 i2", "candidates": ["i1", "i2", "i3", "i4"]})");
  CHECK(items_of(left.json()).size() == 2);
  const HttpAnswer null = client.post("/recommend", R"({"model": null, "user": null, "history": "i1 nix", "k": null})");
  CHECK(items_of(null.json()).size() == 10);
  CHECK(null.json().at("unknown_items").as_int() == 1);
}

TEST_CASE("a server on this machine alone answers to its own names, since a page elsewhere may give it another") {
  const auto status = [](Client& client, const std::string& host) {
    client.send("GET /v2 HTTP/1.1\r\n" + host + "\r\n");
    return client.read().status;
  };
  ServeOptions named;
  named.hosts = {"shop.example"};
  Serving serving(named);
  Client client = serving.connect();
  for (const char* own : {"Host: localhost\r\n", "Host: LocalHost:8080\r\n", "Host: 127.0.0.1:8080\r\n",
                          "Host: [::1]:8080\r\n", "Host: 10.0.0.7\r\n", "Host: Shop.Example:80\r\n"})
    CHECK_MESSAGE(status(client, own) == 200, own);
  for (const char* other : {"Host: evil.example\r\n", "Host: localhost.evil.example\r\n",
                            "Host: 127.0.0.1.evil:8080\r\n", "Host: 1a\r\n", "Host: shop.example.evil\r\n"})
    CHECK_MESSAGE(status(client, other) == 421, other);
  client.send("GET /v2 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n");
  CHECK(client.read().json().at("error").as_string() ==
        "this server is not called 'evil.example'; --host evil.example makes it so");
}

TEST_CASE("addresses of this machine alone are told from others, however they are written") {
  for (const char* own : {"127.0.0.1", "127.8.8.8", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"})
    CHECK_MESSAGE(Server::is_loopback(own), own);
  for (const char* other : {"0.0.0.0", "::", "10.0.0.7", "::ffff:10.0.0.7", "localhost", ""})
    CHECK_MESSAGE(!Server::is_loopback(other), other);
}

TEST_CASE("a server that others can reach answers to every name, or to those that it is given") {
  for (const bool named : {false, true}) {
    ServeOptions options;
    options.address = "0.0.0.0";
    if (named) options.hosts = {"shop.example"};
    Serving serving(options);
    Client client = serving.connect();
    client.send("GET /v2 HTTP/1.1\r\nHost: seqrec.internal\r\n\r\n");
    CHECK(client.read().status == (named ? 421 : 200));
  }
}

TEST_CASE("a server says which items are alike") {
  Serving serving({}, {"SHAN", "Pop"});
  Client client = serving.connect();
  const infer::Session session(serving.file("SHAN"));
  infer::SimilarRequest request{
      .items = {"i3", "i9", "x"}, .k = 4, .exclude = session.items(std::vector<std::string>{"i5"})};
  const HttpAnswer answer = client.post("/similar", R"({"items": ["i3", "i9", "x"], "k": 4, "exclude": "i5"})");
  REQUIRE(answer.status == 200);
  CHECK(answer.json() == infer::to_json(infer::similar(session, request)));
  CHECK(answer.json().at("unknown_items").as_int() == 1);
  const HttpAnswer without = client.post("/similar", R"({"model": "Pop", "items": "i3"})");
  CHECK(without.status == 422);
  CHECK(without.json().at("error").as_string() == "a Pop has no item vectors to compare");
}

TEST_CASE("a page is served, with the lists that it needs") {
  Serving serving({}, {"SHAN", "Pop"});
  Client client = serving.connect();
  const HttpAnswer page = client.get("/");
  CHECK(page.status == 200);
  CHECK(page.headers.at("content-type") == "text/html; charset=utf-8");
  CHECK(page.headers.at("x-content-type-options") == "nosniff");
  const std::string policy = page.headers.at("content-security-policy");
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.find("unsafe") == policy.npos);
  CHECK(page.body == read_text(std::string(SEQREC_SOURCE_DIR) + "/serve/page.html"));
  CHECK(page.body.size() < 100'000);
  // All is in it, and no text of a model becomes HTML.
  for (const char* foreign : {"http:", "https:", "//cdn", "innerHTML", "outerHTML", "insertAdjacentHTML",
                              "document.write", "style=\"", "onclick=", "eval("})
    CHECK_MESSAGE(page.body.find(foreign) == page.body.npos, foreign);

  const Json::Array models = client.get("/models").json().at("models").as_array();
  REQUIRE(models.size() == 2);
  CHECK(models[1].dump() == R"({"name":"Pop","model":"Pop","users":5,"items":20,"titles":false,"histories":true})");
  CHECK(client.get("/items?q=I2&model=Pop").body == R"({"items":[{"item":"i2"},{"item":"i20"}]})");
  CHECK(client.get("/items").json().at("items").as_array().size() == 20);
  CHECK(client.get("/users?q=2").body == R"({"users":[{"user":"u2","history":[{"item":"i7"}]}]})");
  const Json first = client.get("/users?limit=1").json();
  CHECK(first.at("users").as_array()[0].at("history").as_array().size() == 4);
  const auto refused = [&](const std::string& target, int status, const std::string& error) {
    const HttpAnswer answer = client.get(target);
    CHECK(answer.status == status);
    CHECK(answer.json().at("error").as_string() == error);
  };
  refused("/items?limit=0", 400, "limit: got '0', expected a number from 1 to 100");
  refused("/items?limit=1x", 400, "limit: got '1x', expected a number from 1 to 100");
  refused("/users?limit=101", 400, "limit: got '101', expected a number from 1 to 100");
  refused("/items?x=1", 400, "x: unknown parameter, expected model, q or limit");
  refused("/items?q=%F", 400, "the query has '%F', expected two hexadecimal digits");
  refused("/items?model=none", 404, "there is no model 'none'");
  CHECK(serving.next("request").at("path").as_string() == "/");
  serving.next("request");
  CHECK(serving.next("request").at("path").as_string() == "/items");  // what was looked for is nobody's business
}

TEST_CASE("a server without histories knows no users, one without a page no lists") {
  const TempFolder folder;
  Serving::save(folder / "model");
  const ServedModels models({{"a", folder / "model"}}, {}, false);
  Batcher batcher({});
  const auto answer_to = [&](const std::string& path, bool page) {
    Service service(models, batcher, {}, {.post = {}, .connections = {}, .on_request = {}, .page = page});
    HttpReply answer;
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    service.handle(request, [&](HttpReply reply) { answer = std::move(reply); });
    return answer;
  };
  CHECK(answer_to("/users", true).status == 404);
  CHECK(answer_to("/users", true).body == "{\"error\":\"no histories are served (--histories)\"}");
  CHECK(answer_to("/models", true).body ==
        R"({"models":[{"name":"a","model":"SHAN","users":5,"items":20,"titles":false,"histories":false}]})");
  for (const char* path : {"/", "/models", "/items", "/users"}) CHECK(answer_to(path, false).status == 404);
  CHECK(answer_to("/v2", false).status == 200);
}

TEST_CASE("of a list each request has its answer, and one that is wrong has its error") {
  Serving serving;
  Client client = serving.connect();
  const HttpAnswer answer = client.post("/recommend", R"({"requests": [{"history": ["i3", "i9"], "k": 3}, {"k": 1},
      {"user": "nobody"}, 7, {"history": ["i3", "i9"], "k": 3}]})");
  REQUIRE(answer.status == 200);
  const Json::Array answers = answer.json().at("answers").as_array();
  REQUIRE(answers.size() == 5);
  CHECK(answers[0] == client.post("/recommend", kRequest).json());
  CHECK(answers[1].at("error").as_string() == "neither a user nor a history");
  CHECK(answers[2].at("error").as_string() == "no history: user \"nobody\" is unknown to the model");
  CHECK(answers[3].at("error").as_string() == "expected a map, got 7");
  CHECK(answers[4] == answers[0]);
  CHECK(client.post("/recommend", R"({"requests": []})").json().at("answers").as_array().empty());
}

TEST_CASE("what can't be answered has a status that says whose fault it is") {
  ServeOptions options;
  options.service_limits = {.requests = 2, .items = 30};
  Serving serving(options);
  Client client = serving.connect();
  const auto refused = [&](const std::string& path, const std::string& body, int status, const std::string& error) {
    CAPTURE(body);
    const HttpAnswer answer = client.post(path, body);
    CHECK(answer.status == status);
    CHECK(answer.json().at("error").as_string() == error);
    CHECK_FALSE(answer.closes());
  };
  refused("/recommend", "", 400, "line 1, column 1: expected a value, got the end");
  refused("/recommend", "[1]", 400, "expected a map, got a list");
  refused("/recommend", "{}", 400, "neither a user nor a history");
  refused("/recommend", R"({"history": {}})", 400, "history: expected a list, got a map");
  refused("/recommend", R"({"history": [1.5]})", 400, "history: expected a string, got 1.5");
  refused("/recommend", R"({"history": "i1", "n": 1})", 400,
          "n: unknown key, expected user, history, k, exclude_seen, exclude or candidates");
  refused("/recommend", R"({"requests": [], "k": 1})", 400, "requests: expected no other key but model beside it");
  refused("/recommend", R"({"history": "i1", "k": 0})", 422, "k must be at least 1, got 0");
  refused("/recommend", R"({"user": "nobody"})", 422, "no history: user \"nobody\" is unknown to the model");
  refused("/recommend", R"({"history": []})", 422, "the history is empty");
  refused("/recommend", R"({"model": "none", "history": "i1"})", 404, "there is no model 'none'");
  refused("/recommend", R"({"requests": [{"user": "u1"}, {"user": "u1"}, {"user": "u1"}]})", 413,
          "asks for 30 items in 3 requests, expected at most 30 items in 2 requests");
  refused("/score", R"({"history": "i1"})", 400, "\"items\" is missing");
  refused("/score", R"({"history": "i1", "items": []})", 400, "items: expected at least one");
  refused("/score", R"({"history": "i1", "items": "i2", "k": 1})", 400,
          "k: unknown key, expected user, history and items");
  refused("/score", R"({"user": "nobody", "items": "i2"})", 422, "no history: user \"nobody\" is unknown to the model");
  refused("/similar", "{}", 400, "items: expected at least one");
  refused("/similar", R"({"items": "i1", "user": "u1"})", 400,
          "user: unknown key, expected items, k, exclude or candidates");
  refused("/similar", R"({"items": "i1", "k": 0})", 422, "k must be at least 1, got 0");
  refused("/similar", R"({"items": "x"})", 422, "no item that was given is known to the model");
  refused("/similar", R"({"items": ["i1", "i2", "i3"]})", 413,
          "asks for 10 items like 3 others, expected at most 30 like 2");
  refused("/nowhere", "{}", 404, "there is no such path; GET /openapi.json describes those there are");
  CHECK(client.post("/recommend", std::string(100'000, '[')).status == 400);
  CHECK(client.post("/recommend", R"({"history": "i1", "k": 1e300})").status == 400);
  CHECK(client.post("/recommend", R"({"history": "i1", "k": 9223372036854775807})").status == 200);
  const HttpAnswer method = client.get("/recommend");
  CHECK(method.status == 405);
  CHECK(method.headers.at("allow") == "POST");
  CHECK(client.get("/v2/models/none").status == 404);
  CHECK(client.get("/v2/models//ready").status == 404);
}

TEST_CASE("the OpenAPI document describes every path, and the answers are as it says") {
  Serving serving;
  Client client = serving.connect();
  const Json document = client.get("/openapi.json").json();
  CHECK(document.at("openapi").as_string() == "3.0.3");
  std::size_t seen = 0;
  const auto holds = [&](const std::string& path, const std::string& method, const std::string& body, int status,
                         const std::string& target) {
    CAPTURE(target);
    CAPTURE(body);
    const HttpAnswer answer = method == "get" ? client.get(target) : client.post(target, body);
    REQUIRE(answer.status == status);
    CHECK(answer.headers.at("content-type") == "application/json");
    CHECK(why_not_valid(document, answer_schema(document, path, method, status), answer.json()) == "");
    ++seen;
  };
  holds("/recommend", "post", kRequest, 200, "/recommend");
  holds("/recommend", "post", R"({"requests": [{"user": "u1"}, {}]})", 200, "/recommend");
  holds("/recommend", "post", "{", 400, "/recommend");
  holds("/recommend", "post", R"({"user": "nobody"})", 422, "/recommend");
  holds("/recommend", "post", R"({"model": "x", "user": "u1"})", 404, "/recommend");
  holds("/score", "post", R"({"history": "i1", "items": ["i2", "x"]})", 200, "/score");
  holds("/score", "post", R"({"history": "", "items": ["i2"]})", 422, "/score");
  holds("/similar", "post", R"({"items": ["i2", "x"], "k": 2})", 200, "/similar");
  holds("/similar", "post", R"({"items": "x"})", 422, "/similar");
  holds("/items", "get", "", 200, "/items?q=i1");
  holds("/items", "get", "", 400, "/items?limit=0");
  holds("/items", "get", "", 404, "/items?model=x");
  holds("/users", "get", "", 200, "/users?limit=2");
  for (const std::string path : {"/v2/health/live", "/v2/health/ready", "/v2", "/openapi.json", "/models"})
    holds(path, "get", "", 200, path);
  holds("/v2/models/{model}", "get", "", 200, "/v2/models/SHAN");
  holds("/v2/models/{model}", "get", "", 404, "/v2/models/x");
  holds("/v2/models/{model}/ready", "get", "", 200, "/v2/models/SHAN/ready");
  CHECK(client.get("/metrics").status == 200);
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    std::string target = path;
    if (const auto place = target.find("{model}"); place != target.npos) target.replace(place, 7, "SHAN");
    CHECK(client.get(target, "PATCH").status == 405);
  }
  CHECK(why_not_valid(document, answer_schema(document, "/score", "post", 200), Json::parse(R"({"scores": ["1"]})")) !=
        "");
}

TEST_CASE("a new model file takes the old one's place, a broken one doesn't") {
  ServeOptions options;
  options.watch = std::chrono::milliseconds(20);
  Serving serving(options);
  Client client = serving.connect();
  const Json old = client.post("/recommend", kRequest).json();
  Serving::save(serving.file("new"), "SHAN", 6);
  rename_file(serving.file("new"), serving.file("SHAN"));
  CHECK_FALSE(serving.next("reload").find("error"));
  const Json now = client.post("/recommend", kRequest).json();
  CHECK(now != old);

  write_text(serving.file("SHAN"), "no model");
  const Json broken = serving.next("reload");
  CHECK(broken.at("model").as_string() == "SHAN");
  CHECK(broken.at("error").as_string().starts_with(serving.file("SHAN").string()));
  CHECK(client.post("/recommend", kRequest).json() == now);
  ::kill(::getpid(), SIGHUP);
  CHECK(serving.next("reload").find("error"));
  remove_file(serving.file("SHAN"));
  CHECK(serving.next("reload").find("error"));
  CHECK(client.post("/recommend", kRequest).json() == now);
  Serving::save(serving.file("SHAN"));
  CHECK_FALSE(serving.next("reload").find("error"));
  CHECK(client.post("/recommend", kRequest).json() == old);
  const std::string metrics = client.get("/metrics").body;
  CHECK(metrics.find("seqrec_reloads_total{result=\"good\"} 2\n") != metrics.npos);
  CHECK(metrics.find("seqrec_reloads_total{result=\"broken\"} 3\n") != metrics.npos);
}

TEST_CASE("metrics and the access log tell what was answered") {
  Serving serving;
  Client client = serving.connect();
  client.post(
      "/recommend", kRequest,
      "X-Request-Id: of-the-client\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n");
  client.post("/recommend", R"({"user": "nobody"})");
  client.get("/odd\x01path\xFF");
  const Json line = serving.next("request");
  CHECK(line.at("request_id").as_string() == "of-the-client");
  CHECK(line.at("traceparent").as_string() == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  CHECK(line.at("method").as_string() == "POST");
  CHECK(line.at("path").as_string() == "/recommend");
  CHECK(line.at("status").as_int() == 200);
  CHECK(line.at("model").as_string() == "SHAN");
  CHECK(line.at("requests").as_int() == 1);
  CHECK(line.at("seconds").as_double() >= line.at("computed").as_double());
  CHECK(serving.next("request").at("status").as_int() == 422);

  const HttpAnswer answer = serving.connect().get("/metrics");
  CHECK(answer.headers.at("content-type") == "text/plain; version=0.0.4");
  const auto has = [&](const std::string& text) { return answer.body.find(text) != answer.body.npos; };
  CHECK(has("seqrec_requests_total{endpoint=\"/recommend\",status=\"200\"} 1\n"));
  CHECK(has("seqrec_requests_total{endpoint=\"/recommend\",status=\"422\"} 1\n"));
  CHECK(has("seqrec_compute_seconds_bucket{le=\"+Inf\"} 2\n"));
  CHECK(has("seqrec_compute_seconds_count 2\n"));
  CHECK(has("# TYPE seqrec_request_seconds histogram\n"));
  CHECK(has("seqrec_ready 1\n"));
}

TEST_CASE("requests that are refused before they are whole are counted and logged, too") {
  ServeOptions options;
  options.limits = {.header_bytes = 1000, .body_bytes = 100, .request = std::chrono::milliseconds(50)};
  Serving serving(options);
  const auto status_of = [&](const std::string& bytes) {
    Client client = serving.connect();
    client.send(bytes);
    return client.read().status;
  };
  CHECK(status_of("no HTTP\xFF\r\n\r\n") == 400);
  CHECK(status_of("POST /score HTTP/1.1\r\nContent-Length: 101\r\n\r\n") == 413);
  CHECK(status_of("POST /nowhere HTTP/1.1\r\nContent-Length: 1\r\n\r\n") == 0);
  CHECK(status_of("GET /nowhere HTTP/1.1\r\nX: " + std::string(1000, 'x') + "\r\n\r\n") == 431);
  CHECK(serving.next("request").at("status").as_int() == 400);
  const Json large = serving.next("request");
  CHECK(large.at("method").as_string() == "POST");
  CHECK(large.at("path").as_string() == "/score");
  CHECK(large.at("status").as_int() == 413);
  CHECK(serving.next("request").at("status").as_int() == 408);
  CHECK(serving.next("request").at("status").as_int() == 431);
  const std::string metrics = serving.connect().get("/metrics").body;
  const auto has = [&](const std::string& text) { return metrics.find(text) != metrics.npos; };
  CHECK(has("seqrec_requests_total{endpoint=\"/score\",status=\"413\"} 1\n"));
  for (const char* status : {"400", "408", "431"})
    CHECK(has(concat("seqrec_requests_total{endpoint=\"other\",status=\"", status, "\"} 1\n")));
  CHECK(has("seqrec_request_seconds_count 0\n"));
}

TEST_CASE("a server that is ended under load answers all that it has begun") {
  Serving serving;
  const HttpAnswer expected = serving.connect().post("/recommend", kRequest);
  std::atomic<std::size_t> answered = 1;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      try {
        for (;;) {
          Client client = serving.connect();
          for (bool open = true; open;) {
            const HttpAnswer answer = client.post("/recommend", kRequest);
            open = answer.status != 0 && !answer.closes();
            if (answer.status == 0) continue;  // closed between two requests: a client of HTTP asks again
            ++answered;
            wrong += answer.body != expected.body;
          }
        }
      } catch (const IoError&) {  // it listens no more
      }
    });
  while (answered < 200) std::this_thread::yield();
  serving.terminate();
  for (std::thread& client : clients) client.join();
  serving.end();
  CHECK(wrong == 0);
  CHECK(answered == serving.count("request"));
}

TEST_CASE("models that can't be served are refused at the start") {
  const TempFolder folder;
  Serving::save(folder / "model");
  const auto refused = [&](ServeOptions options) { serve::serve(options, [](const Json&) { FAIL("it began"); }); };
  ServeOptions options;
  options.models = {{"a", folder / "model"}, {"a", folder / "model"}};
  CHECK_THROWS_AS(refused(options), UsageError);
  options.models = {{"a", folder / "none"}};
  CHECK_THROWS_AS(refused(options), IoError);
  options.models = {{"a", folder / "model"}};
  options.histories = true;
  CHECK_THROWS_AS(refused(options), IoError);
}

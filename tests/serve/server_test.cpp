#include "serve/server.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/serve/client.h"

using namespace seqrec;
using namespace seqrec::serve;
using std::chrono::milliseconds;

namespace {

HttpReply echo(const HttpRequest& request) {
  HttpReply reply;
  reply.body = request.method + " " + request.path + " " + request.body;
  return reply;
}

/// A server in a thread of its own, drained at the end.
class Running {
 public:
  explicit Running(
      ServerLimits limits = {},
      Handler handler = [](const HttpRequest& request, const Respond& respond) { respond(echo(request)); })
      : server("127.0.0.1", 0, limits, std::move(handler)), thread_([this] { server.run(); }) {}
  ~Running() { end(); }
  void drain(milliseconds grace) {
    server.post([this, grace] { server.drain(grace); });
  }
  void end() {
    drain(milliseconds(0));
    if (thread_.joinable()) thread_.join();
  }
  Client connect() { return Client(port); }

  Server server;
  const std::uint16_t port = server.port();

 private:
  std::thread thread_;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

}  // namespace

TEST_CASE("a connection has one request after the other, those too that come together") {
  Running running;
  Client client = running.connect();
  CHECK(client.get("/a?b=c").body == "GET /a ");
  const HttpAnswer posted = client.post("/p", "body");
  CHECK(posted.status == 200);
  CHECK(posted.body == "POST /p body");
  CHECK(posted.headers.at("content-type") == "application/json");
  CHECK_FALSE(posted.closes());
  client.send(kGet + kGet + "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + kGet);
  CHECK(client.read().body == "GET / ");
  CHECK(client.read().body == "GET / ");
  CHECK(client.read().body == "POST /x abc");
  CHECK(client.read().body == "GET / ");
}

TEST_CASE("a client says how it is answered") {
  Running running;
  Client client = running.connect();
  const HttpAnswer head = client.get("/a", "HEAD");
  CHECK(head.headers.at("content-length") == "7");
  CHECK(client.post("/p", "late", "Expect: 100-continue\r\n").status == 100);
  CHECK(client.read().body == "POST /p late");
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(client.read().closes());
  client.end();
  CHECK(client.is_closed());
  Client old = running.connect();
  old.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(old.read().closes());
}

TEST_CASE("what is beyond the limits is refused, and the connection closed") {
  Running running({.header_bytes = 1000, .body_bytes = 100});
  const auto refused = [&](const std::string& bytes, int status) {
    CAPTURE(bytes.substr(0, 80));
    Client client = running.connect();
    client.send(bytes);
    const HttpAnswer answer = client.read();
    CHECK(answer.status == status);
    CHECK(answer.closes());
    CHECK(answer.json().find("error") != nullptr);
    client.end();
    CHECK(client.is_closed());
  };
  refused("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", 431);
  refused("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n", 431);
  refused("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'), 413);
  refused("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400);
  refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'), 413);
  CHECK(running.connect().post("/", std::string(100, 'x')).status == 200);
}

TEST_CASE("what is no HTTP is refused, and nothing is smuggled behind it") {
  Running running;
  for (const std::string bytes :
       {"nonsense\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 3x\r\n\r\nabc",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    CAPTURE(bytes);
    Client client = running.connect();
    client.send(bytes);
    const HttpAnswer answer = client.read();
    CHECK(answer.status == 400);
    CHECK(answer.closes());
    client.end();
    CHECK(client.is_closed());
  }
  Client client = running.connect();
  client.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11));  // TLS
  client.end();
  CHECK(client.read().status != 200);
  CHECK(running.connect().get("/").status == 200);
}

TEST_CASE("requests that don't reach the handler are told of") {
  std::mutex mutex;
  std::vector<RefusedRequest> told;
  const auto handler = [](const HttpRequest&, const Respond& respond) { respond({}); };
  Server server("127.0.0.1", 0,
                {.header_bytes = 1000, .body_bytes = 100, .connections = 1, .request = milliseconds(50)}, handler,
                [&](const RefusedRequest& refused) {
                  const std::lock_guard lock(mutex);
                  told.push_back(refused);
                });
  std::thread thread([&] { server.run(); });
  const auto send = [&](const std::string& bytes) {
    for (;;) {  // the connection before may not be gone
      Client client(server.port());
      client.send(bytes);
      const HttpAnswer answer = client.read();
      if (answer.status != 503) return answer;
    }
  };
  CHECK(send("nonsense\r\n\r\n").status == 400);
  CHECK(send("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n").status == 431);
  const HttpAnswer large = send("POST /p?q HTTP/1.1\r\nX-Request-Id: 7\r\nContent-Length: 101\r\n\r\n");
  CHECK(send("POST /slow HTTP/1.1\r\nContent-Length: 4\r\n\r\nab").status == 0);
  CHECK(send("POST /whole HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd").status == 200);
  {
    Client one(server.port());
    while (one.get("/").status != 200) one = Client(server.port());
    Client two(server.port());
    CHECK(two.read().status == 503);
  }
  server.post([&] { server.drain(milliseconds(0)); });
  thread.join();
  std::vector<int> statuses;
  for (const RefusedRequest& refused : told)
    if (refused.status != 503) statuses.push_back(refused.status);
  CHECK(statuses == std::vector{400, 431, 413, 408});
  CHECK(told.back().status == 503);
  const auto of = [&](int status) { return *std::ranges::find(told, status, &RefusedRequest::status); };
  CHECK(of(413).request.method == "POST");
  CHECK(of(413).request.path == "/p");
  CHECK(of(413).request.request_id == "7");
  CHECK(of(413).bytes == large.body.size());
  CHECK(of(408).request.path == "/slow");
  CHECK(of(408).seconds > 0);
  CHECK(of(408).bytes == 0);
}

TEST_CASE("who is slow or idle is cut off") {
  Running running({.idle = milliseconds(50), .request = milliseconds(50)});
  Client silent = running.connect(), half = running.connect(), without_body = running.connect();
  half.send("GET / HT");
  without_body.send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  CHECK(silent.is_closed());
  CHECK(half.is_closed());
  CHECK(without_body.is_closed());
  CHECK(running.connect().get("/").status == 200);
}

TEST_CASE("a connection too many is told so") {
  Running running({.connections = 2});
  Client first = running.connect(), second = running.connect();
  CHECK(first.get("/").status == 200);
  CHECK(second.get("/").status == 200);
  {
    Client third = running.connect();
    third.send(kGet);
    const HttpAnswer full = third.read();
    CHECK(full.status == 503);
    CHECK(full.headers.at("retry-after") == "1");
    CHECK(full.closes());
  }
  first.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(first.read().status == 200);
  first.end();
  CHECK(first.is_closed());
  HttpAnswer again;
  while (again.status != 200) again = running.connect().get("/");  // the server has seen the end by then
}

TEST_CASE("an answer that comes later goes to its client, or nowhere if that has left") {
  std::promise<Respond> left, stayed;
  Running running({}, [&](const HttpRequest& request, const Respond& respond) {
    (request.path == "/left" ? left : stayed).set_value(respond);
  });
  Respond of_left;
  {
    Client client = running.connect();
    client.send("GET /left HTTP/1.1\r\n\r\n");
    of_left = left.get_future().get();
  }
  Client client = running.connect();
  client.send("GET /stayed HTTP/1.1\r\n\r\n");
  const Respond of_stayed = stayed.get_future().get();
  running.server.post([&] {
    of_left(HttpReply{.body = std::string(1 << 20, 'x')});
    of_stayed(HttpReply{.body = "late"});
  });
  CHECK(client.read().body == "late");
  running.end();
}

TEST_CASE("a server drains without a loss") {
  std::promise<Respond> begun;
  Running running({}, [&](const HttpRequest& request, const Respond& respond) {
    if (request.path == "/begun") return begun.set_value(respond);
    respond(echo(request));
  });
  Client idle = running.connect(), busy = running.connect();
  CHECK_FALSE(idle.get("/").closes());
  busy.send("GET /begun HTTP/1.1\r\n\r\n");
  const Respond respond = begun.get_future().get();
  running.drain(milliseconds(300));
  Client late = running.connect();
  HttpAnswer answer = late.get("/");
  while (answer.status == 200 && !answer.closes()) answer = late.get("/");  // until the drain has begun
  CHECK(answer.closes());
  CHECK(idle.is_closed());
  running.server.post([&] { respond(HttpReply{.body = "answered"}); });
  const HttpAnswer last = busy.read();
  CHECK(last.body == "answered");
  CHECK(last.closes());
  busy.end();
  late.end();
  running.end();
  CHECK_THROWS_AS(Client{running.port}, IoError);
}

TEST_CASE("a server says why it can't listen") {
  const Handler none = [](const HttpRequest&, const Respond&) {};
  CHECK_THROWS_WITH_AS(Server("localhost", 0, {}, none),
                       "got 'localhost', expected an IP address to listen on, such as 127.0.0.1 or 0.0.0.0",
                       UsageError);
  const Server first("127.0.0.1", 0, {}, none);
  const std::string taken = concat("can't listen on 127.0.0.1 port ", first.port(), ": Address already in use");
  CHECK_THROWS_WITH_AS(Server("127.0.0.1", first.port(), {}, none), taken.c_str(), IoError);
}

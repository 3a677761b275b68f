#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <mutex>

#include <sys/socket.h>
#include <unistd.h>

#include "serve/connection.h"
#include "serve/service.h"

namespace {

using namespace seqrec;
using namespace seqrec::serve;

[[noreturn]] void fail(const char* what, const std::string& text = "") {
  std::fprintf(stderr, "%s %s\n", what, text.c_str());
  std::abort();
}

/// What is said of a request must be JSON, whatever the request was.
void check_line(const Json& line) {
  if (Json::parse(line.dump()) != line) fail("a line of the log is another one when read:", line.dump());
}

void check_reply(const HttpReply& reply) {
  constexpr int kExpected[] = {200, 400, 404, 405, 413, 422};
  if (std::ranges::find(kExpected, reply.status) == std::end(kExpected)) fail("an unexpected answer:", reply.body);
  if (reply.type == std::string_view("application/json")) static_cast<void>(Json::parse(reply.body));
}

/// The server's parts but for its listening: a client's connection is one end of a pair of sockets, whose other end is
/// written and read in the same thread.
class Served {
 public:
  /// Sends bytes and says that no more will come; what was answered until the connection was closed.
  std::string answer_to(std::string_view bytes) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) fail("no sockets");
    boost::asio::ip::tcp::socket socket(context_);
    socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
    std::make_shared<Connection>(std::move(socket), all_)->start();
    std::string answers;
    int rests = 0;
    for (bool ended = false; !all_.open.empty();) {
      bool moved = false;
      const ssize_t sent = bytes.empty() ? 0 : ::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent)), moved = true;
      if (bytes.empty() && !std::exchange(ended, true)) ::shutdown(ends[1], SHUT_WR);
      moved |= read(ends[1], answers);
      context_.restart();
      moved |= context_.poll() > 0;
      if (moved || run_posted(std::chrono::milliseconds(100))) continue;
      if (++rests == 100) fail("a connection that nothing happens on");
    }
    while (read(ends[1], answers)) continue;
    ::close(ends[1]);
    if (handled_ != replied_) fail("a request without an answer");
    return answers;
  }

 private:
  static bool read(int socket, std::string& to) {
    char buffer[4096];
    const ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count > 0) to.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  void handle(HttpRequest request, Respond respond) {
    ++handled_;
    service_.handle(std::move(request), [this, respond = std::move(respond)](HttpReply reply) {
      ++replied_;
      check_reply(reply);
      respond(std::move(reply));
    });
  }

  void post(std::function<void()> f) {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(f));
    changed_.notify_one();
  }

  /// What workers posted; waits for it.
  bool run_posted(std::chrono::milliseconds wait) {
    std::vector<std::function<void()>> all;
    {
      std::unique_lock lock(mutex_);
      if (handled_ != replied_) changed_.wait_for(lock, wait, [&] { return !posted_.empty(); });
      all.swap(posted_);
    }
    for (const auto& f : all) f();
    return !all.empty();
  }

  static std::vector<ModelSource> seeds() {
    std::vector<ModelSource> sources;
    for (const char* model : {"SHAN", "Caser", "SRGNN", "DIEN", "S3Rec", "Pop", "Markov", "ItemKNN"})
      sources.push_back({model, std::string(MODELS) + model + ".safetensors"});
    return sources;
  }

  boost::asio::io_context context_{1};
  std::mutex mutex_;  // of posted_
  std::condition_variable changed_;
  std::vector<std::function<void()>> posted_;
  int handled_ = 0, replied_ = 0;
  ServedModels models_{seeds(), {}, true};
  Batcher batcher_{BatcherOptions{}};
  Service service_{models_, batcher_, ServiceLimits{.requests = 16, .items = 64},
                   Service::Surroundings{.post = [this](std::function<void()> f) { post(std::move(f)); },
                                         .connections = [] { return 1; },
                                         .on_request = check_line}};
  Connections all_{ServerLimits{.header_bytes = 1024, .body_bytes = 4096},
                   [this](HttpRequest request, Respond respond) { handle(std::move(request), std::move(respond)); },
                   [this](const RefusedRequest& refused) { service_.on_refused(refused); }};
};

}  // namespace

/// Whatever a client sends: answers in HTTP, each handled request exactly one that says whose fault it was, and then
/// the end of the connection.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Served served;
  const std::string answers = served.answer_to({reinterpret_cast<const char*>(data), size});
  if (!answers.empty() && !answers.starts_with("HTTP/1.1 ")) fail("no HTTP:", answers);
  return 0;
}

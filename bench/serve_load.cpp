// serve_load: asks a `seqrec serve` for the next items of synthetic sessions, click by click, and tells how long it
// took.
//
// --rate: so many requests in each second, whatever the answers take: ramped up from none, then held (ETUDE, ICDE 2024,
// algorithm 2; Clicks). A request's time counts from when it was due. As many may be under way as the rate is; what is
// due beyond that is held back, and counted. Without it: --requests in all, a connection's next one as soon as it is
// answered.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cmath>
#include <deque>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/clicks.h"
#include "core/json.h"

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Options {
  std::uint16_t port = 8080;
  std::int64_t items = 0, requests = 0;
  double rate = 0, ramp = 0, hold = 0;
  std::size_t connections = 32, idle = 0, slow = 0;
  int k = 20;
  Clicks::Exponents exponents;
  std::uint64_t seed = 1;
};

/// A visit: clicks of which the first `seen` have been asked for.
struct Visit {
  std::vector<std::int64_t> items;
  std::size_t seen = 0;
};

struct Request {
  Clock::time_point due;
  Visit visit;
};

class Load;

/// A connection that is kept, and made anew when the server has closed it.
class Connection {
 public:
  Connection(asio::io_context& context, Load& load) : socket_(context), load_(load) {}
  void send(Request request);

 private:
  void write();
  void read();
  void fail();

  tcp::socket socket_;
  Load& load_;
  Request sent_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
  boost::beast::flat_buffer buffer_;
  bool fresh_ = true;  // nothing was answered on it yet
};

/// Times of answers, in milliseconds.
class Times {
 public:
  void add(double time) { times_.push_back(time); }
  seqrec::Json summary() {
    std::ranges::sort(times_);
    seqrec::Json out = seqrec::Json::object();
    out["answers"] = std::ssize(times_);
    for (const auto& [name, share] : {std::pair{"p50", .5}, {"p90", .9}, {"p99", .99}, {"p999", .999}, {"max", 1.}})
      out[name] = times_.empty() ? seqrec::Json() : seqrec::Json(times_[place(share)]);
    return out;
  }

 private:
  std::size_t place(double share) const {
    return std::min(times_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times_.size())));
  }
  std::vector<double> times_;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        clicks_(options.items, options.exponents, options.seed),
        server_(asio::ip::address_v4::loopback(), options.port),
        timer_(context_) {}

  seqrec::Json run() {
    for (std::size_t i = 0; i < options_.idle + options_.slow; ++i) hang_on(i >= options_.idle);
    for (std::size_t i = 0; i < options_.connections; ++i) idle_.push_back(&connections_.emplace_back(context_, *this));
    begin_ = Clock::now();
    if (options_.rate > 0)
      tick();
    else
      for (std::size_t i = 0; i < options_.connections; ++i) next();
    context_.run();
    return summary();
  }

  const tcp::endpoint& server() const { return server_; }
  const Options& options() const { return options_; }

  /// A connection is free, its request answered or not.
  void done(Connection& connection, Request request, unsigned status) {
    idle_.push_back(&connection);
    --under_way_;
    if (status == 200) {
      ++answered_;
      const double time = 1e3 * Seconds(Clock::now() - request.due).count();
      if (Seconds(request.due - begin_).count() >= options_.ramp) held_.add(time);
      if (request.visit.seen < request.visit.items.size()) ready_.push_back(std::move(request.visit));
    } else {
      ++failed_[status];
    }
    if (options_.rate <= 0)
      next();
    else if (!waiting_.empty())
      send(take_waiting());
    end_if_over();
  }

 private:
  /// The next request of a visit that waits for no answer, or of a new one.
  Request request_at(Clock::time_point due) {
    Request request{due, {}};
    if (ready_.empty()) {
      request.visit.items = clicks_.session();
    } else {
      request.visit = std::move(ready_.front());
      ready_.pop_front();
    }
    ++request.visit.seen;
    return request;
  }

  Request take_waiting() {
    Request request = std::move(waiting_.front());
    waiting_.pop_front();
    return request;
  }

  void send(Request request) {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    connection.send(std::move(request));
  }

  void next() {
    if (sent_ == options_.requests) return;
    ++sent_;
    ++under_way_;
    send(request_at(Clock::now()));
  }

  /// What is due by now, then the wait for the next. At a second t of the ramp the rate is t / ramp of the whole.
  void tick() {
    const double length = options_.ramp + options_.hold;
    const double now = std::min(length, Seconds(Clock::now() - begin_).count());
    for (; due_at(due_) <= now && due_at(due_) < length; ++due_) {
      const double share = options_.ramp > 0 ? std::min(1., due_at(due_) / options_.ramp) : 1;
      if (static_cast<double>(under_way_) >= std::max(1., share * options_.rate)) {
        ++held_back_;
        continue;
      }
      ++sent_;
      ++under_way_;
      Request request = request_at(begin_ + std::chrono::duration_cast<Clock::duration>(Seconds(due_at(due_))));
      if (idle_.empty())
        waiting_.push_back(std::move(request));
      else
        send(std::move(request));
    }
    over_ = due_at(due_) >= length;
    if (over_) return end_if_over();
    timer_.expires_at(begin_ + std::chrono::duration_cast<Clock::duration>(Seconds(due_at(due_))));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  /// When request n is due, in seconds: rate t^2 / (2 ramp) of them are at t within the ramp.
  double due_at(std::int64_t n) const {
    const double within = options_.rate * options_.ramp / 2, count = static_cast<double>(n);
    if (count < within) return std::sqrt(2 * count * options_.ramp / options_.rate);
    return options_.ramp + (count - within) / options_.rate;
  }

  void end_if_over() {
    const bool all = options_.rate > 0 ? over_ : sent_ == options_.requests;
    if (!all || under_way_ > 0) return;
    end_ = Clock::now();
    context_.stop();
  }

  /// A client that asks for nothing, or sends a byte of a request each second.
  void hang_on(bool slow) {
    auto socket = std::make_shared<tcp::socket>(context_);
    boost::system::error_code refused;
    socket->connect(server_, refused);
    if (refused) throw std::runtime_error("a connection to hang on: " + refused.message());
    hanging_.push_back(socket);
    if (slow) drip(std::move(socket), 0);
  }

  void drip(std::shared_ptr<tcp::socket> socket, std::size_t sent) {
    static const std::string text =
        "POST /recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{" + std::string(1000, ' ');
    boost::system::error_code closed;
    socket->write_some(asio::buffer(&text[sent], 1), closed);
    if (closed) {  // cut off for its slowness: another one comes
      socket = std::make_shared<tcp::socket>(context_);
      boost::system::error_code refused;
      socket->connect(server_, refused);
      sent = 0;
    }
    auto timer = std::make_shared<asio::steady_timer>(context_, std::chrono::seconds(1));
    timer->async_wait([this, timer, socket, sent](const boost::system::error_code& error) {
      if (!error) drip(socket, (sent + 1) % 1000);
    });
  }

  seqrec::Json summary() {
    seqrec::Json out = held_.summary();
    out["sent"] = sent_;
    out["answered"] = answered_;
    out["held_back"] = held_back_;
    out["per_second"] = static_cast<double>(answered_) / Seconds(end_ - begin_).count();
    seqrec::Json& failed = out["failed"];
    failed = seqrec::Json::object();
    for (const auto& [status, count] : failed_) failed[status == 0 ? "no answer" : std::to_string(status)] = count;
    return out;
  }

  const Options& options_;
  asio::io_context context_{1};
  Clicks clicks_;
  tcp::endpoint server_;
  asio::steady_timer timer_;
  std::list<Connection> connections_;
  std::vector<Connection*> idle_;
  std::vector<std::shared_ptr<tcp::socket>> hanging_;
  std::deque<Visit> ready_;
  std::deque<Request> waiting_;
  Times held_;
  std::map<unsigned, std::int64_t> failed_;
  std::int64_t sent_ = 0, answered_ = 0, held_back_ = 0, under_way_ = 0, due_ = 0;
  bool over_ = false;
  Clock::time_point begin_, end_;
};

void Connection::send(Request request) {
  sent_ = std::move(request);
  seqrec::Json body = seqrec::Json::object();
  seqrec::Json& history = body["history"];
  history = seqrec::Json::array();
  for (std::size_t i = 0; i < sent_.visit.seen; ++i) history.push_back(std::to_string(sent_.visit.items[i]));
  body["k"] = load_.options().k;
  request_ = {http::verb::post, "/recommend", 11, body.dump()};
  request_.set(http::field::host, "localhost");
  request_.set(http::field::content_type, "application/json");
  request_.prepare_payload();
  write();
}

void Connection::write() {
  if (!socket_.is_open()) {
    fresh_ = true;
    buffer_.clear();
    socket_.async_connect(load_.server(), [this](const boost::system::error_code& error) {
      if (error) return fail();
      socket_.set_option(tcp::no_delay(true));
      write();
    });
    return;
  }
  http::async_write(socket_, request_, [this](const boost::system::error_code& error, std::size_t) {
    if (error) return fail();
    read();
  });
}

void Connection::read() {
  response_ = {};
  http::async_read(socket_, buffer_, response_, [this](const boost::system::error_code& error, std::size_t) {
    if (error) return fail();
    fresh_ = false;
    if (!response_.keep_alive()) socket_.close();
    load_.done(*this, std::move(sent_), response_.result_int());
  });
}

/// A connection that was kept may be closed before a request arrives: then it is sent once more.
void Connection::fail() {
  socket_.close();
  if (!std::exchange(fresh_, true)) return write();
  load_.done(*this, std::move(sent_), 0);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Asks a seqrec serve on this machine for the next items of synthetic sessions");
  app.add_option("--port", options.port, "The server's (default: 8080)");
  app.add_option("--items", options.items, "Items of the model, named 1, 2 ..")->required()->check(CLI::PositiveNumber);
  app.add_option("--rate", options.rate, "Requests per second");
  app.add_option("--ramp", options.ramp, "Seconds in which the rate is reached");
  app.add_option("--hold", options.hold, "Seconds at the whole rate, of which the times are told");
  app.add_option("--requests", options.requests, "Without --rate: requests in all");
  app.add_option("--connections", options.connections, "Connections that ask (default: 32)")
      ->check(CLI::PositiveNumber);
  app.add_option("--idle", options.idle, "Connections that ask for nothing");
  app.add_option("--slow", options.slow, "Connections that send a byte each second");
  app.add_option("-k", options.k, "Items asked for (default: 20)");
  app.add_option("--click-exponent", options.exponents.clicks);
  app.add_option("--length-exponent", options.exponents.length);
  app.add_option("--seed", options.seed);
  CLI11_PARSE(app, argc, argv);
  if ((options.rate > 0) == (options.requests > 0)) {
    std::cerr << "serve_load: give --rate with --hold, or --requests\n";
    return 2;
  }
  try {
    std::cout << Load(options).run().dump() << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "serve_load: " << error.what() << '\n';
    return 1;
  }
}

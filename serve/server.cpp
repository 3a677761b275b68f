#include "serve/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "core/error.h"
#include "serve/connection.h"

namespace seqrec::serve {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::chrono::milliseconds kWithoutDescriptors{100};  // before accept is tried again

}  // namespace

struct Server::Parts {
  struct Signal {
    Signal(asio::io_context& context, int number, std::function<void()> what)
        : set(context, number), f(std::move(what)) {}
    asio::signal_set set;
    std::function<void()> f;
  };
  struct Period {
    Period(asio::io_context& context, std::chrono::milliseconds length, std::function<void()> what)
        : timer(context), period(length), f(std::move(what)) {}
    asio::steady_timer timer;
    std::chrono::milliseconds period;
    std::function<void()> f;
  };

  asio::io_context context{1};
  Connections all;
  tcp::acceptor acceptor{context};
  asio::steady_timer pause{context}, end_of_grace{context}, end{context}, look{context};
  std::list<Signal> signals;
  std::list<Period> periods;

  Parts(ServerLimits limits, Handler handler, std::function<void(RefusedRequest)> on_refused)
      : all{limits, std::move(handler), std::move(on_refused)} {}

  void accept() {
    acceptor.async_accept([this](const Error& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
      if (error) {  // out of descriptors, say
        pause.expires_after(kWithoutDescriptors);
        pause.async_wait([this](const Error& cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      take(std::move(socket));
      accept();
    });
  }

  void take(tcp::socket socket) {
    const bool full = all.open.size() >= all.limits.connections;
    const auto connection = std::make_shared<Connection>(std::move(socket), all);
    full ? connection->turn_away() : connection->start();
  }

  /// Takes the connections that the system has made already, and no other.
  void close() {
    Error error;
    acceptor.non_blocking(true, error);
    while (!error) {
      tcp::socket socket(context);
      acceptor.accept(socket, error);
      if (!error) take(std::move(socket));
    }
    acceptor.close(error);
    pause.cancel();
    all.closed = true;
    for (const auto& connection : std::set(all.open)) connection->close_idle();
    end.expires_after(all.limits.request);
    end.async_wait([this](const Error&) { context.stop(); });
    end_if_empty();
  }

  void end_if_empty() {
    if (all.open.empty()) return context.stop();
    look.expires_after(std::chrono::milliseconds(5));
    look.async_wait([this](const Error&) { end_if_empty(); });
  }

  void wait(Signal& signal) {
    signal.set.async_wait([this, &signal](const Error& error, int) {
      if (error) return;
      signal.f();
      wait(signal);
    });
  }

  void wait(Period& period) {
    period.timer.expires_after(period.period);
    period.timer.async_wait([this, &period](const Error& error) {
      if (error) return;
      period.f();
      wait(period);
    });
  }
};

Server::Server(const std::string& address, std::uint16_t port, ServerLimits limits, Handler handler,
               std::function<void(RefusedRequest)> on_refused)
    : parts_(std::make_unique<Parts>(limits, std::move(handler), std::move(on_refused))) {
  Error error;
  const auto ip = asio::ip::make_address(address, error);
  require<UsageError>(!error, "got '", address, "', expected an IP address to listen on, such as 127.0.0.1 or 0.0.0.0");
  const tcp::endpoint endpoint(ip, port);
  tcp::acceptor& acceptor = parts_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  require<IoError>(!error, "can't listen on ", address, " port ", port, ": ", error.message());
}

Server::~Server() = default;

bool Server::is_loopback(const std::string& address) {
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error || ip.is_loopback()) return !error;
  return ip.is_v6() && ip.to_v6().is_v4_mapped() &&
         asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6()).is_loopback();
}

std::uint16_t Server::port() const { return parts_->acceptor.local_endpoint().port(); }
std::size_t Server::connections() const { return parts_->all.open.size(); }

void Server::run() {
  parts_->accept();
  parts_->context.run();
}

void Server::post(std::function<void()> f) { asio::post(parts_->context, std::move(f)); }

void Server::every(std::chrono::milliseconds period, std::function<void()> f) {
  parts_->wait(parts_->periods.emplace_back(parts_->context, period, std::move(f)));
}

void Server::on_signal(int number, std::function<void()> f) {
  parts_->wait(parts_->signals.emplace_back(parts_->context, number, std::move(f)));
}

void Server::drain(std::chrono::milliseconds grace) {
  if (parts_->all.draining) return;
  parts_->all.draining = true;
  parts_->end_of_grace.expires_after(grace);
  parts_->end_of_grace.async_wait([this](const Error&) { parts_->close(); });
}

}  // namespace seqrec::serve

#include "serve/connection.h"

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace seqrec::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::chrono::milliseconds kDiscard{1000};  // what a refused client still sends is read for so long

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// What a message says but for its body.
HttpRequest request_of(const http::request<http::string_body>& message) {
  HttpRequest request;
  request.method = text_of(message.method_string());
  request.path = text_of(message.target());
  const std::size_t end = std::min(request.path.find('?'), request.path.size());
  request.query = request.path.substr(std::min(end + 1, request.path.size()));
  request.path.resize(end);
  request.host = text_of(message[http::field::host]);
  request.request_id = text_of(message["X-Request-Id"]);
  request.traceparent = text_of(message["traceparent"]);
  return request;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Connections& all) : stream_(std::move(socket)), all_(all) {}

void Connection::start() {
  Error ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  all_.open.insert(shared_from_this());
  wait();
}

void Connection::turn_away() {
  all_.open.insert(shared_from_this());
  began_ = std::chrono::steady_clock::now();
  parser_.emplace();
  refuse(503, "too many connections");
}

void Connection::close_idle() {
  if (waiting_) stream_.cancel();
}

void Connection::wait() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(all_.limits.header_bytes));
  parser_->body_limit(all_.limits.body_bytes);
  if (buffer_.size() > 0) return read_header();
  if (all_.closed) return close();
  waiting_ = true;
  stream_.expires_after(all_.limits.idle);
  stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](const Error& error, std::size_t bytes) {
    self->waiting_ = false;
    if (error) return self->close();
    self->buffer_.commit(bytes);
    self->read_header();
  });
}

void Connection::read_header() {
  began_ = std::chrono::steady_clock::now();
  stream_.expires_after(all_.limits.request);
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](const Error& error, std::size_t) {
    if (error) return self->refuse(error);
    if (!beast::iequals(self->parser_->get()[http::field::expect], "100-continue")) return self->read_body();
    self->response_ = {http::status::continue_, 11};
    http::async_write(self->stream_, self->response_,
                      [self](const Error& failure, std::size_t) { failure ? self->close() : self->read_body(); });
  });
}

void Connection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](const Error& error, std::size_t) {
    error ? self->refuse(error) : self->handle();
  });
}

void Connection::handle() {
  auto message = parser_->release();
  keep_alive_ = message.keep_alive();
  head_ = message.method() == http::verb::head;
  HttpRequest request = request_of(message);
  if (head_) request.method = "GET";
  request.body = std::move(message.body());
  stream_.expires_never();
  all_.handler(std::move(request), [self = shared_from_this()](HttpReply reply) { self->reply(std::move(reply)); });
}

/// A request that can't be read to its end: what follows it can't be told from it.
void Connection::refuse(const Error& error) {
  if (error == http::error::header_limit) return refuse(431, "the header is too large");
  if (error == http::error::body_limit) return refuse(413, "the body is too large");
  if (error.category() == make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream &&
      error != http::error::partial_message)
    return refuse(400, "malformed HTTP");
  if (error == beast::error::timeout) tell_refused(408, 0);  // the stream is closed already
  close();
}

void Connection::refuse(int status, const char* text) {
  keep_alive_ = false;
  HttpReply refusal = error_reply(status, text);
  tell_refused(status, refusal.body.size());
  reply(std::move(refusal));
}

void Connection::tell_refused(int status, std::size_t bytes) {
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - began_;
  if (all_.on_refused) all_.on_refused({request_of(parser_->get()), status, since.count(), bytes});
}

void Connection::reply(HttpReply reply) {
  response_ = {static_cast<http::status>(reply.status), 11};
  response_.set(http::field::content_type, reply.type);
  response_.set("X-Content-Type-Options", "nosniff");
  if (reply.policy) response_.set("Content-Security-Policy", reply.policy);
  if (reply.allow) response_.set(http::field::allow, reply.allow);
  if (reply.retry) response_.set(http::field::retry_after, "1");
  keep_alive_ = keep_alive_ && !all_.draining;
  response_.keep_alive(keep_alive_);
  response_.content_length(reply.body.size());
  if (!head_) response_.body() = std::move(reply.body);
  stream_.expires_after(all_.limits.request);
  const auto written = [self = shared_from_this()](const Error& error, std::size_t) {
    error ? self->close() : self->finish();
  };
  http::async_write(stream_, response_, written);
}

void Connection::finish() {
  if (keep_alive_) return wait();
  Error ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kDiscard);
  discard();
}

/// Closing with bytes unread would take the answer from the client.
void Connection::discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(65536), [self = shared_from_this()](const Error& error, std::size_t) {
    error ? self->close() : self->discard();
  });
}

void Connection::close() {
  Error ignored;
  stream_.socket().close(ignored);
  all_.open.erase(shared_from_this());
}

}  // namespace seqrec::serve

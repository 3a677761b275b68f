#include "tests/serve/client.h"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/error.h"

using namespace seqrec;

bool HttpAnswer::closes() const {
  const auto found = headers.find("connection");
  return found != headers.end() && found->second == "close";
}

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{10, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require<IoError>(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                   "can't connect to port ", port);
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the server has closed it, as an answer may tell
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Client::end() { ::shutdown(socket_.get(), SHUT_WR); }

bool Client::fill() {
  char buffer[4096];
  const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (count > 0) unread_.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

HttpAnswer Client::read(bool head) {
  HttpAnswer answer;
  std::size_t end;
  while ((end = unread_.find("\r\n\r\n")) == unread_.npos)
    if (!fill()) return answer;
  std::string header = unread_.substr(0, end + 2);
  unread_.erase(0, end + 4);
  for (std::size_t begin = header.find("\r\n") + 2; begin < header.size();) {
    const std::size_t stop = header.find("\r\n", begin), colon = header.find(": ", begin);
    std::string name = header.substr(begin, colon - begin);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    answer.headers[name] = header.substr(colon + 2, stop - colon - 2);
    begin = stop + 2;
  }
  const auto length = answer.headers.find("content-length");
  const std::size_t size = head || length == answer.headers.end() ? 0 : std::stoul(length->second);
  while (unread_.size() < size)
    if (!fill()) return {};
  answer.body = unread_.substr(0, size);
  unread_.erase(0, size);
  answer.status = std::stoi(header.substr(header.find(' ')));
  return answer;
}

bool Client::is_closed() {
  char byte;
  const ssize_t count = ::recv(socket_.get(), &byte, 1, 0);
  return unread_.empty() && (count == 0 || (count < 0 && errno == ECONNRESET));
}

HttpAnswer Client::get(const std::string& path, const std::string& method) {
  send(concat(method, ' ', path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  return read(method == "HEAD");
}

HttpAnswer Client::post(const std::string& path, const std::string& body, const std::string& headers) {
  send(concat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ", body.size(), "\r\n", headers, "\r\n",
              body));
  return read();
}

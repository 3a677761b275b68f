#include "cli/standard_streams.h"

#include <iostream>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "core/descriptor.h"
#include "core/error.h"

namespace seqrec::cli {
namespace {

/// Opening takes the lowest number that is free: those before it are open by then.
void open_closed() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

std::streambuf* const kStandard = std::cout.rdbuf();

int failure = 0;  // why standard output can't be written

class OutputBuffer : public std::streambuf {
 public:
  OutputBuffer() : buffer_(1 << 16) { empty(); }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    return traits_type::eq_int_type(c, traits_type::eof()) ? traits_type::not_eof(c)
                                                           : sputc(traits_type::to_char_type(c));
  }

  int sync() override {
    if (failure == 0) failure = write_all(STDOUT_FILENO, pbase(), static_cast<std::size_t>(pptr() - pbase()));
    empty();
    return failure == 0 ? 0 : -1;
  }

 private:
  void empty() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

  std::vector<char> buffer_;
};

}  // namespace

StandardStreams::StandardStreams() {
  open_closed();
  failure = 0;
  std::cout.flush();
  if (std::cout.rdbuf() != kStandard) return;
  own_ = std::make_unique<OutputBuffer>();
  std::cout.rdbuf(own_.get());
}

StandardStreams::~StandardStreams() {
  std::cout.flush();
  if (own_) std::cout.rdbuf(kStandard);
}

void check_output() {
  if (std::cout.flush()) return;
  const std::string reason = failure == EBADF ? "it is closed" : std::generic_category().message(failure);
  throw IoError(concat("can't write to standard output", failure == 0 ? "" : ": " + reason));
}

}  // namespace seqrec::cli

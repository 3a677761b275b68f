#include "core/input_file.h"

#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/temp_folder.h"

using namespace seqrec;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  InputFile file(path);
  std::vector<std::string> lines;
  for (std::string line; file.read_line(line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("lines end with \\n, the last one also with the file") {
  using Lines = std::vector<std::string>;
  const TempFolder folder;
  const auto lines = [&](std::string_view text) {
    write_text(folder / "a", text);
    return lines_of(folder / "a");
  };
  CHECK(lines("").empty());
  CHECK(lines("a\n\nb") == Lines{"a", "", "b"});
  CHECK(lines("a\r\nb\n") == Lines{"a\r", "b"});
  CHECK(lines(std::string_view("a\0b\n", 4)) == Lines{std::string("a\0b", 3)});
  const std::string longer(100'000, 'x');  // than what is read at once
  CHECK(lines(longer + "\n" + longer) == Lines{longer, longer});
}

TEST_CASE("what waits for who writes is told before") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "a\nb", 3) == 3);
  InputFile file("/dev/fd/" + std::to_string(ends[0]));
  int times = 0;
  file.before_waiting([&] {
    ++times;
    REQUIRE(::write(ends[1], "c\n", 2) == 2);
    ::close(ends[1]);
  });
  std::string line;
  CHECK(file.read_line(line));
  CHECK(line == "a");
  CHECK(times == 0);
  CHECK(file.read_line(line));
  CHECK(line == "bc");
  CHECK(times == 1);
  CHECK_FALSE(file.read_line(line));  // the end isn't waited for
  CHECK(times == 1);
  ::close(ends[0]);
}

TEST_CASE("a pipe is read while something writes it, and not waited for otherwise") {
  const TempFolder folder;
  const std::string pipe = (folder / "pipe").native();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(InputFile{pipe}, ("can't read " + pipe + ": no process writes to this pipe").c_str(), IoError);
  int writer = -1;
  const auto write = [&](std::string_view text) {
    if (writer < 0) writer = ::open(pipe.c_str(), O_RDWR);
    REQUIRE(::write(writer, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  };
  SUBCASE("its bytes are there") { write("slow"); }
  SUBCASE("they come later") { write(""); }
  SUBCASE("it comes later") {}
  auto text = std::async(std::launch::async, [&] { return read_text(pipe); });
  CHECK(text.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  write(" or not");
  ::close(writer);
  CHECK(text.get().ends_with(" or not"));
}

TEST_CASE("an open descriptor is read on where it stands, and may be empty") {
  const TempFolder folder;
  write_text(folder / "a", "one two");
  const int fd = ::open((folder / "a").c_str(), O_RDONLY);
  char first[4];
  REQUIRE(::read(fd, first, 4) == 4);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  CHECK(read_text(path) == "two");
  ::close(fd);
  CHECK_THROWS_WITH_AS(InputFile{path}, ("can't read " + path + ": it is closed, or not open for reading").c_str(),
                       IoError);
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  ::close(pipe[1]);
  CHECK(read_text("/dev/fd/" + std::to_string(pipe[0])).empty());
  ::close(pipe[0]);
}

TEST_CASE("a read error is not the end of the file") {
  // What reads a terminal whose other side is gone gets EIO, after what was written before.
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE((::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0));
  const int other = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(::write(other, "one\ntwo", 7) == 7);
  ::close(other);
  const std::string path = "/dev/fd/" + std::to_string(terminal);
  InputFile file(path);
  std::string line;
  CHECK(file.read_line(line));
  CHECK(line == "one\r");  // as terminals do
  CHECK_THROWS_WITH_AS(file.read_line(line), ("can't read " + path + ": Input/output error").c_str(), IoError);
  ::close(terminal);
}

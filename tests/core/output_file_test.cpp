#include "core/output_file.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/safetensors.h"
#include "tests/core/file_limit.h"
#include "tests/temp_folder.h"

using namespace seqrec;

namespace {

namespace fs = std::filesystem;

std::size_t count(const TempFolder& folder) { return files_in(folder.path()).size(); }

mode_t mode_of(const fs::path& path) {
  struct stat status;
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode;
}

/// A process that is in the middle of writing a file, until it is killed.
class Writer {
 public:
  explicit Writer(const fs::path& path) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      OutputFile file(path);
      file.write("a long text that was never finished");
      static_cast<void>(!::write(ready[1], "x", 1));
      for (;;) ::pause();
    }
    REQUIRE(pid_ > 0);
    char byte;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Writer() { kill(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("text is written and read back, also over an older file") {
  const TempFolder folder;
  const std::string large(300'000, 'q');
  write_text(folder / "a", "old and longer");
  write_text(folder / "a", "new");
  CHECK(read_text(folder / "a") == "new");
  write_text(folder / "b", large);
  CHECK(read_text(folder / "b") == large);
  CHECK(count(folder) == 2);
}

TEST_CASE("a file without a folder in its path is written to the current one") {
  const TempFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_text("plain", "x");
  std::filesystem::current_path(before);
  CHECK(read_text(folder / "plain") == "x");
}

TEST_CASE("a new file has the permissions that the user's mask allows") {
  const TempFolder folder;
  write_text(folder / "a", "x");
  std::ofstream(folder / "b") << "x";
  CHECK(std::filesystem::status(folder / "a").permissions() == std::filesystem::status(folder / "b").permissions());
}

TEST_CASE("nothing is visible before commit, and nothing is left without it") {
  const TempFolder folder;
  write_text(folder / "a", "old");
  {
    OutputFile file(folder / "a");
    file.write("new");
    CHECK(read_text(folder / "a") == "old");
  }
  CHECK(read_text(folder / "a") == "old");
  CHECK(count(folder) == 1);
  OutputFile file(folder / "a");
  file.write("ne");
  file.write("w");
  file.commit();
  CHECK(read_text(folder / "a") == "new");
  CHECK(count(folder) == 1);
}

TEST_CASE("what a killed process left goes with the next file that is written there") {
  const TempFolder folder;
  write_text(folder / "a", "old");
  write_text(folder / "a.tmp", "someone's own");
  Writer killed(folder / "a"), other(folder / "b"), alive(folder / "c");
  killed.kill();
  other.kill();
  CHECK(count(folder) == 5);
  CHECK(read_text(folder / "a") == "old");
  SUBCASE("the same one") {
    write_text(folder / "a", "new");
    CHECK(read_text(folder / "a") == "new");
  }
  SUBCASE("another one") { write_text(folder / "d", "new"); }
  CHECK_FALSE(fs::exists(folder / "a.seqrec.tmp"));
  CHECK_FALSE(fs::exists(folder / "b.seqrec.tmp"));
  CHECK(read_text(folder / "c.seqrec.tmp") == "a long text that was never finished");
  CHECK(read_text(folder / "a.tmp") == "someone's own");
}

TEST_CASE("two writers of one file are kept apart") {
  const TempFolder folder;
  const std::string path = (folder / "a").native();
  OutputFile first(path);
  CHECK_THROWS_WITH_AS(OutputFile{path}, ("can't write " + path + ": it is being written already").c_str(), IoError);
  first.write("first");
  first.commit();
  write_text(path, "second");
  CHECK(read_text(path) == "second");
}

TEST_CASE("what can't be written is named with the reason") {
  const TempFolder folder;
  const std::string nowhere = (folder / "no/where").native();
  CHECK_THROWS_WITH_AS(write_text(nowhere, "x"), ("can't write " + nowhere + ": No such file or directory").c_str(),
                       IoError);
  std::filesystem::create_directory(folder / "taken");
  const std::string taken = (folder / "taken").native();
  CHECK_THROWS_WITH_AS(write_text(taken, "x"), ("can't write " + taken + ": Is a directory").c_str(), IoError);
  CHECK(count(folder) == 1);
}

TEST_CASE("a disk that fills up leaves the old file and no other") {
  const TempFolder folder;
  const std::string path = (folder / "a").native();
  write_text(path, "old");
  SafetensorsWriter writer;
  writer.add("w", Tensor::zeros({10'000}));
  with_file_limit(4096, [&] {
    CHECK_THROWS_WITH_AS(write_text(path, std::string(100'000, 'x')),
                         ("can't write " + path + ": File too large").c_str(), IoError);
    CHECK_THROWS_WITH_AS(writer.write(path), ("can't write " + path + ": File too large").c_str(), IoError);
  });
  CHECK(read_text(path) == "old");
  CHECK(count(folder) == 1);
}

TEST_CASE("a symbolic link stays, and what it leads to is replaced or made") {
  const TempFolder folder;
  fs::create_directory(folder / "deep");
  write_text(folder / "deep/target", "old");
  fs::create_symlink("deep/second", folder / "first");
  fs::create_symlink("target", folder / "deep/second");
  write_text(folder / "first", "new");
  CHECK(read_text(folder / "deep/target") == "new");
  CHECK(S_ISREG(mode_of(folder / "deep/target")));
  CHECK(S_ISLNK(mode_of(folder / "first")));
  CHECK(S_ISLNK(mode_of(folder / "deep/second")));
  fs::remove(folder / "deep/target");
  write_text(folder / "first", "made");
  CHECK(read_text(folder / "deep/target") == "made");
  CHECK(files_in(folder / "deep").size() == 2);

  fs::create_symlink("loop", folder / "loop");
  const std::string loop = (folder / "loop").native();
  CHECK_THROWS_WITH_AS(write_text(loop, "x"), ("can't write " + loop + ": Too many levels of symbolic links").c_str(),
                       IoError);
}

TEST_CASE("a file keeps its permissions and owner, from its temporary on") {
  const TempFolder folder;
  write_text(folder / "a", "old");
  REQUIRE(::chmod((folder / "a").c_str(), 0604) == 0);
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::chown((folder / "a").c_str(), 12, 34) == 0);
  OutputFile file(folder / "a");
  CHECK((mode_of(folder / "a.seqrec.tmp") & 0777) == 0604);
  file.write("new");
  file.commit();
  CHECK((mode_of(folder / "a") & 07777) == 0604);
  struct stat status;
  REQUIRE(::stat((folder / "a").c_str(), &status) == 0);
  if (root) CHECK((status.st_uid == 12 && status.st_gid == 34));
}

TEST_CASE("a file that may not be written is not replaced") {
  if (::geteuid() == 0) return;  // who may do all
  const TempFolder folder;
  write_text(folder / "a", "old");
  REQUIRE(::chmod((folder / "a").c_str(), 0444) == 0);
  const std::string path = (folder / "a").native();
  CHECK_THROWS_WITH_AS(write_text(path, "new"), ("can't write " + path + ": Permission denied").c_str(), IoError);
  CHECK(read_text(path) == "old");
}

TEST_CASE("a device is written to and stays one") {
  const TempFolder folder;
  std::string null = (folder / "null").native();
  if (::mknod(null.c_str(), S_IFCHR | 0600, ::makedev(1, 3)) != 0) null = "/dev/null";  // which others can't replace
  write_text(null, "x");
  CHECK(S_ISCHR(mode_of(null)));
  CHECK(OutputFile::is_stream(null));
  CHECK_FALSE(OutputFile::is_stream(folder / "missing"));
  CHECK_FALSE(OutputFile::is_stream(folder.path()));
  CHECK_THROWS_WITH_AS(write_text("/dev/full", "x"), "can't write /dev/full: No space left on device", IoError);
}

TEST_CASE("a pipe is written to while something reads it") {
  const TempFolder folder;
  const std::string pipe = (folder / "pipe").native();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(write_text(pipe, "x"), ("can't write " + pipe + ": no process reads this pipe").c_str(),
                       IoError);
  int reader = -1;
  SUBCASE("before it is opened") { reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK); }
  SUBCASE("a moment later") {}
  // More than a pipe holds: the writer has to wait.
  auto written = std::async(std::launch::async, [&] { write_text(pipe, std::string(300'000, 'x')); });
  if (reader < 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  }
  REQUIRE(reader >= 0);
  std::size_t bytes = 0;
  char buffer[4096];
  while (written.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready || bytes < 300'000)
    if (const ssize_t got = ::read(reader, buffer, sizeof buffer); got > 0) bytes += static_cast<std::size_t>(got);
  written.get();
  CHECK(bytes == 300'000);
  ::close(reader);
  CHECK(S_ISFIFO(mode_of(pipe)));
}

TEST_CASE("a socket is refused by name") {
  const TempFolder folder;
  const std::string path = (folder / "socket").native();
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK_THROWS_WITH_AS(write_text(path, "x"), ("can't write " + path + ": it is a socket").c_str(), IoError);
  CHECK_THROWS_WITH_AS(read_text(path), ("can't read " + path + ": it is a socket").c_str(), IoError);
  ::close(fd);
}

TEST_CASE("an open descriptor is written on where it stands") {
  const TempFolder folder;
  const int fd = ::open((folder / "a").c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(::write(fd, "one ", 4) == 4);
  const std::string path = "/dev/fd/" + std::to_string(fd);
  fs::create_symlink(path, folder / "link");
  write_text(path, "two ");
  write_text(folder / "link", "three");
  CHECK(OutputFile::is_stream(folder / "link"));
  CHECK(read_text(folder / "a") == "one two three");
  CHECK_THROWS_WITH_AS(read_text(path), ("can't read " + path + ": it is closed, or not open for reading").c_str(),
                       IoError);
  ::close(fd);
  CHECK_THROWS_WITH_AS(write_text(path, "x"),
                       ("can't write " + path + ": it is closed, or not open for writing").c_str(), IoError);
}

TEST_CASE("the longest name that a file can have can be written") {
  const TempFolder folder;
  const std::string name(255, 'n');
  write_text(folder / name, "x");
  CHECK(read_text(folder / name) == "x");
  CHECK(count(folder) == 1);
}

#include "core/file.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/safetensors.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

namespace {

std::size_t files_in(const TempFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()));
}

/// Runs `body` with files limited to `bytes`, as a full disk would: a write beyond gives an error, not a signal.
template <class Body>
void with_file_limit(rlim_t bytes, Body body) {
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limited{bytes, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  body();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
}

}  // namespace

TEST_CASE("a file's content is its bytes") {
  const TempFolder folder;
  write_text(folder / "a", std::string("x\0y", 3));
  const FileContent file(folder / "a");
  CHECK(file.size() == 3);
  CHECK(file.text() == std::string_view("x\0y", 3));
  CHECK(file.data()[2] == std::byte{'y'});
  write_text(folder / "empty", "");
  CHECK(FileContent(folder / "empty").text().empty());
}

TEST_CASE("a file that is shortened in place doesn't take what was read of it") {
  const TempFolder folder;
  const std::string text(100'000, 'x');
  write_text(folder / "a", text);
  const FileContent file(folder / "a");
  std::filesystem::resize_file(folder / "a", 0);
  CHECK(file.text() == text);
}

TEST_CASE("a file that is written in place while it is read is refused") {
  const TempFolder folder;
  const std::string path = folder / "a";
  write_text(path, std::string(1 << 20, 'a'));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (char c = 'b'; !stop; c = c == 'z' ? 'a' : static_cast<char>(c + 1))
      std::ofstream(path) << std::string(1 << 20, c) << std::flush;
  });
  std::string refused;
  for (int i = 0; i < 100'000 && refused.empty(); ++i)
    refused = message_of<IoError>([&] { static_cast<void>(FileContent(path)); });
  stop = true;
  writer.join();
  CHECK(refused == "can't read " + path + ": it was written while it was read");
}

TEST_CASE("what can't be read is named with the reason") {
  const TempFolder folder;
  const std::string missing = (folder / "missing").native();
  const std::string self = folder.path().native();
  CHECK_THROWS_WITH_AS(FileContent{missing}, ("can't read " + missing + ": No such file or directory").c_str(),
                       IoError);
  CHECK_THROWS_WITH_AS(FileContent{self}, ("can't read " + self + ": Is a directory").c_str(), IoError);
  CHECK_THROWS_WITH_AS(FileContent{"/dev/null"}, "can't read /dev/null: Not a regular file", IoError);
  CHECK_THROWS_WITH_AS(read_text(missing), ("can't read " + missing + ": No such file or directory").c_str(), IoError);
  CHECK_THROWS_WITH_AS(read_text(self), ("can't read " + self + ": Is a directory").c_str(), IoError);
}

TEST_CASE("text is written and read back, also over an older file") {
  const TempFolder folder;
  const std::string large(300'000, 'q');
  write_text(folder / "a", "old and longer");
  write_text(folder / "a", "new");
  CHECK(read_text(folder / "a") == "new");
  write_text(folder / "b", large);
  CHECK(read_text(folder / "b") == large);
  CHECK(files_in(folder) == 2);
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
    AtomicFile file(folder / "a");
    file.write("new");
    CHECK(read_text(folder / "a") == "old");
  }
  CHECK(read_text(folder / "a") == "old");
  CHECK(files_in(folder) == 1);
  AtomicFile file(folder / "a");
  file.write("ne");
  file.write("w");
  file.commit();
  CHECK(read_text(folder / "a") == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("what a killed process left is overwritten") {
  const TempFolder folder;
  write_text(folder / "a", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / "a");
    file.write("a long text that was never finished");
    ::_exit(0);  // no destructor runs, as after kill -9
  }
  REQUIRE(child > 0);
  ::waitpid(child, nullptr, 0);
  CHECK(files_in(folder) == 2);
  CHECK(read_text(folder / "a") == "old");
  write_text(folder / "a", "new");
  CHECK(read_text(folder / "a") == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("two writers of one file are kept apart") {
  const TempFolder folder;
  const std::string path = (folder / "a").native();
  AtomicFile first(path);
  CHECK_THROWS_WITH_AS(AtomicFile{path}, ("can't write " + path + ": it is being written already").c_str(), IoError);
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
  CHECK(files_in(folder) == 1);
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
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a lock is held until it is destroyed") {
  const TempFolder folder;
  const std::string path = (folder / "lock").native();
  {
    const FileLock lock(path);
    CHECK_THROWS_WITH_AS(FileLock{path}, (path + " is in use by another process").c_str(), IoError);
  }
  const FileLock again(path);
  const std::string nowhere = (folder / "no/where").native();
  CHECK_THROWS_WITH_AS(FileLock{nowhere}, ("can't lock " + nowhere + ": No such file or directory").c_str(), IoError);
}

TEST_CASE("a killed process gives up its lock") {
  const TempFolder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(folder / "lock");
    static_cast<void>(!::write(ready[1], "x", 1));
    for (;;) ::pause();
  }
  REQUIRE(child > 0);
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_AS(FileLock{folder / "lock"}, IoError);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK_NOTHROW(FileLock{folder / "lock"});
  ::close(ready[0]);
  ::close(ready[1]);
}

#include "core/file.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/descriptor.h"
#include "core/error.h"
#include "tests/core/file_limit.h"
#include "tests/message_of.h"
#include "tests/temp_folder.h"

using namespace seqrec;

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

TEST_CASE("a file is read in parts, from any place") {
  const TempFolder folder;
  const std::string path = folder / "a";
  write_text(path, "0123456789");
  const RegularFile file(path);
  CHECK(file.size() == 10);
  std::string text(4, ' ');
  for (const std::size_t begin : {6, 0, 3}) {
    file.read(begin, std::as_writable_bytes(std::span(text)));
    CHECK(text == std::string("0123456789").substr(begin, 4));
  }
  file.read(10, {});
  CHECK_THROWS_WITH_AS(file.read(7, std::as_writable_bytes(std::span(text))),
                       ("[file] bytes 7 to 11 of " + path + ", which has 10").c_str(), UsageError);
  write_text(path, "replaced");
  file.read(0, std::as_writable_bytes(std::span(text)));
  CHECK(text == "0123");
  const RegularFile changing(path);
  std::filesystem::resize_file(path, 3);
  CHECK_THROWS_WITH_AS(changing.read(0, std::as_writable_bytes(std::span(text))),
                       ("can't read " + path + ": it was written while it was read").c_str(), IoError);
  CHECK_THROWS_WITH_AS(RegularFile{"/dev/null"}, "can't read /dev/null: it is a device, expected a regular file",
                       IoError);
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
  CHECK_THROWS_WITH_AS(FileContent{"/dev/null"}, "can't read /dev/null: it is a device, expected a regular file",
                       IoError);
  CHECK_THROWS_WITH_AS(read_text(missing), ("can't read " + missing + ": No such file or directory").c_str(), IoError);
  CHECK_THROWS_WITH_AS(read_text(self), ("can't read " + self + ": Is a directory").c_str(), IoError);
}

TEST_CASE("a pipe or a socket is no regular file, and is not waited for") {
  const TempFolder folder;
  const std::string pipe = (folder / "pipe").native();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(FileContent{pipe}, ("can't read " + pipe + ": it is a pipe, expected a regular file").c_str(),
                       IoError);
}

TEST_CASE("text is added to a file's end") {
  const TempFolder folder;
  append_text(folder / "a", "one\n");
  append_text(folder / "a", "two\nthree\n");
  CHECK(read_text(folder / "a") == "one\ntwo\nthree\n");
  const std::string nowhere = (folder / "no/where").native();
  CHECK_THROWS_WITH_AS(append_text(nowhere, "x"), ("can't write " + nowhere + ": No such file or directory").c_str(),
                       IoError);
  CHECK_THROWS_WITH_AS(append_text("/dev/full", "x"), "can't write /dev/full: No space left on device", IoError);
}

TEST_CASE("a line that doesn't fit leaves none of its bytes") {
  const TempFolder folder;
  const std::string path = (folder / "a").native();
  append_text(path, "kept\n");
  with_file_limit(4096, [&] {
    CHECK_THROWS_WITH_AS(append_text(path, std::string(10'000, 'x')),
                         ("can't write " + path + ": File too large").c_str(), IoError);
  });
  CHECK(read_text(path) == "kept\n");
}

TEST_CASE("what the system says about files and folders is told with the path") {
  const TempFolder folder;
  const auto path = [&](const char* name) { return (folder / name).native(); };
  std::filesystem::create_symlink("loop", folder / "loop");
  write_text(folder / "file", "x");
  make_folder(folder / "b/c");
  make_folder(folder / "b/c");
  CHECK(file_exists(folder / "b/c"));
  CHECK_FALSE(file_exists(folder / "missing"));
  CHECK_FALSE(file_exists(folder / "file/below"));
  CHECK(files_in(folder.path()) == std::vector<std::filesystem::path>{folder / "b", folder / "file", folder / "loop"});
  remove_file(folder / "missing");

  const auto fails = [](auto&& call, const std::string& text) { CHECK_THROWS_WITH_AS(call(), text.c_str(), IoError); };
  fails([&] { file_exists(folder / "loop"); }, "can't read " + path("loop") + ": Too many levels of symbolic links");
  fails([&] { files_in(folder / "missing"); }, "can't read " + path("missing") + ": No such file or directory");
  fails([&] { remove_file(folder / "b"); }, "can't remove " + path("b") + ": Is a directory");
  fails([&] { make_folder(folder / "file"); }, "can't make the folder " + path("file") + ": Not a directory");
  remove_file(folder / "loop");
  CHECK(files_in(folder.path()).size() == 2);
}

TEST_CASE("a file call that finds no memory is out of memory") {
  CHECK_THROWS_WITH_AS(fail_io("read", "some/folder", ENOMEM), "out of memory: can't read some/folder", MemoryError);
}

TEST_CASE("a lock is held until it is destroyed") {
  const TempFolder folder;
  const std::string path = (folder / "lock").native();
  {
    CHECK_FALSE(is_locked(path));
    const FileLock lock(path);
    CHECK_THROWS_WITH_AS(FileLock{path}, (path + " is in use by another process").c_str(), IoError);
    CHECK(is_locked(path));
  }
  CHECK_FALSE(is_locked(path));
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

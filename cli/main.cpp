#include <new>
#include <string_view>

#include <unistd.h>

#include "cli/program.h"
#include "dist/processes.h"

namespace {

/// No memory before main: static objects are made there (CLI11's, the kernels' names), and nothing catches.
[[noreturn]] void end_without_memory() {
  constexpr std::string_view kText = "seqrec: out of memory\n";
  static_cast<void>(!::write(STDERR_FILENO, kText.data(), kText.size()));
  ::_exit(1);
}

/// Called before the static objects are made.
[[gnu::constructor(101)]] void watch_memory() { std::set_new_handler(end_without_memory); }

}  // namespace

int main(int argc, char** argv) {
  std::set_new_handler(nullptr);  // from here on it is an exception
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "train" || command == "evaluate") seqrec::dist::become_connected(argv);
  return seqrec::program(argc, argv);
}

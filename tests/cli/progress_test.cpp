#include "cli/progress.h"

#include <atomic>
#include <chrono>
#include <ostream>
#include <sstream>
#include <streambuf>
#include <thread>

#include <doctest/doctest.h>

#include "cli/name.h"
#include "cli/report.h"
#include "tests/cli/program.h"

using namespace std::chrono_literals;
using seqrec::cli::ProgressBar;
using seqrec::cli::Screen;

namespace {

/// Counts lines, of whatever thread.
class Lines : public std::streambuf {
 public:
  std::atomic<int> count{0};

 protected:
  int_type overflow(int_type c) override {
    count += c == '\n';
    return c;
  }
};

/// What the program writes to a terminal of so many columns.
std::string on_terminal(int columns, const std::string& command) {
  const std::string inner = "stty cols " + std::to_string(columns) + "; " + command;
  const Outcome outcome = shell("export TERM=xterm; script -qec '" + inner + "' /dev/null");
  CAPTURE(outcome.out);
  CHECK(outcome.code == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("without a terminal there are plain lines, with one a line that is written over") {
  const std::string& name = seqrec::cli::program_name();
  std::ostringstream plain;
  {
    ProgressBar bar(plain, {}, 0s);
    bar.update("test", 0, 200);
    bar.update("test", 100, 200, "loss 1.5", ", run 1:00");
    bar.update("reading the data", 0, 0);
  }
  std::istringstream lines(plain.str());
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line.starts_with(name + ": test: 0%, 0:0"));
  REQUIRE(std::getline(lines, line));
  CHECK(line.starts_with(name + ": test: 50%, loss 1.5, 0:0"));
  CHECK(line.ends_with(" left, run 1:00"));
  REQUIRE(std::getline(lines, line));
  CHECK(line.starts_with(name + ": reading the data: 0:0"));
  CHECK(line.ends_with(" so far"));
  CHECK(plain.str().find_first_of("\r\x1b") == std::string::npos);

  std::ostringstream rare;
  {
    ProgressBar bar(rare, {}, 1h);
    for (int i = 0; i < 1000; ++i) bar.update("test", i, 1000);
  }
  CHECK(rare.str().empty());

  std::ostringstream terminal;
  {
    ProgressBar bar(terminal, {.terminal = true, .columns = 40}, 1h);
    bar.update("reading the data", 0, 0);
    CHECK(terminal.str() == "\rreading the data  0:00\x1b[K");
    bar.update("test", 1, 4);
    CHECK(terminal.str().find("\rtest [") != std::string::npos);
    CHECK(terminal.str().find('\n') == std::string::npos);
  }
  CHECK(terminal.str().ends_with("\r\x1b[K"));
}

TEST_CASE("the time that a run has left is that of the epochs since this process began") {
  using seqrec::cli::RunLeft;
  const auto at = [](std::int64_t epoch, std::int64_t step) {
    return seqrec::train::Progress{.epoch = epoch, .epochs = 5, .step = step, .steps = 10};
  };
  RunLeft left;
  const RunLeft::Clock::time_point begin;
  CHECK(left.text(at(2, 5), begin).empty());  // a run that goes on begins there
  CHECK(left.text(at(2, 5), begin + 1s).empty());
  CHECK(left.text(at(3, 5), begin + 100s) == ", run 4:10");
  CHECK(left.text(at(4, 0), begin + 3600s) == ", run 1:20:00");
  CHECK(left.text(at(5, 5), begin + 3600s).empty());  // as the epoch
}

TEST_CASE("work that tells nothing on its way is told of all the same, until it is over") {
  Lines lines;
  std::ostream out(&lines);
  ProgressBar bar(out, {}, 5ms);
  bar.update("reading the data", 0, 0);
  for (int i = 0; i < 6000 && lines.count < 3; ++i) std::this_thread::sleep_for(5ms);
  CHECK(lines.count >= 3);
  bar.clear();
  const int before = lines.count;
  std::this_thread::sleep_for(30ms);
  CHECK(lines.count == before);
}

TEST_CASE("training and evaluating show on a terminal what they do, in lines that never wrap") {
  const TempFolder folder;
  const std::string data = " --dataset books --data-path " + trained().data;
  for (const int columns : {40, 60, 120}) {
    CAPTURE(columns);
    const std::string train =
        on_terminal(columns, "$SEQREC train --model SHAN --epochs 2 --set embedding_size=8 --overwrite --out " +
                                 (folder / "run").string() + data);
    for (const char* work : {"\rreading the data", "\rmaking the model", "\repoch 1/2", "\rvalidation", "\rtest"})
      CHECK_MESSAGE(contains(train, work), work);
    const std::string evaluate = on_terminal(columns, "$SEQREC evaluate " + trained().run);
    for (const char* work : {"\rreading the model", "\rreading the data", "\rtest [", "\rtest of Pop"})
      CHECK_MESSAGE(contains(evaluate, work), work);
    for (const std::string& text : {train, evaluate})
      for (std::size_t begin = 0; (begin = text.find('\r', begin)) != text.npos; ++begin)
        if (const std::size_t end = text.find("\x1b[K", begin); end != text.npos && end < text.find('\n', begin))
          CHECK(end - begin - 1 < static_cast<std::size_t>(columns));
  }
}

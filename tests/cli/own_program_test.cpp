#include <iostream>
#include <locale>
#include <regex>
#include <sstream>

#include <doctest/doctest.h>

#include "cli/program.h"
#include "core/file.h"
#include "tests/cli/program.h"
#include "tests/grouping_locale.h"
#include "tests/models/own_model.h"

namespace {

/// What goes to a stream while it lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

/// The program with a model of its own, called as bin/toy, in this process.
Outcome toy(std::vector<std::string> arguments) {
  seqrec::models::add_own_model();
  arguments.insert(arguments.begin(), "some/bin/toy");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  const Captured out(std::cout), err(std::cerr);
  Outcome outcome;
  outcome.code = seqrec::program(static_cast<int>(argv.size()), argv.data());
  outcome.out = out.text();
  outcome.err = err.text();
  return outcome;
}

}  // namespace

TEST_CASE("a program of one's own has its models in the keys, the help and the errors, and its name") {
  const Outcome keys = toy({"train", "--list-keys"});
  CHECK(keys.code == 0);
  CHECK(contains(keys.out, "## Keys of SHAN\n"));
  CHECK(contains(keys.out, "## Keys of Own\n"));
  CHECK(contains(keys.out,
                 "| `own_length` | a whole number from 1 to 1073741824 | `3` | how many of the last items count |"));

  const Outcome help = toy({"train", "--help"});
  CHECK(help.code == 0);
  CHECK(contains(help.out, ", Own"));
  CHECK(contains(help.out, "  toy train --model SHAN "));
  CHECK(contains(toy({"--help"}).out, "'toy COMMAND --help'"));
  CHECK(toy({"--version"}).out.starts_with("toy (seqrec "));

  const Outcome unknown = toy({"train", "--model", "Owm", "--dataset", "books"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.starts_with("toy: unknown model 'Owm' (did you mean 'Own'?); there are: SHAN, "));
  CHECK(toy({}).err ==
        "toy: no command is given; there are train, tune, evaluate, runs, metrics, compare, report, convert, data, "
        "import, "
        "export, "
        "recommend, similar, vectors, "
        "serve, inspect, completion, demo\n"
        "See 'toy --help'.\n");
  const Outcome key = toy({"data", "--model", "Own", "--set", "own_lenght=5"});
  CHECK(key.err.starts_with("toy: unknown key 'own_lenght' (--set) (did you mean 'own_length'?)"));
}

TEST_CASE("a program of one's own trains, resumes, tests and recommends with its model") {
  const TempFolder folder;
  const std::string run = folder / "run", model = run + "/model.safetensors";
  const Outcome trained_own = toy({"train", "--model", "Own", "--dataset", "books", "--data-path", trained().data,
                                   "--out", run, "--epochs", "2", "--set", "own_length=2", "--log-format", "json"});
  CAPTURE(trained_own.err);
  REQUIRE(trained_own.code == 0);
  CHECK(trained_own.events().back().at("event") == seqrec::Json("result"));
  CHECK(toy({"train", "--resume", run, "--log-format", "json"}).out == trained_own.lines().back() + "\n");
  CHECK(contains(toy({"inspect", model}).out, "own_length"));
  CHECK(toy({"evaluate", model, "--dataset", "books", "--data-path", trained().data}).code == 0);
  const Outcome wrong = toy({"train", "--model", "Own", "--dataset", "books", "--data-path", trained().data, "--out",
                             folder / "wrong", "--set", "own_length=0"});
  CHECK(wrong.code == 2);
  CHECK(wrong.err == "toy: own_length (--set): got 0, expected a whole number from 1 to 1073741824\n");
  CHECK(toy({"recommend", model, "--user", "u7", "-k", "3", "--format", "json"}).events().size() == 1);
}

TEST_CASE("the locale of the process that calls the program shows in nothing that it reads or writes") {
  // What is said of the same data: with many rows, so that digits could be grouped, and a learning rate with a point.
  const auto said = [](const TempFolder& folder) {
    const std::string run = folder / "run", model = run + "/model.safetensors";
    const auto books = [](std::vector<std::string> arguments) {
      arguments.insert(arguments.end(), {"--dataset", "books", "--data-path", trained().data, "--threads", "1"});
      return toy(arguments);
    };
    std::vector<Outcome> outcomes = {
        books({"data"}),
        books({"train", "--model", "SHAN", "--out", run, "--epochs", "1", "--set", "learning_rate=0.0125"}),
        books({"evaluate", model}),
        books({"evaluate", model, "--set", "topk=123456"}),
        toy({"inspect", model}),
        toy({"recommend", model, "--user", "u7"}),
        toy({"recommend", model, "--user", "u7", "--format", "json"}),
        toy({"recommend", model, "--user", "u7", "--threads", "123456"})};
    std::vector<std::string> texts;
    for (const Outcome& outcome : outcomes) texts.push_back(outcome.out + outcome.err);
    texts.push_back(seqrec::read_text(model));
    return texts;
  };
  const TempFolder plain_folder, folder;
  const std::vector<std::string> plain = said(plain_folder);
  const seqrec::GroupingLocale locale;
  const std::locale out = std::cout.imbue(std::locale()), err = std::cerr.imbue(std::locale());
  std::vector<std::string> grouped = said(folder);
  const bool kept = std::cout.imbue(out) == std::locale();
  std::cerr.imbue(err);
  CHECK(kept);
  const auto without_times = [&](std::string text) {
    for (const TempFolder* run : {&plain_folder, &folder})
      for (std::size_t at; (at = text.find(run->path().string())) != text.npos;)
        text.erase(at, run->path().string().size());
    text = std::regex_replace(text, std::regex("[0-9.]+ s  loss"), "loss");
    return std::regex_replace(text, std::regex("peak memory [0-9]+ MB|time        [^\n]*"), "");
  };
  REQUIRE(grouped.size() == plain.size());
  for (std::size_t i = 0; i + 1 < plain.size(); ++i) CHECK(without_times(grouped[i]) == without_times(plain[i]));
  CHECK(grouped.back() == plain.back());
}

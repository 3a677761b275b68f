#include <algorithm>

#include <doctest/doctest.h>

#include "tests/cli/program.h"

namespace {

/// Errors are one or two lines that begin with the program's name.
void check_usage_error(const Outcome& outcome, const std::string& message) {
  CAPTURE(outcome.err);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.starts_with("seqrec: "));
  CHECK(contains(outcome.err, message));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') <= 2);
}

}  // namespace

TEST_CASE("help and version") {
  const Outcome help = run({"--help"});
  CHECK(help.code == 0);
  for (const char* command : {"train", "evaluate", "data", "import", "export", "recommend", "inspect", "demo"}) {
    CAPTURE(command);
    CHECK(contains(help.out, command));
    const Outcome own = run({command, "--help"});
    CHECK(own.code == 0);
    CHECK(contains(own.out, "Examples:\n"));
    CHECK(contains(own.out, std::string("seqrec ") + command));
  }
  const Outcome version = run({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("seqrec "));
}

TEST_CASE("wrong usage is exit code 2 and says what is meant") {
  check_usage_error(run({}), "no command is given; there are train, tune");
  check_usage_error(run({"trian"}), "unknown command 'trian' (did you mean 'train'?)");
  check_usage_error(run({"train", "--modle", "SHAN"}), "unknown option '--modle' (did you mean '--model'?)");
  check_usage_error(run({"data", "--thread=2"}), "unknown option '--thread' (did you mean '--threads'?)");
  check_usage_error(run({"data", "more"}), "unexpected argument 'more'");
  check_usage_error(run({"inspect"}), "MODEL_FILE");
  check_usage_error(run({"train", "--threads", "0"}), "--threads");
  check_usage_error(run({"data", "--log-format", "xml"}), "xml");
  check_usage_error(run({"recommend", "model"}), "--all-users");
  check_usage_error(run({"recommend", "model", "--all-users", "--user", "u1"}), "--all-users");
  check_usage_error(run({"recommend", "model", "--user", "u1", "-k", "0"}), "-k: got '0'");
  check_usage_error(run({"recommend", "model", "--user", "u1", "--unknown-user", "guess"}), "guess");
}

TEST_CASE("a number is written in digits and fits, or is refused with what was expected") {
  const std::vector<std::vector<std::string>> options = {{"recommend", trained().model, "--user", "u1", "-k"},
                                                         {"recommend", trained().model, "--user", "u1", "--threads"},
                                                         {"metrics", trained().run, "--topk"},
                                                         {"metrics", trained().run, "--decimals"},
                                                         {"compare", trained().run, "--topk"},
                                                         {"compare", trained().run, "--resamples"},
                                                         {"compare", trained().run, "--seed"},
                                                         {"train", "--seed"},
                                                         {"train", "--epochs"},
                                                         {"demo", "--users"},
                                                         {"demo", "--epochs"}};
  for (std::vector<std::string> arguments : options) {
    const std::string option = arguments.back();
    arguments.emplace_back();
    for (const std::string number : {"", "-1", "1.5", "1e9", "0x10", "nan", "99999999999999999999"}) {
      arguments.back() = number;
      CAPTURE(option);
      check_usage_error(run(arguments), option + ": got '" + number + "', expected a whole number from ");
    }
  }
  check_usage_error(run({"metrics", trained().run, "--topk", "5,0"}),
                    "--topk: got '0', expected a whole number from 1 to 1073741824");
  const auto at = [](const std::string& k) { return run({"metrics", trained().run, "--topk", k}).out; };
  CHECK(at("010") == at("10"));
  CHECK(at("+10") == at("10"));
}

TEST_CASE("a wrong configuration is exit code 2 and names the key") {
  check_usage_error(run({"data", "--set", "MAX_ITEM_LIST_LENGHT=5"}), "did you mean 'MAX_ITEM_LIST_LENGTH'?");
  check_usage_error(run({"data", "--set", "MAX_ITEM_LIST_LENGTH=0"}), "MAX_ITEM_LIST_LENGTH (--set): got 0");
  check_usage_error(run({"data", "--set", "topk"}), "--set: got 'topk', expected key=value");
  check_usage_error(run({"train", "--model", "SHANN", "--dataset", "books", "--data-path", trained().data}),
                    "did you mean 'SHAN'?");
}

TEST_CASE("an error is short and shows nothing but characters, whatever was given") {
  const std::string text = "x\x1b[1m\xff" + std::string(100'000, 'y') + "\n";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{text},
                                             {"data", text},
                                             {"data", "--" + text},
                                             {"data", "--threads", text},
                                             {"data", "--format", text},
                                             {"data", "--set", text},
                                             {"data", "--set", text + "=1"},
                                             {"data", "--set", "seed=" + text},
                                             {"data", "--dataset", text},
                                             {"data", "--config", text},
                                             {"train", "--model", text, "--dataset", "books"},
                                             {"inspect", text},
                                             {"recommend", trained().model, "--user", text, "--unknown-user", "error"},
                                             {"recommend", trained().model, "--history", text}}) {
    const Outcome outcome = run(arguments);
    CAPTURE(arguments[0] + " " + (arguments.size() > 1 ? arguments[1].substr(0, 20) : ""));
    CAPTURE(outcome.err.substr(0, 2000));
    CHECK((outcome.code == 1 || outcome.code == 2));
    CHECK(outcome.err.size() < 1200);
    CHECK(outcome.err.find_first_of("\x1b\xff") == std::string::npos);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') <= 3);
  }
}

TEST_CASE("a file that is not there is exit code 1") {
  for (const Outcome& outcome : {run({"inspect", "no/such/model"}), run({"recommend", "no/such/model", "--user", "u1"}),
                                 run({"data", "--dataset", "none", "--data-path", "no/such"})}) {
    CAPTURE(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.starts_with("seqrec: can't read no/such"));
    CHECK(contains(outcome.err, "No such file or directory"));
  }
}

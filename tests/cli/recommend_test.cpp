#include <filesystem>
#include <fstream>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::concat;
using seqrec::Json;

namespace {

/// The answer of a request in JSON, of which there is one.
Json one(const Outcome& outcome) {
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto events = outcome.events();
  REQUIRE(events.size() == 1);
  return events[0];
}

std::vector<std::string> items(const Json& answer) {
  std::vector<std::string> out;
  for (const Json& item : answer.at("items").as_array()) out.push_back(item.at("item").as_string());
  return out;
}

}  // namespace

TEST_CASE("recommend answers a user, from the model file and the histories beside it") {
  TempFolder folder;  // the dataset is not there
  for (const char* name : {"model.safetensors", "histories.safetensors"})
    std::filesystem::copy(trained().run + "/" + name, folder / name);
  const std::string model = folder / "model.safetensors";

  const Json answer = one(run({"recommend", model, "--user", "u7", "-k", "5", "--format", "json"}));
  CHECK(answer.at("user").as_string() == "u7");
  const auto& list = answer.at("items").as_array();
  REQUIRE(list.size() == 5);
  for (std::size_t i = 1; i < list.size(); ++i)
    CHECK(list[i - 1].at("score").as_double() >= list[i].at("score").as_double());
  CHECK(list[0].at("title").as_string().starts_with("The "));

  const Outcome text = run({"recommend", model, "--user", "u7"});
  CHECK(text.code == 0);
  CHECK(text.lines().size() == 11);
  CHECK(text.lines()[0] == "user u7");
  CHECK(contains(text.lines()[1], "The "));
}

TEST_CASE("recommend answers a history without the histories file; unknown items are skipped and counted") {
  TempFolder folder;
  const std::string model = folder / "model.safetensors";
  std::filesystem::copy(trained().model, model);

  const Json known = one(run({"recommend", model, "--history", "b1 b2", "--format", "json"}));
  CHECK(known.at("user").is_null());
  CHECK(known.find("unknown_items") == nullptr);
  const Outcome outcome = run({"recommend", model, "--history", "b1  nonsense b2", "--format", "json"});
  const Json skipped = one(outcome);
  CHECK(skipped.at("unknown_items").as_int() == 1);
  CHECK(skipped.at("items") == known.at("items"));
  CHECK(contains(outcome.err, "items of histories that the model doesn't know, skipped: 1"));

  const Outcome empty = run({"recommend", model, "--history", "", "--format", "json"});
  CHECK(empty.code == 1);
  CHECK(contains(empty.err, "the history is empty"));
  CHECK(items(one(run({"recommend", model, "--history", "", "--empty-history", "model", "--format", "json"}))).size() ==
        10);

  std::ofstream(folder / "histories.safetensors") << "not of this model";  // not read before it is needed
  CHECK(run({"recommend", model, "--history", "b1 b2", "--exclude-seen"}).code == 0);
  CHECK(run({"recommend", model, "--user", "u7", "--history", "b1 b2"}).code == 0);
  CHECK(run({"recommend", model, "--user", "u7", "--history", "b1 b2", "--exclude-seen"}).code == 1);
  std::filesystem::remove(folder / "histories.safetensors");

  const Outcome user = run({"recommend", model, "--user", "u7"});
  CHECK(user.code == 1);
  CHECK(contains(user.err, "histories.safetensors is not there"));
  const Outcome stranger = run({"recommend", model, "--user", "nobody", "--history", "b1", "--unknown-user", "error"});
  CHECK(stranger.code == 1);
  CHECK(contains(stranger.err, "seqrec: unknown user \"nobody\""));
}

TEST_CASE("candidates and exclusions") {
  TempFolder folder;
  seqrec::write_text(folder / "candidates", "b3\nb4\r\n\nb5\nnonsense\n");
  seqrec::write_text(folder / "exclude", "b4\n");
  const Outcome outcome = run({"recommend", trained().model, "--history", "b1 b3", "--exclude-seen", "--format", "json",
                               "--candidates", folder / "candidates", "--exclude", folder / "exclude"});
  CHECK(items(one(outcome)) == std::vector<std::string>{"b5"});
  CHECK(contains(outcome.err, "items that the model doesn't know: 1 of 4"));
}

TEST_CASE("recommend answers lines of requests") {
  TempFolder folder;
  const std::string requests =
      "{\"user\": \"u1\"}\n"
      "{\"user\": \"u2\", \"history\": [\"b1\", \"b2\"], \"k\": 3}\n"
      "\n"
      "{\"history\": \"b1 b2\", \"k\": 3}\n";
  seqrec::write_text(folder / "requests", requests);
  const Outcome outcome = run({"recommend", trained().model, "--input", folder / "requests", "--format", "json"});
  const auto answers = outcome.events();
  REQUIRE(answers.size() == 3);
  CHECK(items(answers[0]).size() == 10);
  CHECK(items(answers[1]).size() == 3);
  CHECK(answers[2].at("user").is_null());
  CHECK(run({"recommend", trained().model, "--input", "-", "--format", "json"}, requests).out == outcome.out);

  SUBCASE("a file is written as one step") {
    const Outcome to_file = run({"recommend", trained().model, "--input", folder / "requests", "--format", "json",
                                 "--out", folder / "answers"});
    CHECK(to_file.out.empty());
    CHECK(seqrec::read_text(folder / "answers") == outcome.out);
    run({"recommend", trained().model, "--input", folder / "requests", "--format", "json", "--out", folder / "new/a"});
    CHECK(seqrec::read_text(folder / "new/a") == outcome.out);
  }
  SUBCASE("what is read is not replaced") {
    std::filesystem::create_symlink(folder / "requests", folder / "link");
    const Outcome refused =
        run({"recommend", trained().model, "--input", folder / "requests", "--out", folder / "link"});
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, concat("--out: ", (folder / "link").string(), " is ", (folder / "requests").string(),
                                       ", what is read, expected another file")));
    CHECK(seqrec::read_text(folder / "requests") == requests);
    const std::string model = seqrec::read_text(trained().model);
    CHECK(run({"recommend", trained().model, "--history", "b1", "--out", trained().model}).code == 2);
    CHECK(seqrec::read_text(trained().model) == model);
  }
  SUBCASE("a request without an answer is said in its line, and the exit code tells") {
    const Outcome mixed = run({"recommend", trained().model, "--input", "-", "--format", "json"},
                              "{\"user\": \"nobody\"}\n{\"user\": \"u1\"}\n");
    CHECK(mixed.code == 1);
    const auto lines = mixed.events();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("error") != nullptr);
    CHECK(items(lines[1]) == items(answers[0]));
    CHECK(contains(mixed.err, "1 of 2 requests got no answer"));
  }
  SUBCASE("a line says what it leaves out, and what it chooses from") {
    const Outcome chosen =
        run({"recommend", trained().model, "--input", "-", "--format", "json"},
            "{\"history\": \"b1 b2\", \"exclude_seen\": true, \"candidates\": [\"b1\", \"b2\", \"b3\"]}\n"
            "{\"history\": \"b1 b2\", \"exclude\": \"b3\", \"candidates\": \"b3 b4\"}\n");
    REQUIRE_MESSAGE(chosen.code == 0, chosen.err);
    CHECK(items(chosen.events()[0]) == std::vector<std::string>{"b3"});
    CHECK(items(chosen.events()[1]) == std::vector<std::string>{"b4"});
  }
  SUBCASE("null is not given, and a byte order mark is passed over") {
    const Outcome same = run({"recommend", trained().model, "--input", "-", "--format", "json"},
                             "\xEF\xBB\xBF{\"user\": \"u1\", \"history\": null, \"k\": null}\n"
                             "{\"user\": null, \"history\": \"b1 b2\", \"k\": 3}\n");
    REQUIRE_MESSAGE(same.code == 0, same.err);
    CHECK(same.events() == std::vector<seqrec::Json>{answers[0], answers[2]});
  }
  SUBCASE("a line that is no request gets its answer, which names its place, and the others theirs") {
    const std::vector<std::pair<const char*, const char*>> bad = {{"{}", "neither a user nor a history"},
                                                                  {"{\"usr\": \"u1\"}", "usr: unknown key"},
                                                                  {"[1]", "expected a map"},
                                                                  {"{\"user\"", "line 1"},
                                                                  {"{\"user\": [\"u1\"]}", "expected a string"},
                                                                  {"\xFF\xFE", "line 1"},
                                                                  {"{\"user\": \"u\001\"}", "a control character"},
                                                                  {"{\"user\": \"u1\", \"k\": \"many\"}", "expected"}};
    std::string lines;
    for (const auto& [line, message] : bad) lines += concat(line, "\n{\"user\": \"u1\"}\n");
    const Outcome mixed = run({"recommend", trained().model, "--input", "-", "--format", "json"}, lines);
    CHECK(mixed.code == 1);
    CHECK(contains(mixed.err, "note: lines that are no request: 8\n"));
    CHECK(contains(mixed.err, "seqrec: 8 of 16 requests got no answer; the first: /dev/stdin:1: neither"));
    const auto told = mixed.events();
    REQUIRE(told.size() == 2 * bad.size());
    for (std::size_t i = 0; i < bad.size(); ++i) {
      const std::string error = told[2 * i].at("error").as_string();
      CHECK_MESSAGE(error.starts_with(concat("/dev/stdin:", 2 * i + 1, ": ")), error);
      CHECK_MESSAGE(contains(error, bad[i].second), error);
      CHECK(told[2 * i].at("user").is_null());
      CHECK(items(told[2 * i]).empty());
      CHECK(told[2 * i + 1] == answers[0]);
    }
    seqrec::write_text(folder / "bad", "{\"user\": \"u1\"}\n{}\n");
    const Outcome text = run({"recommend", trained().model, "--input", folder / "bad", "--out", folder / "answers"});
    CHECK(text.code == 1);
    const std::string answered = seqrec::read_text(folder / "answers");
    CHECK(answered.starts_with("user u1\n"));
    CHECK(answered.ends_with(
        concat("\nno request\n  ", (folder / "bad").string(), ":2: neither a user nor a history\n")));
    const Outcome alone = run({"recommend", trained().model, "--input", "-"}, "{}\n");
    CHECK(alone.code == 1);
    CHECK(alone.err ==
          "seqrec: note: lines that are no request: 1\nseqrec: /dev/stdin:1: neither a user nor a history\n");
  }
}

TEST_CASE("requests of a pipe are answered as they come") {
  TempFolder folder;
  const std::string pipe = folder / "requests";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int writer = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);  // the end comes with our closing it
  const auto write = [&](std::string_view text) {
    REQUIRE(::write(writer, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  };
  Program program({"-c", concat("exec ", Program::built(), " recommend ", trained().model,
                                " --format json --input - < ", pipe, " > ", (folder / "answers").string())},
                  "", "bash");
  write("{\"user\": \"u1\"}\nno request\n{\"user\"");  // what has begun keeps nothing up
  CHECK(program.wait_for(folder / "answers", 2));
  write(": \"u2\"}\n");
  CHECK(program.wait_for(folder / "answers", 3));
  ::close(writer);
  CHECK(program.wait().code == 1);
}

TEST_CASE("recommend answers all users, the same as one by one") {
  const auto all = run({"recommend", trained().model, "--all-users", "--format", "json", "--exclude-seen"}).events();
  CHECK(all.size() == 60);
  const Json single = one(run({"recommend", trained().model, "--user", "u9", "--format", "json", "--exclude-seen"}));
  for (const Json& answer : all)
    if (answer.at("user").as_string() == "u9") CHECK(items(answer) == items(single));
}

TEST_CASE("inspect shows what is in a model file") {
  const Outcome json = run({"inspect", trained().model, "--format", "json"});
  const Json about = one(json);
  CHECK(about.at("model").as_string() == "SHAN");
  CHECK(about.at("n_users").as_int() == 61);
  const Outcome text = run({"inspect", trained().model});
  CHECK(text.code == 0);
  CHECK(contains(text.out, "item_embedding.weight"));
  CHECK(contains(text.out, "(61, 64)"));
}

TEST_CASE("a damaged model file is an error, not a crash") {
  TempFolder folder;
  std::string bytes = seqrec::read_text(trained().model);
  seqrec::write_text(folder / "model", bytes.substr(0, bytes.size() / 2));
  const Outcome outcome = run({"recommend", folder / "model", "--history", "b1"});
  CHECK(outcome.code == 1);
  CHECK(outcome.err.starts_with("seqrec: "));
  CHECK(contains(outcome.err, (folder / "model").string()));
}

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

TEST_CASE("serve answers over HTTP until it is ended") {
  const TempFolder folder;
  const std::string out = (folder / "out").string(), body = R"({"user": "u1", "k": 2})";
  const Outcome outcome = shell(seqrec::concat(
      "\"$SEQREC\" serve books=", trained().model, " --port 0 --histories > ", out, " &\n",
      "for i in $(seq 600); do grep -q http ", out, " && break; sleep 0.05; done\n", "port=$(sed 's/.*://' ", out,
      ")\n", "exec 3<> /dev/tcp/127.0.0.1/$port\n", "printf 'POST /recommend HTTP/1.1\\r\\nConnection: close\\r\\n",
      "Content-Length: ", body.size(), "\\r\\n\\r\\n", body, "' >&3\n", "tail -n 1 <&3\n", "kill $!\n", "wait $!"));
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  const std::string user = run({"recommend", trained().model, "--user", "u1", "-k", "2", "--format", "json"}).out;
  CHECK(outcome.out + "\n" == user);
  const std::string log = seqrec::read_text(out);
  CHECK(log.starts_with("books on http://127.0.0.1:"));
  CHECK(contains(log, "\nPOST /recommend 200 "));
  CHECK(log.ends_with("\nending\n"));
}

TEST_CASE("serve goes on without a reader of its log") {
  const Outcome outcome = shell("exec 4> >(head -n 1)\nreader=$!\n\"$SEQREC\" serve " + trained().model +
                                " --port 0 >&4 &\nexec 4>&-\nwait $reader\nkill $!\nwait $!");
  CHECK(outcome.code == 1);  // as of every command whose output got lost, and no 141
  CHECK(contains(outcome.out, "on http://127.0.0.1:"));
  CHECK(contains(outcome.err, "can't write to standard output: Broken pipe"));
}

TEST_CASE("serve says what it can't serve") {
  const auto fails = [](std::vector<std::string> arguments, int code, const std::string& error) {
    arguments.insert(arguments.begin(), "serve");
    const Outcome outcome = run(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(contains(outcome.err, error));
  };
  const std::string& model = trained().model;
  fails({}, 2, "MODEL_FILE is required");
  fails({"no/model"}, 1, "can't read no/model");
  fails({"a b=" + model}, 2, "the model's name 'a b' has to stand in a URL");
  fails({"a=" + model, "a=" + model}, 2, "two models of the name a");
  fails({model, "--address", "localhost"}, 2, "got 'localhost', expected an IP address");
  fails({model, "--address", "192.0.2.1"}, 1, "can't listen on 192.0.2.1 port 8080: ");
  fails({model, "--port", "65536"}, 2, "--port");
  fails({model, "--queue", "0"}, 2, "--queue");
}

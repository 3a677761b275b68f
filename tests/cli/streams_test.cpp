#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "tests/cli/program.h"

using seqrec::read_text;
using seqrec::write_text;

namespace {

const std::string kRequests = "{\"user\": \"u1\"}\n{\"history\": \"b1 b2\", \"k\": 3}\n";

std::string recommend(const std::string& more) { return "\"$SEQREC\" recommend " + trained().model + " " + more; }

std::string data(const std::string& command) {
  return "\"$SEQREC\" " + command + " --dataset books --data-path " + trained().data;
}

std::string train(const std::filesystem::path& out) {
  return data("train --model SHAN") + " --epochs 1 --set embedding_size=8 --out " + out.string();
}

/// Runs a script that fails with this code and error.
void fails(const std::string& script, const std::string& error, int code = 1) {
  CAPTURE(script);
  const Outcome outcome = shell(script);
  CHECK(outcome.code == code);
  CHECK(outcome.err == "seqrec: " + error + "\n");
}

/// The requests' answers, and that a script gives the same.
void answers_requests(const std::string& script) {
  CAPTURE(script);
  static const std::string answers =
      run({"recommend", trained().model, "--input", "-", "--format", "json"}, kRequests).out;
  const Outcome outcome = shell(script);
  CHECK(outcome.err == "");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == answers);
}

}  // namespace

TEST_CASE("a report that can't be written is a failure") {
  for (const std::string& command :
       {std::string("\"$SEQREC\" --help"), std::string("\"$SEQREC\" --version"), std::string("\"$SEQREC\" data --help"),
        std::string("\"$SEQREC\" train --list-keys"), "\"$SEQREC\" inspect " + trained().model, data("data"),
        data("evaluate " + trained().model), recommend("--user u1"), recommend("--all-users --format json")}) {
    fails(command + " > /dev/full", "can't write to standard output: No space left on device");
    fails(command + " >&-", "can't write to standard output: it is closed");
  }
}

TEST_CASE("a training whose report can't be written is finished all the same, and none of its files gets the report") {
  for (const char* streams : {">&-", "> /dev/full", "2>&- >&-", "<&- >&- 2>&-"}) {
    CAPTURE(streams);
    const TempFolder folder;
    CHECK(shell(train(folder / "run") + " " + streams).code == 1);
    CHECK(read_text(folder / "run/.lock").empty());
    CHECK(std::filesystem::exists(folder / "run/result.json"));
    CHECK(run({"inspect", folder / "run/model.safetensors"}).code == 0);
  }
}

TEST_CASE("closed error streams cost the messages alone") {
  const Outcome outcome = shell(recommend("--history 'b1 nonsense' -k 2 2>&-"));
  CHECK(outcome.code == 0);
  CHECK(outcome.lines().size() == 3);
  CHECK(shell("\"$SEQREC\" inspect no/such/file 2>&-").code == 1);
}

TEST_CASE("a reader that has enough ends the program as it ends others") {
  const Outcome killed = shell("(sleep 2; exec " + recommend("--all-users") + ") | true; echo ${PIPESTATUS[0]}");
  CHECK(killed.out == "141\n");  // SIGPIPE
  CHECK(killed.err.empty());
  fails("trap '' PIPE; (sleep 2; exec " + recommend("--all-users") + ") | true; exit ${PIPESTATUS[0]}",
        "can't write to standard output: Broken pipe");
  const Outcome first = shell(recommend("--all-users") + " | head -1");
  CHECK(first.out.starts_with("user u"));
  CHECK(first.lines().size() == 1);
}

TEST_CASE("requests come from a file, standard input or a pipe") {
  const TempFolder folder;
  write_text(folder / "requests", kRequests);
  const std::string file = (folder / "requests").string(), pipe = (folder / "pipe").string();
  answers_requests(recommend("--format json --input " + file));
  answers_requests(recommend("--format json --input - < " + file));
  answers_requests(recommend("--format json --input /dev/stdin < " + file));
  answers_requests("cat " + file + " | " + recommend("--format json --input -"));
  answers_requests(recommend("--format json --input <(cat " + file + ")"));
  answers_requests("mkfifo " + pipe + "; exec 5<>" + pipe + "; cat " + file + " >&5; (sleep 2; exec 5>&-) & exec " +
                   recommend("--format json --input " + pipe + " 5>&-"));
  // Other writers of files.
  answers_requests("tr -d '\\n' < " + file + " | sed 's/}{/}\\r\\n\\r\\n{/' | " + recommend("--format json --input -"));
  CHECK(shell(recommend("--input <(true)")).code == 0);
  CHECK(shell(recommend("--history b1 --candidates <(echo b2)")).lines().size() == 2);
  CHECK(shell(recommend("--history b1 --candidates - <<< b2")).lines().size() == 2);
  CHECK(shell(data("data") + " --config <(echo 'MAX_ITEM_LIST_LENGTH: 3')").code == 0);
  CHECK(shell(data("data") + " --config - <<< 'MAX_ITEM_LIST_LENGTH: 3'").code == 0);
}

TEST_CASE("requests that can't be read are no end of the requests") {
  const TempFolder folder;
  const std::string pipe = (folder / "pipe").string(), out = (folder / "out").string();
  write_text(out, "old");
  fails(recommend("--input - <&-"), "can't read /dev/stdin: it is closed, or not open for reading");
  fails(recommend("--input /tmp"), "can't read /tmp: Is a directory");
  fails(recommend("--input - < /tmp"), "can't read /dev/stdin: Is a directory");
  fails("mkfifo " + pipe + "; " + recommend("--input " + pipe),
        "can't read " + pipe + ": no process writes to this pipe");
  fails(recommend("--history b1 --exclude " + pipe), "can't read " + pipe + ": no process writes to this pipe");

  // More than what is answered at once, and then EIO: the other side of this terminal is gone.
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE((terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0));
  const int other = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  std::thread writer([&] {
    const std::string request = "{\"user\": \"u1\"}\n";
    for (int i = 0; i < 1100; ++i) static_cast<void>(!write(other, request.data(), request.size()));
    close(other);
  });
  const std::string input = "/dev/fd/" + std::to_string(terminal);
  fails(recommend("--input " + input + " --out " + out), "can't read " + input + ": Input/output error");
  close(terminal);
  writer.join();
  CHECK(read_text(out) == "old");
  CHECK(seqrec::files_in(folder.path()).size() == 2);
}

TEST_CASE("a model or data that are no file are named as what they are") {
  const TempFolder folder;
  const std::string pipe = (folder / "pipe").string();
  const std::string error = "can't read " + pipe + ": it is a pipe, expected a regular file";
  fails("mkfifo " + pipe + "; \"$SEQREC\" inspect " + pipe, error);
  fails("\"$SEQREC\" recommend " + pipe + " --history b1", error);
  fails(data("evaluate " + pipe), error);
  fails("\"$SEQREC\" inspect /usr",
        "/usr is a folder without a model.safetensors, expected a model file or the folder of a run");
  std::filesystem::create_directory(folder / "books");
  std::filesystem::rename(pipe, folder / "books/books.inter");
  fails("\"$SEQREC\" data --dataset books --data-path " + folder.path().string(),
        "can't read " + (folder / "books/books.inter").string() + ": it is a pipe, expected a regular file");
  std::filesystem::create_symlink("loop", folder / "loop");
  fails("\"$SEQREC\" train --resume " + (folder / "loop").string(),
        "can't read " + (folder / "loop/config.json").string() + ": Too many levels of symbolic links");
}

TEST_CASE("--out writes to what is no regular file, and follows links") {
  const TempFolder folder;
  write_text(folder / "requests", kRequests);
  const std::string place = folder.path().string() + "/";
  const std::string answer = recommend("--format json --input " + place + "requests --out ");
  answers_requests(answer + "/dev/stdout");
  answers_requests("cd " + place + "; " + answer + "-; [ ! -e ./- ]");
  answers_requests(answer + "/dev/stdout | cat");
  answers_requests(answer + ">(cat)" + " | cat");
  answers_requests("cd " + place + "; mkfifo pipe; cat pipe & " + answer + "/dev/stdout > pipe; wait");
  answers_requests("cd " + place + "; (echo first; " + answer + "/dev/stdout) > whole; tail -n +2 whole");
  answers_requests("cd " + place + "; echo old > target; ln -s target link; " + answer +
                   "link; [ -L link ] && cat target");
  answers_requests("cd " + place + "; touch private; chmod 604 private; " + answer +
                   "private; [ $(stat -c %a private) = 604 ] && cat private");
  fails(answer + place + "pipe", "can't write " + place + "pipe: no process reads this pipe");
  fails(answer + "/dev/full", "can't write /dev/full: No space left on device");
  fails(answer + place, "can't write " + place + ": Is a directory");
  fails("ulimit -f 1; " + recommend("--all-users --out ") + place + "target",
        "can't write " + place + "target: File too large");
  CHECK(contains(read_text(folder / "target"), "\"user\":\"u1\""));
  CHECK_FALSE(std::filesystem::exists(folder / "target.seqrec.tmp"));
}

TEST_CASE("an imported model may go to standard output, alone") {
  const TempFolder folder;
  const seqrec::SafetensorsReader model(trained().model);
  seqrec::SafetensorsWriter weights;
  for (const std::string& name : model.names())
    if (!name.starts_with("vocabulary.") && !name.starts_with("title.")) weights.add(name, model.get(name));
  weights.write(folder / "weights");
  const std::string import = data("import " + (folder / "weights").string() + " --model SHAN");
  const Outcome outcome = shell(import + " --out /dev/stdout > " + (folder / "model").string());
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "/dev/stdout: SHAN with 60 users"));
  CHECK(run({"inspect", folder / "model"}).code == 0);
  fails(import + " --histories --out /dev/stdout",
        "--histories: there is no place beside /dev/stdout, expected a regular file for --out", 2);
  const std::string histories = (folder / "histories.safetensors").string();
  fails(import + " --histories --out " + histories,
        "--out: " + histories + " is the name of the histories, which --histories writes beside the model", 2);
}

TEST_CASE("an empty path is no path") {
  for (const std::string& command :
       {train("''"), std::string("\"$SEQREC\" train --resume ''"), recommend("--user u1 --out ''"),
        data("evaluate m --out ''"), std::string("\"$SEQREC\" metrics ''"), recommend("--user u1 --candidates ''"),
        data("data --export ''"), std::string("\"$SEQREC\" inspect ''"), data("data --config ''"),
        std::string("\"$SEQREC\" demo --out ''")}) {
    CAPTURE(command);
    const Outcome outcome = shell(command);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "got '', expected a path"));
  }
}

TEST_CASE("JSON is JSON, of tokens too that are not UTF-8") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "odd");
  std::string inter = "user_id:token\titem_id:token\ttimestamp:float\n";
  for (int user = 0; user < 8; ++user)
    for (int i = 0; i < 5; ++i) inter += seqrec::concat("u", user, "\t\xFF", (user + i) % 6, "\t", i, "\n");
  write_text(folder / "odd/odd.inter", inter);
  const std::string out = (folder / "run").string();
  const Outcome trained = run(
      {"train", "--model", "SHAN", "--dataset", "odd", "--data-path", folder.path(), "--epochs", "1", "--out", out});
  CAPTURE(trained.err);
  REQUIRE(trained.code == 0);
  const Outcome answer = run({"recommend", out + "/model.safetensors", "--input", "-", "--format", "json"},
                             "{\"history\": [\"\\udcff1\", \"\xFF"
                             "2\"]}\n");
  CHECK(answer.code == 0);
  CHECK_FALSE(contains(answer.out, "unknown_items"));
  CHECK_FALSE(contains(answer.out, "\xFF"));
  CHECK(contains(answer.out, "\"item\":\"\\udcff"));
  CHECK(contains(run({"recommend", out + "/model.safetensors", "--history",
                      "\xFF"
                      "1"})
                     .out,
                 "  \xFF"));
}

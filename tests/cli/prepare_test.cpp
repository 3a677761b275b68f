// `seqrec data --prepare` and what reads its file.
#include <csignal>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::file_exists;
using seqrec::files_in;
using seqrec::read_text;
using seqrec::write_text;

namespace {

std::vector<std::string> data_command(const std::string& folder, std::vector<std::string> more) {
  std::vector<std::string> command{"data", "--data-path", folder, "--dataset", "books"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace

TEST_CASE("data are prepared by one command, in little memory too, and read by the others") {
  const TempFolder temp;
  const std::string folder = (temp / "deep/er").string(), file = folder + "/books/books.prepared.safetensors";
  const Outcome plain = run(data_command(trained().data, {})),
                first = run(data_command(trained().data, {"--prepare", folder}));
  REQUIRE_MESSAGE(first.code == 0, first.err);
  CHECK(first.out == plain.out);
  const std::string content = read_text(file);
  CHECK(run(data_command(trained().data, {"--prepare", folder, "--memory", "1K", "--threads", "1"})).code == 0);
  CHECK(read_text(file) == content);
  CHECK(files_in(folder).size() == 1);
  CHECK(files_in(folder + "/books").size() == 1);
  const Outcome mapped = run(data_command(folder, {}));
  CHECK(mapped.out == plain.out);
  CHECK(mapped.err == plain.err);

  const auto train = [&](const std::string& data, const std::string& name) {
    const std::string out = (temp / name).string();
    const Outcome outcome =
        run({"train", "--model", "SHAN", "--data-path", data, "--dataset", "books", "--epochs", "1", "--out", out});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    return read_text(out + "/model.safetensors");
  };
  CHECK(train(folder, "mapped") == train(trained().data, "files"));
  CHECK(run({"evaluate", (temp / "mapped").string(), "--data-path", folder}).out ==
        run({"evaluate", (temp / "mapped").string(), "--data-path", trained().data}).out);

  const Outcome other = run(data_command(folder, {"--set", "rm_dup_inter=first"}));
  CHECK(other.code == 2);
  CHECK_MESSAGE(contains(other.err,
                         "books.prepared.safetensors was prepared under other settings: rm_dup_inter (--set) is "
                         "\"first\", was null; seqrec data --prepare makes it anew"),
                other.err);
  write_text(file, content.substr(0, content.size() / 2));
  const Outcome damaged = run(data_command(folder, {}));
  CHECK(damaged.code == 1);
  CHECK_MESSAGE(contains(damaged.err, file + ": the file is truncated"), damaged.err);
}

TEST_CASE("--memory is a number of bytes, for --prepare alone, and a full disk is told") {
  const auto error = [&](std::vector<std::string> more) {
    const Outcome outcome = run(data_command(trained().data, std::move(more)));
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  const TempFolder temp;
  const std::string to = temp.path().string();
  for (const char* size : {"", "0", "-1", "G", "1.5G", "1T", "9999999999G", "1g"})
    CHECK_MESSAGE(contains(error({"--prepare", to, "--memory", size}),
                           std::string("--memory: got '") + size + "', expected a number of bytes such as 500M or 1G"),
                  size);
  CHECK(contains(error({"--memory", "1G"}), "--prepare"));
  const Outcome full =
      shell("ulimit -f 1; $SEQREC data --data-path " + trained().data + " --dataset books --memory 1M --prepare " + to);
  CHECK(full.code == 1);
  CHECK_MESSAGE(contains(full.err, "can't write " + to), full.err);
  CHECK_FALSE(file_exists(temp / "books/books.prepared.safetensors"));
}

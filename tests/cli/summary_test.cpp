#include "cli/summary.h"

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"
#include "train/stored_run.h"

using seqrec::cli::Screen;
using seqrec::cli::sparkline;
using seqrec::cli::width_of;

TEST_CASE("a sparkline has a bar for each number, or for the mean of some") {
  const std::vector<double> up = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(sparkline(up, 60, true) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(up, 60, false) == "_.-~=+*#");
  CHECK(sparkline(up, 4, false) == "_-+#");
  CHECK(sparkline(std::vector<double>{3, 3}, 10, false) == "==");
  CHECK(sparkline({}, 10, true).empty());
  const std::vector<double> many(1000, 1.0);
  CHECK(width_of(sparkline(many, 33, true)) == 33);
}

TEST_CASE("metrics that don't fit are left out, never the one that decides") {
  const seqrec::train::MetricValues values = {{"hit@10", 0.5}, {"ndcg@10", 0.25}, {"mrr@10", 0.125}};
  using seqrec::cli::fitting_metrics;
  CHECK(fitting_metrics(values, 2, "mrr@10", 0) == "hit@10 : 0.50    ndcg@10 : 0.25    mrr@10 : 0.12");
  CHECK(fitting_metrics(values, 2, "mrr@10", 40) == "hit@10 : 0.50    mrr@10 : 0.12 ..");
  CHECK(fitting_metrics(values, 2, "mrr@10", 20) == "mrr@10 : 0.12 ..");
  CHECK(fitting_metrics(values, 2, "hit@10", 20) == "hit@10 : 0.50 ..");
}

TEST_CASE("the summary keeps within every width, and has colours only where they are shown") {
  const TempFolder folder;
  const std::string out = folder / "a/run/in/a/folder/with/a/name/that/is/longer/than/sixty/columns";
  REQUIRE(run({"train", "--model", "SHAN", "--dataset", "books", "--data-path", trained().data, "--set",
               "embedding_size=8", "--epochs", "3", "--set", "topk=[1,5,10,20]", "--set",
               "metrics=[Recall,MRR,NDCG,Hit,Precision]", "--out", out})
              .code == 0);
  const seqrec::Json stored = seqrec::Json::parse(seqrec::read_text(out + "/result.json"));
  seqrec::train::RunResult result = seqrec::train::run_result(stored, out + "/model.safetensors");
  for (int epoch = 1; epoch <= 3; ++epoch)
    result.reports.push_back({.epoch = epoch, .train_seconds = 60, .loss = 5.0 - epoch, .valid = result.valid});
  for (std::size_t columns = 40; columns <= 200; ++columns) {
    std::string all;
    for (const std::string& line :
         seqrec::cli::summary(result, {.terminal = true, .colours = true, .utf8 = true, .columns = columns})) {
      CHECK_MESSAGE(width_of(line) <= columns, line);
      all += line + "\n";
    }
    for (const char* part : {"\x1b[1m", "4.0000 to 2.0000", "precision@20", "item_knn", "3:00", " MB", "ranked"})
      CHECK_MESSAGE(contains(all, part), part);
    if (columns >= 190) CHECK(contains(all, out));
  }
  for (const std::string& line : seqrec::cli::summary(result, {.terminal = true, .columns = 80}))
    CHECK(line.find_first_of("\x1b") == std::string::npos);
  CHECK(seqrec::cli::time_text(result).find(", train 3:00, ") != std::string::npos);
}

TEST_CASE("the program's summary is a table on a terminal, plain lines elsewhere, and NO_COLOR holds") {
  const TempFolder folder;
  const std::string train =
      "$SEQREC train --model SHAN --epochs 2 --set embedding_size=8 --overwrite --dataset books " +
      std::string("--data-path ") + trained().data + " --out " + (folder / "run").string();
  const auto on_terminal = [&](const std::string& before) {
    const Outcome outcome = shell("export TERM=xterm LC_ALL=C.UTF-8 " + before + "; script -qec 'stty cols 70; " +
                                  train + " 2>/dev/null' /dev/null");
    CHECK(outcome.code == 0);
    return outcome.out;
  };
  const std::string colours = on_terminal(""), plain = on_terminal("NO_COLOR=1");
  CHECK(contains(colours, "\x1b[1mloss\x1b[0m        █▁  "));
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(contains(plain, "\r\nloss        █▁  "));
  CHECK(contains(plain, "\r\ntest  "));
  std::size_t epoch_lines = 0;
  for (std::size_t begin = 0, end; (end = plain.find("\r\n", begin)) != plain.npos; begin = end + 2) {
    if (plain.compare(begin, 5, "epoch") == 0) ++epoch_lines;
    CHECK(width_of(plain.substr(begin, end - begin)) <= 70);
  }
  CHECK(epoch_lines == 2);
  const Outcome piped = shell(train);
  CHECK(contains(piped.out, "\nbest epoch  "));
  CHECK(contains(piped.out, "\ntime        read "));
  CHECK(piped.out.find('\x1b') == std::string::npos);
}

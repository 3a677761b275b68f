// What someone types who comes from RecBole, or hasn't read the help.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "cli/progress.h"
#include "tests/cli/program.h"

namespace {

std::vector<std::string> train(std::vector<std::string> more) {
  std::vector<std::string> arguments = {"train", "--dataset", "books", "--data-path", trained().data, "--epochs", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string refusal(const std::vector<std::string>& arguments) {
  const Outcome outcome = run(arguments);
  CHECK(outcome.code == 2);
  return outcome.err;
}

}  // namespace

TEST_CASE("the model may be named by a configuration, one that comes through a pipe too; --model wins over it") {
  TempFolder folder;
  std::ofstream(folder / "c.yaml") << "model: Pop\n";
  const auto model_of = [](const Outcome& outcome) {
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    return outcome.out.substr(0, outcome.out.find(' '));
  };
  CHECK(model_of(run(train({"--config", folder / "c.yaml", "--out", folder / "a"}))) == "Pop");
  CHECK(model_of(run(train({"--config", "-", "--out", folder / "b"}), "model: Markov\n")) == "Markov");
  CHECK(model_of(run(train({"--config", folder / "c.yaml", "--set", "model=Markov", "--out", folder / "c"}))) ==
        "Markov");
  CHECK(model_of(run(train({"--config", folder / "c.yaml", "--model", "Markov", "--out", folder / "d"}))) == "Markov");
  CHECK(contains(refusal(train({"--out", folder / "e"})), "no model is given: --model SHAN, or model: SHAN in a file"));
  CHECK(contains(refusal(train({"--set", "model=[1]", "--out", folder / "e"})), "unknown model '[1]'"));
  CHECK(contains(refusal(train({"--set", "model=SHANN", "--out", folder / "e"})), "did you mean 'SHAN'?"));
}

TEST_CASE("a run's folder stands for its model") {
  TempFolder folder;
  CHECK(run({"recommend", trained().run, "--user", "u7"}).out ==
        run({"recommend", trained().model, "--user", "u7"}).out);
  CHECK(run({"inspect", trained().run}).out == run({"inspect", trained().model}).out);
  CHECK(run({"evaluate", trained().run, "--data-path", trained().data}).code == 0);
  CHECK(run(train({"--model", "SHAN", "--init", trained().run, "--out", folder / "next"})).code == 0);
  const Outcome none = run({"recommend", folder.path(), "--user", "u7"});
  CHECK(none.code == 1);
  CHECK(contains(none.err, "is a folder without a model.safetensors"));
  std::ofstream(folder / "config.json") << "{}";
  CHECK(contains(run({"inspect", folder.path()}).err, "its run has no model yet, seqrec train --resume"));
}

TEST_CASE("a second run without --out has a folder of its own") {
  TempFolder folder;
  const std::string train =
      "cd " + folder.path().string() + "; $SEQREC train --model Pop --dataset books --data-path " + trained().data;
  CHECK(contains(shell(train).out, "in saved/Pop-books\n"));
  CHECK(contains(shell(train).out, "in saved/Pop-books-2\n"));
  CHECK(contains(shell(train + " --overwrite").out, "in saved/Pop-books\n"));
  CHECK(contains(shell(train).out, "in saved/Pop-books-3\n"));
}

TEST_CASE("options and keys that others call otherwise are named") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--lr", "0.01"}, "unknown option '--lr': learning_rate is a key, --set learning_rate=VALUE gives it"},
      {{"--learning-rate=0.01"}, "learning_rate is a key"},
      {{"--n_layers", "3"}, "n_layers is a key"},
      {{"--set", "batch_size=64"}, "unknown key 'batch_size' (--set) (did you mean 'train_batch_size'?)"},
      {{"--set", "n_layers=3"}, "unknown key 'n_layers' (--set): it is a key of S3Rec"},
      {{"--set", "eval_args.split.LS=x"}, "parts of eval_args are written as a map, eval_args={...: ...}"}};
  for (const auto& [arguments, text] : cases) {
    std::vector<std::string> with = train({"--model", "SHAN"});
    with.insert(with.end(), arguments.begin(), arguments.end());
    CHECK(contains(refusal(with), text));
  }
  CHECK(contains(refusal({"recommend", trained().run, "--user", "u7", "--topk", "3"}), "(did you mean '-k'?)"));
  CHECK(contains(run({"recommend", trained().run, "--history", "b1,b2"}).err, "a space goes between two"));
}

TEST_CASE("help is --help") {
  CHECK(run({"help"}).out == run({"--help"}).out);
  CHECK(run({"help", "train"}).out == run({"train", "--help"}).out);
  CHECK(contains(refusal({"help", "trian"}), "unknown command 'trian'"));
}

TEST_CASE("a run that fails before it begins leaves nothing behind") {
  TempFolder folder;
  CHECK(run(train({"--model", "SHAN", "--dataset", "nix", "--out", folder / "made"})).code != 0);
  CHECK_FALSE(std::filesystem::exists(folder / "made"));
  std::filesystem::create_directory(folder / "there");
  CHECK(
      run(train({"--model", "SHAN", "--set", "user_inter_num_interval=[9999,inf)", "--out", folder / "there"})).code !=
      0);
  CHECK(std::filesystem::is_empty(folder / "there"));
  CHECK(contains(refusal({"train", "--model", "SHAN"}), "expected the name of a dataset: --dataset ml-100k"));
}

TEST_CASE("--list-keys of a model shows its keys alone") {
  const std::string all = run({"train", "--list-keys"}).out,
                    of_shan = run({"train", "--list-keys", "--model", "SHAN"}).out;
  CHECK(contains(of_shan, "## Keys of SHAN"));
  CHECK(contains(of_shan, "## Keys of every model"));
  CHECK_FALSE(contains(of_shan, "## Keys of Caser"));
  CHECK(contains(all, "## Keys of Caser"));
}

TEST_CASE("a checkpoint of PyTorch's is told from a damaged file") {
  TempFolder folder;
  std::ofstream(folder / "x.pth") << "PK\x03\x04 and more than eight bytes";
  const Outcome outcome =
      run({"import", folder / "x.pth", "--model", "SHAN", "--dataset", "books", "--out", folder / "m"});
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.err, "scripts/recbole_to_safetensors.py"));
}

TEST_CASE("a line of progress is shorter than the terminal is wide, and says what it can") {
  const auto line = [](std::size_t columns) {
    return seqrec::cli::bar_line("epoch 1/300", 0.3, "loss 7.5815  18234 rows/s", "  0:04 left", columns);
  };
  CHECK(line(200) == "epoch 1/300 [=======                 ]  30%  loss 7.5815  18234 rows/s  0:04 left");
  for (std::size_t columns = 0; columns < 100; ++columns)
    CHECK(line(columns).size() < std::max<std::size_t>(columns, 1));
  CHECK(contains(line(80), "rows/s  0:04 left"));
  CHECK(contains(line(50), "0:04 left"));
  CHECK(contains(line(20), "30%"));
}

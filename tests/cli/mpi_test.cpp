// `train` under mpirun: the same files as of one process, and no process left when one fails.
#include <string>

#include <doctest/doctest.h>

#include "core/file.h"
#include "program.h"
#include "tests/train/run_content.h"

using seqrec::concat;

namespace {

TEST_CASE("without MPI the program refuses to be one of several processes, and says what to do") {
  // A copy has no seqrec-mpi beside it.
  const TempFolder temp;
  const Outcome outcome = shell(concat("cp $SEQREC ", (temp / "seqrec").string(), "\nOMPI_COMM_WORLD_SIZE=4 ",
                                       (temp / "seqrec").string(), " train --model SHAN --dataset books"));
  CHECK(outcome.code == 2);
  CHECK(outcome.err ==
        "seqrec: a launcher started 4 processes, and this seqrec was built without MPI (there is no seqrec-mpi beside "
        "it): install libopenmpi-dev and build it again; SEQREC_MPI=0 makes each a run of its own\n");
  const Outcome alone =
      shell(concat("SEQREC_MPI=0 OMPI_COMM_WORLD_SIZE=4 $SEQREC train --model SHAN --dataset books --data-path none"));
  CHECK(alone.code == 1);
  CHECK_FALSE(contains(alone.err, "launcher"));
}

#ifdef SEQREC_MPIRUN

struct Runs {
  /// seqrec train with `more` on so many processes; 0: without mpirun.
  std::string command(int processes, const std::string& more) const {
    const std::string mpirun =
        processes == 0 ? "" : concat(SEQREC_MPIRUN " --allow-run-as-root --oversubscribe -n ", processes, " ");
    return concat(mpirun, "$SEQREC train --threads 1 --log-format json ", more);
  }
  std::string begin(const std::string& name, const std::string& more = "") const {
    return concat("--model SHAN --dataset books --data-path ", trained().data,
                  " --set shards=4 --set train_batch_size=128 --set embedding_size=4 --set stopping_step=1000 --out ",
                  (temp / name).string(), " ", more);
  }
  TempFolder temp;
};

TEST_CASE("mpirun trains the same files on 2 and 3 processes, and goes on with a run on another number") {
  const Runs runs;
  const auto run = [&](int processes, const std::string& arguments) {
    const Outcome outcome = shell(runs.command(processes, arguments));
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    return outcome;
  };
  run(0, runs.begin("one", "--epochs 3"));
  const auto one = seqrec::train::content_of(runs.temp / "one");
  for (const int processes : {2, 3}) {
    CAPTURE(processes);
    const std::string name = concat("of", processes);
    const Outcome outcome = run(processes, runs.begin(name, "--epochs 2"));
    CHECK(outcome.events().back().at("event").as_string() == "result");  // the first process' alone
    CHECK(outcome.events().size() == 3);
    CHECK(contains(outcome.err, "process 1 on "));
    CHECK(contains(outcome.err, " of 4 shards; a step: compute "));
    run(processes + 1, concat("--epochs 3 --resume ", (runs.temp / name).string()));
    auto content = seqrec::train::content_of(runs.temp / name);
    seqrec::train::check_same(content, one);
  }
}

TEST_CASE("mpirun tests a model file to the rows of one process, and the first one alone tells") {
  const Runs runs;
  const std::string evaluate =
      "$SEQREC evaluate " + trained().run + " --set eval_batch_size=32 --log-format json --out ";
  const Outcome one = shell(evaluate + (runs.temp / "one").string());
  CHECK(one.code == 0);
  const Outcome two =
      shell(SEQREC_MPIRUN " --allow-run-as-root --oversubscribe -n 2 " + evaluate + (runs.temp / "two").string());
  CHECK_MESSAGE(two.code == 0, two.err);
  CHECK(two.out == one.out);
  for (const char* file : {"rows.safetensors", "result.json"})
    CHECK(seqrec::read_text(runs.temp / "two" / file) == seqrec::read_text(runs.temp / "one" / file));
}

TEST_CASE("what fails in a process ends all with exit code 3") {
  const Runs runs;
  const Outcome all = shell(runs.command(3, runs.begin("all", "--set shards=0")));
  CHECK(all.code == 3);
  CHECK(contains(all.err, "process 0 on "));
  const std::string why = ": shards (--set): got 0, expected a whole number from 1 to 4096";
  CHECK(contains(all.err, why));
  CHECK(all.err.find(why) == all.err.rfind(why));  // all find it, one says so

  shell(runs.command(0, runs.begin("odd", "--epochs 1")));
  const std::string model = seqrec::read_text(runs.temp / "odd/model.safetensors");
  const std::string mpirun = runs.command(1, runs.begin("odd", "--epochs 2 --overwrite"));
  const Outcome odd =
      shell(concat(mpirun, " : -n 1 $SEQREC train --threads 1 ", runs.begin("odd", "--epochs 2 --overwrite --seed 7")));
  CHECK(odd.code == 3);
  CHECK(contains(odd.err, ": seed is 7, there 2020"));
  CHECK(seqrec::read_text(runs.temp / "odd/model.safetensors") == model);  // nothing had begun
}

TEST_CASE("a process that is killed takes the others with it, and its run goes on to the same files") {
  const Runs runs;
  CHECK(shell(runs.command(0, runs.begin("whole", "--epochs 60"))).code == 0);
  const auto whole = seqrec::train::content_of(runs.temp / "whole");
  for (const int victim : {0, 2}) {
    CAPTURE(victim);
    const std::string folder = (runs.temp / concat("killed", victim)).string(), events = folder + "/events.jsonl";
    const Outcome killed =
        shell(concat(runs.command(3, runs.begin(concat("killed", victim), "--epochs 60")), " & run=$!\n", "until [ -s ",
                     events, " ] || ! kill -0 $run; do sleep 0.02; done\n",
                     "all=($(cat /proc/$run/task/$run/children)); kill -9 ${all[", victim, "]}\n",
                     "wait $run; code=$?\nfor one in ${all[@]}; do grep -qs '^State:.[^Z]' "
                     "/proc/$one/status && echo left; done\nexit $code"));
    CHECK(killed.code == 128 + 9);  // mpirun's, of the first that died
    CHECK(contains(killed.err, concat("process rank ", victim, " ")));
    CHECK_FALSE(contains(killed.out, "left"));
    CHECK(shell(runs.command(2, "--resume " + folder)).code == 0);
    seqrec::train::check_same(seqrec::train::content_of(folder), whole);
  }
}

#endif

}  // namespace

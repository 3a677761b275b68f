#include <cmath>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>

#include "core/file.h"
#include "core/safetensors.h"
#include "tests/cli/program.h"

using seqrec::Json;

namespace {

std::vector<std::string> train(std::vector<std::string> more) {
  std::vector<std::string> all = {
      "train", "--model",          "SHAN",      "--dataset", "books", "--data-path", trained().data,
      "--set", "embedding_size=8", "--threads", "1"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("--log-format json: one object per line and nothing else") {
  TempFolder folder;
  const std::string run_folder = folder / "new/folders/run";
  const Outcome outcome = run(train({"--out", run_folder, "--epochs", "2", "--seed", "7", "--log-format", "json"}));
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto events = outcome.events();
  REQUIRE(events.size() == 3);
  for (int epoch : {1, 2}) {
    const Json& event = events[epoch - 1];
    CHECK(event.at("event").as_string() == "epoch");
    CHECK(event.at("epoch").as_int() == epoch);
    CHECK(event.at("train_seconds").as_double() > 0);
    CHECK(event.at("loss").as_double() > 0);
    CHECK(event.at("valid_seconds").as_double() >= 0);
    CHECK(event.at("valid").at("hit@10").is_number());
  }
  const Json& result = events[2];
  CHECK(result.at("event").as_string() == "result");
  CHECK(result.at("best_epoch").as_int() >= 1);
  CHECK(result.at("valid").at("mrr@10").is_number());
  CHECK(result.at("test").at("ndcg@10").is_number());
  CHECK(result.at("peak_rss_bytes").as_int() > 1'000'000);
  const std::string model = result.at("model_file").as_string();
  CHECK(std::filesystem::equivalent(model, run_folder + "/model.safetensors"));

  SUBCASE("metrics are as they are, and people get metric_decimal_place of them") {
    for (const Json& metrics :
         {events[0].at("valid"), result.at("valid"), result.at("test"), result.at("baselines").at("markov")}) {
      const double hits = 60 * metrics.at("hit@10").as_double();  // of 60 rows
      CHECK(std::abs(hits - std::round(hits)) < 1e-9);
      const double digits = 1e4 * metrics.at("mrr@10").as_double();
      CHECK(std::abs(digits - std::round(digits)) > 1e-9);
    }
    const Outcome text = run({"train", "--resume", run_folder});
    CHECK(contains(text.out, seqrec::concat("mrr@10 : ", result.at("test").at("mrr@10").as_double()).substr(0, 14)));
    CHECK_FALSE(contains(text.out, seqrec::concat("mrr@10 : ", result.at("test").at("mrr@10").as_double())));
    CHECK(result.at("config") == Json::parse(seqrec::read_text(run_folder + "/config.json")));
    CHECK(result.at("config").at("embedding_size").as_int() == 8);
    CHECK(result.at("read_seconds").as_double() > 0);
    CHECK(result.at("test_seconds").as_double() > 0);
  }
  SUBCASE("evaluate does the validation too") {
    const std::vector<std::string> valid = {"evaluate", run_folder, "--split", "valid"};
    auto as_json = valid;
    as_json.insert(as_json.end(), {"--format", "json", "--out", folder / "valid"});
    const Outcome again = run(as_json);
    REQUIRE(again.events().size() == 1);
    CHECK(again.events()[0].at("valid") == result.at("valid"));
    CHECK(again.events()[0].find("test") == nullptr);
    CHECK(again.events()[0].at("protocol").at("evaluated") == Json("valid"));
    const Outcome text = run(valid);
    CHECK(text.out.starts_with("valid       recall@10 : "));
    CHECK(contains(text.out, "\nranked      among all "));
    CHECK(run({"metrics", folder / "valid"}).out.starts_with(text.out.substr(0, text.out.find('('))));
    const Outcome drawn =
        run({"evaluate", run_folder, "--split", "valid", "--set", "eval_args={mode: {valid: uni20, test: full}}"});
    CHECK(contains(drawn.out, "\nranked      among the target and 20 items drawn uniformly"));
    CHECK(run({"evaluate", run_folder, "--split", "train"}).code == 2);
    const Outcome none =
        run({"evaluate", run_folder, "--split", "valid", "--set", "eval_args={split: {LS: test_only}}"});
    CHECK(none.code == 1);
    CHECK(contains(none.err, "books: there are no rows for a validation"));
  }
  SUBCASE("evaluate gives the same test metrics from the model file") {
    const Outcome again =
        run({"evaluate", model, "--dataset", "books", "--data-path", trained().data, "--log-format", "json"});
    REQUIRE(again.events().size() == 1);
    CHECK(again.events()[0].at("event").as_string() == "result");
    CHECK(again.events()[0].at("test") == result.at("test"));
    CHECK(again.events()[0].at("baselines") == result.at("baselines"));
    const Outcome text = run({"evaluate", model, "--dataset", "books", "--data-path", trained().data});
    CHECK(contains(text.out, "\nmarkov      "));
    const Outcome other = run({"evaluate", model, "--dataset", "books", "--data-path", trained().data, "--log-format",
                               "json", "--set", "topk=[3]"});
    CHECK(other.events().at(0).at("test").find("hit@3") != nullptr);
    CHECK_FALSE(contains(text.out, "warning"));
    const Outcome in_time = run({"evaluate", model, "--dataset", "books", "--data-path", trained().data, "--set",
                                 "eval_args={split: {GTS: {at: 0.8}}}"});
    CHECK(contains(in_time.out,
                   "warning     the model was trained under the split {\"LS\":\"valid_and_test\"} and may have "
                   "been trained on rows that are tested here"));
    const Outcome filtered =
        run({"evaluate", model, "--data-path", trained().data, "--set", "item_inter_num_interval=[3,inf)"});
    CHECK(
        contains(filtered.out, "warning     the model was trained under item_inter_num_interval \"[0,inf)\" and may "));
  }
  SUBCASE("metrics gives the same without the model, and others") {
    std::filesystem::remove(model);
    const Outcome again = run({"metrics", run_folder, "--format", "json"});
    CAPTURE(again.err);
    REQUIRE(again.events().size() == 1);
    CHECK(again.events()[0].at("test") == result.at("test"));
    const Outcome other = run({"metrics", run_folder, "--topk", "1,300", "--metrics", "Hit", "MRR", "--decimals", "7"});
    CHECK(other.out.starts_with("test        hit@1 : "));
    CHECK(contains(other.out, "mrr@300 : "));
    CHECK(contains(other.out, "  (60 rows)\n"));
    CHECK(run({"metrics", run_folder, "--metrics", "Hot"}).code == 2);
    CHECK(run({"metrics", folder / "none"}).code == 2);
  }
  SUBCASE("evaluate writes rows and result to a folder, but not to a run's") {
    const std::vector<std::string> evaluate = {"evaluate",    model,          "--dataset",    "books",
                                               "--data-path", trained().data, "--log-format", "json"};
    auto to = evaluate;
    to.insert(to.end(), {"--out", folder / "again"});
    CHECK(run(to).code == 0);
    CHECK(seqrec::read_text(folder / "again/rows.safetensors") == seqrec::read_text(run_folder + "/rows.safetensors"));
    CHECK(Json::parse(seqrec::read_text(folder / "again/result.json")).at("test") == result.at("test"));
    to.back() = run_folder;
    const Outcome refused = run(to);
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, "holds a training run, whose result stays: give --out another folder"));
  }
  SUBCASE("a folder that holds a run is refused, gone on with, or overwritten") {
    const Outcome refused = run(train({"--out", run_folder, "--epochs", "1"}));
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, "--overwrite"));
    const Outcome finished = run({"train", "--resume", run_folder, "--log-format", "json"});
    CHECK(finished.code == 0);
    REQUIRE(finished.events().size() == 1);
    CHECK(finished.events()[0] == result);
    const Outcome anew =
        run(train({"--out", run_folder, "--epochs", "1", "--seed", "7", "--overwrite", "--log-format", "json"}));
    CHECK(anew.code == 0);
    REQUIRE(anew.events().size() == 2);
    CHECK(anew.events()[0].at("loss") == events[0].at("loss"));
  }
  SUBCASE("more epochs go on with a finished run") {
    const auto epochs = static_cast<std::int64_t>(events.size()) - 1;
    const Outcome more =
        run({"train", "--resume", run_folder, "--epochs", std::to_string(epochs + 1), "--log-format", "json"});
    CHECK(more.code == 0);
    REQUIRE(more.events().size() == 2);
    CHECK(more.events()[0].at("epoch") == seqrec::Json(epochs + 1));
    CHECK(more.events()[1].at("epochs") == seqrec::Json(epochs + 1));
    const Outcome fewer = run({"train", "--resume", run_folder, "--epochs", std::to_string(epochs)});
    CHECK(fewer.code == 2);
    CHECK(contains(fewer.err, "as many epochs are done"));
  }
  SUBCASE("a setting that contradicts the run is refused") {
    const Outcome outcome2 = run({"train", "--resume", run_folder, "--seed", "8"});
    CHECK(outcome2.code == 2);
    CHECK(contains(outcome2.err, "seed (--seed): got 8"));
  }
}

TEST_CASE("text goes to standard output without a progress bar when it is no terminal") {
  TempFolder folder;
  const Outcome outcome = run(train({"--out", folder / "run", "--epochs", "1"}));
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(contains(outcome.out, "epoch   1"));
  CHECK(contains(outcome.out, "test "));
  CHECK_FALSE(contains(outcome.out, "\r"));
  CHECK_FALSE(contains(outcome.out, "\x1b"));
}

TEST_CASE("the best epochs are marked, and early stopping is told when it stops the run") {
  TempFolder folder;
  const Outcome outcome =
      run(train({"--out", folder / "run", "--epochs", "25", "--set", "stopping_step=0", "--set", "learning_rate=0.1"}));
  CAPTURE(outcome.out);
  REQUIRE(outcome.code == 0);
  const Json result = Json::parse(seqrec::read_text(folder / "run/result.json"));
  const std::int64_t epochs = result.at("epochs").as_int(), best = result.at("best_epoch").as_int();
  REQUIRE(epochs < 25);
  CHECK(best == epochs - 1);
  const std::string told = seqrec::concat("early stopping: mrr@10 is no better than after epoch ", best,
                                          " in 1 validation, more than stopping_step 0");
  CHECK(contains(outcome.err, told));
  const std::string log = seqrec::read_text(folder / "run/log.txt");
  CHECK(contains(log, told));
  for (const std::string& line : outcome.lines())
    if (line.starts_with("epoch"))
      CHECK(line.ends_with("  best so far") == !line.starts_with(seqrec::concat("epoch   ", epochs)));
  CHECK(contains(log, "; best so far\n"));
}

TEST_CASE("Ctrl-C and a kill leave a run that resumes to the same model file") {
  TempFolder folder;
  const auto command = [&](const std::string& name) {
    return train(
        {"--out", folder / name, "--epochs", "25", "--set", "train_batch_size=32", "--set", "stopping_step=100"});
  };
  REQUIRE(run(command("whole")).code == 0);
  for (int signal : {SIGINT, SIGKILL}) {
    CAPTURE(signal);
    const std::filesystem::path run_folder = folder / (signal == SIGINT ? "interrupted" : "killed");
    Program program(command(run_folder.filename()));
    REQUIRE(program.wait_for(run_folder / "events.jsonl", 2));  // the first epoch's checkpoint comes before the second
    program.signal(signal);
    const Outcome stopped = program.wait();
    CAPTURE(stopped.err);
    if (signal == SIGINT) {
      CHECK(stopped.code == 1);
      CHECK(contains(stopped.err, "--resume"));
      CHECK(contains(stopped.err, "model.safetensors is the best so far, of epoch "));
    } else {
      CHECK(stopped.code == 128 + SIGKILL);
    }
    CHECK_FALSE(std::filesystem::exists(run_folder / "result.json"));
    // The best model so far answers.
    CHECK(run({"recommend", run_folder, "--user", "u7"}).code == 0);
    CHECK(run({"evaluate", run_folder, "--data-path", trained().data}).code == 0);
    // Other data are refused, and what answers stays.
    TempFolder other;
    std::filesystem::copy(trained().data, other.path(), std::filesystem::copy_options::recursive);
    const std::filesystem::path rows = other / "books/books.inter";
    std::string text = seqrec::read_text(rows);
    text.replace(text.find("\nu7\t"), 4, "\nv7\t");
    seqrec::write_text(rows, text);
    CHECK(run({"train", "--resume", run_folder, "--data-path", other.path()}).code == 1);
    CHECK(run({"recommend", run_folder, "--user", "u7"}).code == 0);
    const Outcome resumed = run({"train", "--resume", run_folder, "--threads", "2"});
    CHECK(resumed.code == 0);
    CHECK(contains(resumed.out, "resumed at epoch"));
    CHECK(seqrec::read_text(run_folder / "model.safetensors") ==
          seqrec::read_text(folder / "whole" / "model.safetensors"));
  }
}

TEST_CASE("--init begins with a model file's parameters") {
  TempFolder folder;
  const Outcome outcome = run({"train", "--model", "SHAN", "--dataset", "books", "--data-path", trained().data,
                               "--epochs", "0", "--init", trained().model, "--out", folder / "run"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out + outcome.err,
                 "init_model: " + trained().model + ": 462 of 462 items, 60 of 60 users keep their rows"));
  const Outcome both = run({"train", "--resume", folder / "run", "--init", trained().model});
  CHECK(both.code == 2);
  CHECK(contains(both.err, "--init doesn't go with it"));
  const Outcome misfit = run(train({"--init", trained().model, "--out", folder / "other"}));
  CHECK(misfit.code == 2);
  CHECK(contains(misfit.err, "embedding_size is 8 here and 64 in the file: --set embedding_size=64 fits it"));
}

TEST_CASE("a model without parameters is fitted: no epochs, no weights to import") {
  TempFolder folder;
  const Outcome outcome = run({"train", "--model", "Markov", "--dataset", "books", "--data-path", trained().data,
                               "--out", folder / "run", "--epochs", "5"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "seqrec: note: no effect on Markov, which is fitted in one pass: epochs\n");
  CHECK(contains(outcome.out, "\nfitted in "));
  CHECK_FALSE(contains(outcome.out, "loss"));
  const Outcome import = run({"import", trained().model, "--model", "Pop", "--dataset", "books", "--data-path",
                              trained().data, "--out", folder / "imported.safetensors"});
  CHECK(import.code == 2);
  CHECK(import.err == "seqrec: Pop has no weights to import: seqrec train --model Pop fits it to the data\n");
}

TEST_CASE("import makes a model file of weights, and names what doesn't fit") {
  TempFolder folder;
  const seqrec::SafetensorsReader model(trained().model);
  const auto write = [&](const std::string& name, auto&& change) {
    seqrec::SafetensorsWriter writer;
    for (const std::string& tensor : model.names())
      if (!tensor.starts_with("vocabulary.") && !tensor.starts_with("title.")) change(writer, tensor);
    writer.write(folder / name);
    return (folder / name).string();
  };
  const auto import_to = [&](const std::string& weights, const std::string& out) {
    return run(
        {"import", weights, "--model", "SHAN", "--dataset", "books", "--data-path", trained().data, "--out", out});
  };
  const auto import = [&](const std::string& weights) { return import_to(weights, folder / "imported.safetensors"); };
  const std::string good = write("good", [&](auto& writer, const auto& name) { writer.add(name, model.get(name)); });
  const Outcome outcome = import(good);
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  const auto answer = [&](const std::string& file) {
    return run({"recommend", file, "--user", "u3", "--history", "b1 b2", "--format", "json"}).out;
  };
  CHECK(answer(folder / "imported.safetensors") == answer(trained().model));
  CHECK(import_to(good, folder / "new/imported").code == 0);
  CHECK(answer(folder / "new/imported") == answer(trained().model));
  const Outcome onto = import_to(good, good);
  CHECK(onto.code == 2);
  CHECK(contains(onto.err, seqrec::concat("--out: ", good, " is what is read, expected another file")));

  const auto fails = [&](const std::string& weights, std::initializer_list<const char*> parts) {
    const Outcome bad = import(weights);
    CAPTURE(bad.err);
    CHECK(bad.code == 1);
    CHECK(bad.err.starts_with("seqrec: " + weights));
    for (const char* part : parts) CHECK(contains(bad.err, part));
  };
  fails(write("missing",
              [&](auto& writer, const auto& name) {
                if (name != "long_w.weight") writer.add(name, model.get(name));
              }),
        {"long_w.weight"});
  fails(write("extra",
              [&](auto& writer, const auto& name) {
                writer.add(name, model.get(name));
                if (name == "long_b") writer.add("another", model.get(name));
              }),
        {"another"});
  fails(write("shape",
              [&](auto& writer, const auto& name) {
                const auto tensor = model.get(name);
                writer.add(name, name == "user_embedding.weight" ? tensor.slice(0, 0, 5) : tensor);
              }),
        {"user_embedding.weight", "(5, 64)", "(61, 64)"});
}

TEST_CASE("data shows a table or JSON, and exports") {
  TempFolder folder;
  const std::vector<std::string> data = {"data", "--dataset", "books", "--data-path", trained().data};
  const Outcome text = run(data);
  CHECK(text.code == 0);
  CHECK(contains(text.out, "sparsity"));
  auto for_shan = data;
  for_shan.insert(for_shan.end(), {"--set", "short_item_length=3"});
  CHECK(run(for_shan).code == 2);  // a model's key, and no model
  for_shan.insert(for_shan.end(), {"--model", "SHAN"});
  CHECK(run(for_shan).out == text.out);
  auto more = data;
  more.insert(more.end(), {"--log-format", "json", "--export", folder / "export"});
  const Outcome json = run(more);
  REQUIRE(json.events().size() == 1);
  CHECK(json.events()[0].at("users").as_int() == 60);
  CHECK(json.events()[0].at("protocol").at("leak").at("later_than_it").as_int() > 0);
  CHECK(contains(text.out, "\nsplit       LS valid_and_test\nleak        "));
  CHECK(Json::parse(seqrec::read_text(folder / "export/ids.json")).at("user_id").as_array().size() == 61);
  CHECK(seqrec::SafetensorsReader(folder / "export/splits.safetensors").contains("test.item_id_list"));
}

TEST_CASE("the demo ends with titles and is the same each time") {
  TempFolder folder;
  const std::vector<std::string> demo = {"demo", "--users", "60", "--epochs", "2"};
  const Outcome outcome = run(demo);
  CHECK(outcome.code == 0);
  for (const char* line : {"\nmost popular    ", "\nlast successors ", "\nnear readers    "})
    CHECK(contains(outcome.out, line));
  CHECK(contains(outcome.out, "and might read next\n   1 The "));
  auto kept = demo;
  kept.insert(kept.end(), {"--out", folder / "demo"});
  CHECK(run(kept).code == 0);
  CHECK(seqrec::read_text(folder / "demo/run/model.safetensors") == seqrec::read_text(trained().model));

  const auto data = folder / "demo/data/books/books.inter";
  const std::string before = seqrec::read_text(data);
  kept[2] = "70";
  CHECK(run(kept).code == 2);  // holds a run, which goes on with its own data alone
  CHECK(seqrec::read_text(data) == before);
}

TEST_CASE("the demo's scratch folder is in TMPDIR, and gone afterwards") {
  TempFolder folder;
  const std::string demo = "TMPDIR=\"" + folder.path().string() + "$MORE\" $SEQREC demo --users 20 --epochs 1";
  const Outcome outcome = shell("MORE=; " + demo);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "/run/model.safetensors, removed at the end\n"));
  CHECK(contains(outcome.out, " demo --out DIR\n"));
  CHECK(std::filesystem::is_empty(folder.path()));
  const Outcome nowhere = shell("MORE=/none; " + demo);
  CHECK(nowhere.code == 1);
  CHECK(contains(nowhere.err, "can't make the folder " + folder.path().string() + "/none/seqrec-demo-"));
}

TEST_CASE("docs/configuration.md holds the keys as they are") {
  const Outcome outcome = run({"train", "--list-keys"});
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "| `MAX_ITEM_LIST_LENGTH` | a whole number from 1 to 1073741824 | `50` | "));
  CHECK(contains(outcome.out, "| `batching` | `rows`, `histories` | `\"rows\"` | "));
  CHECK(contains(outcome.out, "| `fixed`, `recbole` | `\"fixed\"`, under `compat: recbole` `\"recbole\"` | "));
  // If this fails: scripts/update_docs.
  CHECK(contains(seqrec::read_text(SEQREC_SOURCE_DIR "/docs/configuration.md"), outcome.out));
}

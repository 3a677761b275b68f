#include "train/run_folder.h"

#include <fstream>

#include <doctest/doctest.h>

#include "../temp_folder.h"
#include "core/error.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

Json some_config() {
  Json config = Json::object();
  config["model"] = "SHAN";
  return config;
}

/// Begins a run whose first checkpoint and what is told of its data are anything.
void begin(const RunFolder& run, const Json& config) {
  run.begin(config, Json(3), run.checkpoint_file(), [](const fs::path& path) { write_text(path, "first"); });
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& file : files_in(folder)) names.push_back(file.filename());
  return names;
}

TEST_CASE("a run folder is made with its parents, and begins with its configuration") {
  const TempFolder temp;
  const RunFolder run = RunFolder::create(temp / "a/b/c", false);
  begin(run, some_config());
  CHECK(Json::parse(read_text(run.config_file())) == some_config());
  CHECK(read_text(run.checkpoint_file()) == "first");
  run.add_event(some_config());
  run.add_event(Json(2));
  CHECK(read_text(run.events_file()) == "{\"model\":\"SHAN\"}\n2\n");
  const Json events[] = {Json(1)};
  run.set_events(events);
  CHECK(read_text(run.events_file()) == "1\n");
  run.log("a line");
  const std::string log = read_text(run.log_file());
  CHECK(log.ends_with(" a line\n"));
  CHECK(log.size() == std::string("2000-01-01 00:00:00 a line\n").size());
}

TEST_CASE("a folder that is not empty is refused, or its run replaced and nothing else") {
  const TempFolder temp;
  const fs::path path = temp / "run";
  {
    const RunFolder run = RunFolder::create(path, false);
    begin(run, some_config());
    write_text(run.result_file(), "{}");
    write_text(path / "notes.txt", "mine");
  }
  CHECK_THROWS_WITH_AS(
      RunFolder::create(path, false),
      (path.string() + " is not empty: go on with its run by --resume, or replace it by --overwrite").c_str(),
      UsageError);
  const RunFolder run = RunFolder::create(path, true);
  CHECK(fs::exists(run.result_file()));  // until the new run begins
  begin(run, Json(1));
  CHECK_FALSE(fs::exists(run.result_file()));
  CHECK(read_text(run.config_file()) == "1\n");
  CHECK(read_text(path / "notes.txt") == "mine");
}

TEST_CASE("a run's beginning that was killed is finished, or swept away where it doesn't count yet") {
  const TempFolder temp;
  const fs::path path = temp / "run";
  {
    const RunFolder run = RunFolder::create(path, false);
    write_text(path / "next.checkpoint.safetensors", "first");
    write_text(path / "config.json.seqrec.tmp", "{");
  }
  CHECK_THROWS_AS(RunFolder::open(path), UsageError);
  begin(RunFolder::create(path, false), some_config());  // what is left over is no run
  CHECK(names_in(path) == std::vector<std::string>{".lock", "checkpoint.safetensors", "config.json", "data.json"});

  write_text(path / "next.checkpoint.safetensors", "second");
  CHECK(read_text(RunFolder::open(path).checkpoint_file()) == "first");
  CHECK(names_in(path) == std::vector<std::string>{".lock", "checkpoint.safetensors", "config.json", "data.json"});

  write_text(path / "result.json", "{}");
  write_text(path / "pretrained-2.safetensors", "old");
  write_text(path / "next.checkpoint.safetensors", "second");
  write_text(path / "next.json", R"({"config": 2, "data": 4, "checkpoint": "pretrain.checkpoint.safetensors"})");
  CHECK_THROWS_WITH_AS(RunFolder::create(path, false), doctest::Contains("go on with its run by --resume"), UsageError);
  CHECK(names_in(path) ==
        std::vector<std::string>{".lock", "config.json", "data.json", "pretrain.checkpoint.safetensors"});
  CHECK(read_text(path / "config.json") == "2\n");
  CHECK(read_text(path / "data.json") == "4\n");
  CHECK(read_text(path / "pretrain.checkpoint.safetensors") == "second");

  write_text(path / "next.json", R"({"config": 2, "data": 4, "checkpoint": "../elsewhere"})");
  const std::string damaged =
      (path / "next.json").string() +
      ": checkpoint: got '../elsewhere': it says what a run becomes that was killed as it began "
      "or was changed; remove it to go on from what was before, or begin anew by --overwrite";
  CHECK_THROWS_WITH_AS(RunFolder::open(path), damaged.c_str(), FormatError);
  CHECK_THROWS_WITH_AS(RunFolder::create(path, false), damaged.c_str(), FormatError);
  begin(RunFolder::create(path, true), Json(5));
  CHECK(read_text(RunFolder::open(path).config_file()) == "5\n");
  CHECK_FALSE(fs::exists(path / "next.json"));
}

TEST_CASE("a run without a folder of its own takes the first name that is free") {
  const TempFolder temp;
  const fs::path path = temp / "SHAN-toy";
  const RunFolder first = RunFolder::create_beside(path);
  CHECK(first.path() == path);
  const RunFolder second = RunFolder::create_beside(path);  // the first one hasn't begun, and is owned
  CHECK(second.path() == path.string() + "-2");
  begin(first, some_config());
  begin(second, some_config());
  write_text(path.string() + "-3", "a file");
  fs::create_directories(path.string() + "-4");
  CHECK(RunFolder::create_beside(path).path() == path.string() + "-4");
}

TEST_CASE("the result is added once to events and log, whatever a kill left of it") {
  const TempFolder temp;
  const fs::path path = temp / "run";
  begin(RunFolder::create(path, false), some_config());
  write_text(path / "result.json", "{\n  \"event\": \"result\"\n}\n");
  const std::string epoch = "{\"event\":\"epoch\"}\n", result = "{\"event\":\"result\"}\n",
                    time = "2000-01-01 00:00:00 ";
  const std::vector<std::string> lines = {"best", "ranked among all"};
  for (const std::string& events :
       {epoch, epoch + "{\"event\":\"res", epoch + "{\"event\":\"result\"}", epoch + result})
    for (const std::string& log : {std::string(), time + "best\n", time + "best\n" + time + "ranked among all\n"}) {
      write_text(path / "events.jsonl", events);
      write_text(path / "log.txt", time + "epoch 1\n" + log);
      for (int times = 0; times < 2; ++times) {
        RunFolder::open(path).add_result(lines);
        CHECK(read_text(path / "events.jsonl") == epoch + result);
        std::string text = read_text(path / "log.txt");
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) text.erase(at, time.size());
        CHECK(text == "epoch 1\nbest\nranked among all\n");
      }
    }
}

TEST_CASE("the result is not added again after an event that is damaged") {
  const TempFolder temp;
  begin(RunFolder::create(temp / "run", false), some_config());
  write_text(temp / "run/result.json", "{\n  \"event\": \"result\"\n}\n");
  const std::string events = "{\"event\":\"epoch\"\n{\"event\":\"result\"}\n";
  write_text(temp / "run/events.jsonl", events);
  RunFolder::open(temp / "run").add_result({});
  CHECK(read_text(temp / "run/events.jsonl") == events);
}

TEST_CASE("a line of the log that was not written to its end is ended") {
  const TempFolder temp;
  const fs::path log = temp / "run/log.txt";
  begin(RunFolder::create(temp / "run", false), some_config());
  write_text(log, "2000-01-01 00:00:00 epo");
  RunFolder::open(temp / "run").log("resumed");
  CHECK(read_text(log).starts_with("2000-01-01 00:00:00 epo\n20"));
}

TEST_CASE("one process owns a run folder") {
  const TempFolder temp;
  const fs::path path = temp / "run";
  const RunFolder run = RunFolder::create(path, false);
  begin(run, some_config());
  CHECK_THROWS_WITH_AS(RunFolder::open(path), doctest::Contains("in use by another process"), IoError);
  CHECK_THROWS_AS(RunFolder::create(path, true), IoError);
}

TEST_CASE("what is no run can't be resumed, and a file is no folder") {
  const TempFolder temp;
  CHECK_THROWS_WITH_AS(RunFolder::open(temp / "none"),
                       ((temp / "none").string() + " holds no run to resume: there is no config.json in it").c_str(),
                       UsageError);
  write_text(temp / "file", "x");
  CHECK_THROWS_WITH_AS(RunFolder::create(temp / "file", false), doctest::Contains("can't make the folder"), IoError);
}

}  // namespace
}  // namespace seqrec::train

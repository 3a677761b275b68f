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

TEST_CASE("a run folder is made with its parents, and begins with its configuration") {
  const TempFolder temp;
  const RunFolder run = RunFolder::create(temp / "a/b/c", false);
  run.begin(some_config());
  CHECK(Json::parse(read_text(run.config_file())) == some_config());
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
    run.begin(some_config());
    write_text(run.result_file(), "{}");
    write_text(path / "notes.txt", "mine");
  }
  CHECK_THROWS_WITH_AS(
      RunFolder::create(path, false),
      (path.string() + " is not empty: go on with its run by --resume, or replace it by --overwrite").c_str(),
      UsageError);
  const RunFolder run = RunFolder::create(path, true);
  CHECK(fs::exists(run.result_file()));  // until the new run begins
  run.begin(Json(1));
  CHECK_FALSE(fs::exists(run.result_file()));
  CHECK(read_text(run.config_file()) == "1\n");
  CHECK(read_text(path / "notes.txt") == "mine");
}

TEST_CASE("one process owns a run folder") {
  const TempFolder temp;
  const fs::path path = temp / "run";
  const RunFolder run = RunFolder::create(path, false);
  run.begin(some_config());
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

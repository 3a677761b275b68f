#include <filesystem>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::Json;

namespace {

double difference(const Json& exported, const std::string& metric) {
  for (const Json& of : exported.at("metrics").as_array())
    if (of.at("name").as_string() == metric) return of.at("difference").at("value").as_double();
  FAIL("there is no " << metric);
  return 0;
}

}  // namespace

TEST_CASE("export makes a smaller file of a run, and says what it costs in size and in the test") {
  TempFolder folder;
  const std::string out = folder / "sub/small.safetensors";
  const Outcome outcome =
      run({"export", trained().run, "--table", "int8", "--prune-users", "--out", out, "--format", "json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto events = outcome.events();
  REQUIRE(events.size() == 1);
  const Json& exported = events[0];
  CHECK(exported.at("bytes_after").as_int() == static_cast<std::int64_t>(std::filesystem::file_size(out)));
  CHECK(exported.at("bytes_after").as_int() * 2 < exported.at("bytes_before").as_int());
  CHECK(exported.at("rows").as_int() > 0);
  CHECK(difference(exported, "ndcg@10") == doctest::Approx(0).epsilon(0.1));
  for (const Json& metric : exported.at("metrics").as_array())
    CHECK(metric.at("before").at("standard_error").as_double() > 0);

  // The file answers histories, and knows no user.
  CHECK(run({"recommend", out, "--history", "b1 b2", "-k", "3"}).code == 0);
  const Outcome user = run({"recommend", out, "--user", "u7"});
  CHECK(user.code != 0);
  const Outcome text = run({"export", trained().run, "--table", "bf16", "--out", out});
  CHECK(text.code == 0);
  CHECK(contains(text.out, "item_embedding.weight"));
  CHECK(contains(text.out, "difference"));
}

TEST_CASE("the test of what was exported is the one that evaluate makes of the file") {
  TempFolder folder;
  const std::string out = folder / "small.safetensors";
  const Outcome outcome =
      run({"export", trained().run, "--table", "int8", "--prune-users", "--out", out, "--format", "json"});
  REQUIRE(outcome.code == 0);
  const Json exported = outcome.events()[0];
  const Outcome tested = run({"evaluate", out, "--data-path", trained().data, "--format", "json"});
  CAPTURE(tested.err);
  REQUIRE(tested.code == 0);
  const Json result = tested.events().back();
  for (const Json& metric : exported.at("metrics").as_array())
    CHECK(metric.at("after").at("value").as_double() ==
          doctest::Approx(result.at("test").at(metric.at("name").as_string()).as_double()).epsilon(0.001));
}

TEST_CASE("a model file alone is exported without a test, which is said; the same file as it was needs none") {
  TempFolder folder;
  const std::string out = folder / "small.safetensors";
  const Outcome narrowed = run({"export", trained().model, "--table", "f16", "--out", out});
  CHECK(narrowed.code == 0);
  CHECK(contains(narrowed.err, "there are no data to test it with (--data-path)"));
  CHECK_FALSE(contains(narrowed.out, "difference"));
  const Outcome same = run({"export", trained().model, "--out", out});
  CHECK(same.code == 0);
  CHECK(same.err.empty());
  CHECK(seqrec::read_text(out) == seqrec::read_text(trained().model));
}

TEST_CASE("export refuses what it can't do before it writes anything") {
  TempFolder folder;
  const std::string out = folder / "small.safetensors";
  const Outcome type = run({"export", trained().run, "--table", "int4", "--out", out});
  CHECK(type.code == 2);
  CHECK(contains(type.err, "--table: got 'int4', expected bf16 or f16 or f32 or int8"));
  const Outcome onto_itself = run({"export", trained().run, "--table", "int8", "--out", trained().model});
  CHECK(onto_itself.code == 2);
  CHECK(contains(onto_itself.err, "is what is read, expected another file"));
  CHECK(run({"export", folder / "nothing", "--out", out}).code == 1);
  CHECK_FALSE(std::filesystem::exists(out));
}

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"
#include "train/row_results.h"

TEST_CASE("report writes a page with examples by title, and replaces no file of a run") {
  const TempFolder folder;
  const std::string page = folder / "pages/report.html";
  const Outcome outcome = run({"report", trained().run, "--out", page});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "report      " + page + "\n");
  const std::string text = seqrec::read_text(page);
  CHECK(text.starts_with("<!doctype html>"));
  CHECK(contains(text, "<h2>Examples</h2>"));
  CHECK(contains(text, ", Vol. "));
  CHECK(run({"report", trained().run, "--out", "-", "--threads", "3"}).out == text);

  const Outcome own = run({"report", trained().run, "--out", trained().run + "/log.txt"});
  CHECK(own.code == 2);
  CHECK(own.err ==
        "seqrec: --out: " + trained().run + "/log.txt is in a run's folder, expected a name that ends in .html\n");
  const Outcome none = run({"report", folder / "pages"});
  CHECK(none.code == 2);
  CHECK(none.err == "seqrec: " + (folder / "pages").string() + " holds no run (no config.json)\n");
}

TEST_CASE("report refuses rows of users that the model's file doesn't have") {
  const TempFolder folder;
  const std::filesystem::path copy = folder / "run", file = copy / "rows.safetensors";
  std::filesystem::copy(trained().run, copy);
  seqrec::train::RowResults rows = seqrec::train::RowResults::load(file);
  rows.user[0] = 1'000'000;
  rows.save(file);
  const Outcome outcome = run({"report", copy, "--out", "-"});
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.err, "seqrec: " + file.string() + ": has users or items beyond the "));
}

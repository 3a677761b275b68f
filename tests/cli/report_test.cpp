#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

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

#include <filesystem>

#include <doctest/doctest.h>

#include "core/file.h"
#include "tests/cli/program.h"

using seqrec::Json;

TEST_CASE("compare tells runs apart, or says that no difference was found, as text and as JSON") {
  const TempFolder folder;
  const auto path = [&folder](const char* name) { return std::string(folder / name); };
  for (const char* model : {"Pop", "Markov"})
    REQUIRE(
        run({"train", "--model", model, "--dataset", "books", "--data-path", trained().data, "--out", folder / model})
            .code == 0);
  const Outcome text = run({"compare", folder / "Pop", folder / "Markov", "--metrics", "MRR", "--topk", "10"});
  CAPTURE(text.err);
  CHECK(text.code == 0);
  CHECK(text.out.starts_with("60 rows of 60 users of books, 2000 resamples\n  a  Pop: " + path("Pop") +
                             "\n  b  Markov: " + path("Markov") + "\n"));
  CHECK(contains(text.out, "\nall rows (60 rows)\n  mrr@10        a      0."));
  CHECK(contains(text.out, "  mrr@10        b - a  "));
  CHECK(contains(text.out, "\nhistory of "));
  CHECK(run({"compare", folder / "Pop", folder / "Markov", "--metrics", "MRR", "--topk", "10", "--threads", "2"}).out ==
        text.out);

  std::filesystem::copy_file(folder / "Pop/rows.safetensors", folder / "copy.safetensors");
  const Outcome same = run({"compare", folder / "Pop", folder / "copy.safetensors", "--format", "json"});
  REQUIRE(same.events().size() == 1);
  const Json all = same.events()[0].at("strata").as_array()[0];
  for (const Json& difference : all.at("differences").as_array()) {
    CHECK(difference.at("p").as_double() == 1);
    CHECK_FALSE(difference.at("found").as_bool());
  }

  REQUIRE(run({"train", "--model", "Pop", "--dataset", "books", "--data-path", trained().data, "--out", folder / "few",
               "--set", "user_inter_num_interval=[15,inf)"})
              .code == 0);
  const Outcome other = run({"compare", folder / "Pop", folder / "few"});
  CHECK(other.code == 1);
  CHECK(contains(other.err, path("few") + " can't be compared with " + path("Pop") + ": "));
  const Outcome one = run({"compare", folder / "Pop"});
  CHECK(one.code == 2);
  CHECK(one.err == "seqrec: expected at least two runs to compare, got 1\n");
  const Outcome twice = run({"compare", folder / "Pop", path("Pop") + "/"});
  CHECK(twice.code == 2);
  CHECK(twice.err == "seqrec: " + path("Pop") + "/ is named twice, as " + path("Pop") + " too\n");
}

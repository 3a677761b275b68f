#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>

#include "data/statistics.h"
#include "tests/data/dataset_files.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

/// The folder of datasets; empty, with a word about it, when ml-100k isn't there.
std::filesystem::path data_folder() {
  const char* const given = std::getenv("SEQREC_DATA_DIR");
  const std::filesystem::path folder = given ? given : SEQREC_SOURCE_DIR "/../shared/data";
  if (std::filesystem::exists(folder / "ml-100k" / "ml-100k.inter")) return folder;
  std::printf("SKIPPED ml-100k: there is no %s (SEQREC_DATA_DIR)\n", (folder / "ml-100k").c_str());
  return {};
}

Dataset ml100k(const std::filesystem::path& folder, std::vector<std::string> settings) {
  ConfigInput input;
  input.files = {SEQREC_SOURCE_DIR "/configs/ml-100k.yaml"};
  input.settings = std::move(settings);
  input.options = {{"dataset", "ml-100k", "--dataset"}, {"data_path", folder.string(), "--data-path"}};
  return prepare(Config(input));
}

std::int64_t different_targets(const Dataset& a, const Dataset& b, Split split) {
  REQUIRE(a.rows(split).size() == b.rows(split).size());
  std::int64_t different = 0;
  for (std::size_t r = 0; r < a.rows(split).size(); ++r)
    different += a.target(a.rows(split)[r]) != b.target(b.rows(split)[r]);
  return different;
}

}  // namespace

TEST_CASE("ml-100k with its preset") {
  const auto folder = data_folder();
  if (folder.empty()) return;
  const Statistics s = statistics(ml100k(folder, {}));
  CHECK(s.users == 943);
  CHECK(s.items == 1682);
  CHECK(s.interactions == 100'000);
  CHECK(s.train_rows == 97'171);
  CHECK(s.valid_rows == 943);
  CHECK(s.test_rows == 943);
}

TEST_CASE("RecBole's rounding of times changes what is predicted on ml-100k") {
  const auto folder = data_folder();
  if (folder.empty()) return;
  // RecBole's own results on the same data differ from exact ones in as many users.
  const Dataset exact = ml100k(folder, {"normalize_all=~"});
  const Dataset rounded = ml100k(folder, {"normalize_all=~", "time_precision=float32"});
  CHECK(different_targets(exact, rounded, Split::Test) == 149);
  CHECK(different_targets(exact, rounded, Split::Valid) == 254);
  const Dataset normalised = ml100k(folder, {"compat=recbole"});
  CHECK(different_targets(exact, normalised, Split::Test) == 4);
  CHECK(different_targets(exact, normalised, Split::Valid) == 5);
}

// Model files that were written once (tests/models/files/, by make_tiny_model and `seqrec export`) stay readable, and
// score as they did.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "core/file.h"
#include "models/model_file.h"

using namespace seqrec;

namespace {

const std::filesystem::path kFiles = std::filesystem::path(SEQREC_SOURCE_DIR) / "tests/models/files";

/// Of all items after the items 1 and 2, for no user.
std::vector<float> scores_of_file(const std::filesystem::path& file) {
  const models::LoadedModel loaded = models::load_model(file);
  Batch batch;
  batch.items = Index({1, 2});
  batch.value_users = Index({0, 0});
  batch.windows = Windows({0}, {2}, 2);
  batch.users = Index({0});
  return loaded.model->full_sort_predict(batch).to_vector<float>();
}

}  // namespace

TEST_CASE("model files of old are read, and score as they did") {
  const Json expected = Json::parse(read_text(kFiles / "scores.json"));
  std::size_t files = 0;
  for (const char* format : {"format_1", "format_2"})
    for (const std::filesystem::path& file : files_in(kFiles / format)) {
      const std::string name = file.lexically_relative(kFiles).string();
      CAPTURE(name);
      ++files;
      const std::vector<float> got = scores_of_file(file);
      const Json::Array& then = expected.at(name).as_array();
      REQUIRE(got.size() == then.size());
      double largest = 0;  // what other scores came of, and are wrong by
      for (const Json& score : then) largest = std::max(largest, std::abs(score.as_double()));
      for (std::size_t id = 1; id < got.size(); ++id) CHECK(std::abs(got[id] - then[id].as_double()) <= 1e-5 * largest);
    }
  CHECK(files == expected.as_object().size());
}

#include "data/statistics.h"

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

Dataset four_users() {
  std::string text = "user_id:token\titem_id:token\ttimestamp:float\n";
  const int lengths[] = {1, 3, 4, 8};
  for (int u = 0; u < 4; ++u)
    for (int i = 0; i < lengths[u]; ++i) text += concat("u", u, "\ti", i, "\t", i, "\n");
  return DatasetFiles(text).prepare();
}

}  // namespace

TEST_CASE("statistics count what has interactions") {
  const Statistics s = statistics(four_users());
  CHECK(s.users == 4);
  CHECK(s.items == 8);
  CHECK(s.interactions == 16);
  CHECK(s.sparsity == doctest::Approx(0.5));
  CHECK(s.min_length == 1);
  CHECK(s.max_length == 8);
  CHECK(s.mean_length == 4);
  CHECK(s.median_length == 3.5);
  CHECK(s.length_histogram == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(s.train_rows == 1 + 1 + 5);
  CHECK(s.valid_rows == 2);
  CHECK(s.test_rows == 3);
}

TEST_CASE("statistics as JSON and as text") {
  const Statistics s = statistics(four_users());
  const Json json = to_json(s);
  CHECK(json.at("users").as_int() == 4);
  CHECK(json.at("rows").at("test").as_int() == 3);
  CHECK(json.at("history_length").at("histogram").as_array()[3].dump() == R"({"from":8,"to":15,"histories":1})");
  CHECK(Json::parse(json.dump()) == json);
  const std::string text = to_text(s);
  CHECK(text.find("  interactions    16\n") != std::string::npos);
  CHECK(text.find("  sparsity        50.00 %\n") != std::string::npos);
  CHECK(text.find("  rows            train 7, valid 2, test 3\n") != std::string::npos);
  CHECK(text.find("  8-15                     1  ####") != std::string::npos);
}

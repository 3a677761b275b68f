#include "models/hyper_parameters.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::models;

TEST_CASE("hyper-parameters are read by type, and a wrong question names the key") {
  const HyperParameters keys(
      Json::parse(R"({"size": 8, "rate": 1, "on": true, "name": "x", "sizes": [1, 2], "one": 3})"));
  CHECK(keys.get_int("size") == 8);
  CHECK(keys.get_double("rate") == 1.0);
  CHECK(keys.get_bool("on"));
  CHECK(keys.get_string("name") == "x");
  CHECK(keys.get_ints("sizes") == std::vector<std::int64_t>{1, 2});
  CHECK(keys.get_ints("one") == std::vector<std::int64_t>{3});
  CHECK(keys.get_doubles("sizes") == std::vector<double>{1, 2});
  CHECK(message_of<UsageError>([&] { keys.get_int("sise"); }) == "hyper-parameter sise is in no table of keys");
  CHECK(message_of<UsageError>([&] { keys.get_int("name"); }) ==
        "hyper-parameter name: expected an integer, got a string");
}

#include "data/interval.h"

#include <cmath>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using seqrec::Json;
using seqrec::data::Intervals;

TEST_CASE("brackets say which ends belong to an interval") {
  const Intervals closed = Intervals::parse("[2,5]"), open = Intervals::parse("(2,5)");
  CHECK(closed.contains(2));
  CHECK(closed.contains(5));
  CHECK(!closed.contains(5.001));
  CHECK(!open.contains(2));
  CHECK(open.contains(2.001));
  CHECK(!open.contains(5));
}

TEST_CASE("a union holds what one of its parts holds") {
  const Intervals parts = Intervals::parse(" (0,1] ; [3, inf)");
  CHECK(!parts.contains(0));
  CHECK(parts.contains(1));
  CHECK(!parts.contains(2));
  CHECK(parts.contains(1e300));
  CHECK(!parts.contains(std::nan("")));
  CHECK(parts.first_left() == 0);
}

TEST_CASE("a list of two numbers is the closed interval") {
  const Intervals list = Intervals::parse(Json::Array{10, "inf"});
  CHECK(list.contains(10));
  CHECK(!list.contains(9));
  CHECK(list.contains(1e18));
}

TEST_CASE("anything else is an error that shows an interval") {
  for (const char* text :
       {"", "[", "[1,2", "1,2", "[1;2]", "[a,2]", "[1,2];", "[3,2]", "[nan,2]", "{1,2}", "[1,2,3]"}) {
    CAPTURE(text);
    const std::string error = seqrec::message_of<seqrec::ConfigError>([&] { Intervals::parse(text); });
    CHECK(error.find("expected an interval such as [5,inf)") != std::string::npos);
  }
  CHECK_THROWS_AS(Intervals::parse(Json::Array{1}), seqrec::ConfigError);
  CHECK_THROWS_AS(Intervals::parse(Json::Array{2, 1}), seqrec::ConfigError);
  CHECK_THROWS_AS(Intervals::parse(Json(5)), seqrec::ConfigError);
}

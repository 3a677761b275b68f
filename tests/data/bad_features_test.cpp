// Features that are missing, malformed or too large: the file, the column and what was expected are named.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

DatasetFiles three_items() {
  return DatasetFiles("user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\nu\tc\t3\nv\ta\t1\nv\tb\t2\n");
}

/// The error about a .item file whose second column is `column`, with a value for each of a, b and c.
std::string error_with(const std::string& column, std::vector<std::string> values,
                       std::vector<std::string> settings = {"load_col=~"}) {
  DatasetFiles files = three_items();
  files.write("item",
              concat("item_id:token\t", column, "\na\t", values[0], "\nb\t", values[1], "\nc\t", values[2], "\n"));
  const std::string error = message_of<Error>([&] { files.prepare(settings); }), file = files.path("item");
  return error.starts_with(file) ? error.substr(file.size()) : error;
}

}  // namespace

TEST_CASE("numbers that are none, not finite or too large are named") {
  const auto bad = [](const char* line, const char* text) {
    return concat(line, ": column 'x' got '", text, "', expected a finite number");
  };
  CHECK(error_with("x:float", {"1", "1.2.3", "2"}) == bad(":3", "1.2.3"));
  CHECK(error_with("x:float", {"1", "inf", "2"}) == bad(":3", "inf"));
  CHECK(error_with("x:float_seq", {"1 2", "", "3 nan"}) == bad(":4", "nan"));
  CHECK(error_with("x:float_seq", {"1 b", "", "3"}) == bad(":2", "b"));
  const std::string too_large = " (normalised, if it was asked for), expected numbers that 32 bits can hold";
  CHECK(error_with("x:float", {"1", "1e39", "2"}) == ": column 'x' holds 1e+39" + too_large);
  CHECK(error_with("x:float_seq", {"1", "1 -1e39", "2"}) == ": column 'x' holds -1e+39" + too_large);
  const std::string error = error_with("x:float", {"-1e308", "1e308", "0"}, {"load_col=~", "normalize_field=[x]"});
  CHECK_MESSAGE(error.ends_with(too_large), error);
  CHECK(error_with("x:float", {"1", "1e39", "2"}, {"load_col=~", "normalize_field=[x]"}).empty());
}

TEST_CASE("missing values are filled: numbers by the mean, sequences by nothing") {
  DatasetFiles files = three_items();
  files.write("item", "item_id:token\tx:float\ty:float_seq\tz:token_seq\na\t1\t\t\nb\t\t1 2\t \nc\tnan\t\tp  q\n");
  const Dataset dataset = files.prepare({"load_col=~"});
  CHECK(dataset.item_features.find("x")->numbers == std::vector<float>{1, 1, 1, 1});
  CHECK(std::ranges::equal(dataset.item_features.find("y")->rows.offsets(), std::vector{0, 0, 0, 2, 2}));
  const Feature& z = *dataset.item_features.find("z");
  CHECK(z.rows.values() == z.ids.size());
  CHECK(tokens_of(*z.vocabulary) == "p q");
}

TEST_CASE("columns of a file that isn't read, and a numerical feature that isn't loaded, are named") {
  CHECK(
      error_with("x:float", {"1", "2", "3"}, {"load_col={itme: [x]}"}) ==
      "load_col (--set): got {\"itme\":[\"x\"]}, expected columns of inter, user or item, not of 'itme' (did you mean "
      "'item'?)");
  CHECK(error_with("x:float", {"1", "2", "3"}, {"unused_col={items: [x]}"}).starts_with("unused_col (--set): got"));
  DatasetFiles files = three_items();
  files.write("item", "item_id:token\tx:float\tz:token\na\t1\tp\nb\t2\tq\nc\t3\tp\n");
  const auto error = [&](std::vector<std::string> settings) {
    return message_of<DataError>([&] { check_numerical_features(files.prepare(settings), files.config(settings)); });
  };
  CHECK(error({"load_col=~", "numerical_features=[x]"}).empty());
  const std::string expected = ", expected a float or float_seq column of .user or .item that load_col loads";
  CHECK(error({"load_col=~", "numerical_features=[x, y]"}) == "d: numerical_features names 'y'" + expected);
  CHECK(error({"load_col=~", "numerical_features=[z]"}) == "d: numerical_features names 'z'" + expected);
  CHECK(error({"numerical_features=[x]"}) == "d: numerical_features names 'x'" + expected);
}

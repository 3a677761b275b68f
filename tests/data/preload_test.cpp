#include "data/preload.h"

#include <utility>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

constexpr const char* kInter = "user_id:token\titem_id:token\ttimestamp:float\na\tx\t1\na\ty\t2\na\tz\t3\nb\tx\t1\n";
const std::vector<std::string> kOwnField = {"preload_weight={item_id: emb}"};
const std::vector<std::string> kAlias = {"preload_weight={iid: emb}", "alias_of_item_id=[iid]",
                                         "additional_feat_suffix=itememb"};

std::vector<PreloadedVectors> read(const DatasetFiles& files, const std::vector<std::string>& settings) {
  const Config config = files.config(settings);
  const Dataset dataset = prepare(config);
  CHECK(dataset.n_items() == 4);  // vectors make no items
  return preload_weight(config, dataset.users, dataset.items);
}

std::string error_with(const char* extension, std::string_view text, const std::vector<std::string>& settings) {
  DatasetFiles files(kInter);
  files.write(extension, text);
  const std::string error = message_of<Error>([&] { read(files, settings); });
  const std::string path = files.path(extension);
  return error.starts_with(path) ? error.substr(path.size()) : error;
}

}  // namespace

TEST_CASE(
    "vectors are read from the .item file, or from an additional file with an alias, as RecBole's users have it") {
  DatasetFiles files(kInter);
  files.write("item", "item_id:token\temb:float_seq\nz\t1 2\nunknown\t3 4\nx\t5 6.5\ny\t\n");
  const auto own = read(files, kOwnField);
  REQUIRE(own.size() == 1);
  CHECK(own[0].of_items);
  CHECK(own[0].width == 2);
  CHECK(own[0].ids == std::vector<std::int32_t>{3, 1});  // y has none
  CHECK(own[0].values == std::vector<float>{1, 2, 5, 6.5});

  files.write("itememb", "iid:token\temb:float_seq\ny\t7 8 9\n");
  files.write("useremb", "user_id:token\tvec:float_seq\nb\t1\na\t2\n");
  const auto added = read(files, {"preload_weight={iid: emb, user_id: vec}", "alias_of_item_id=[iid]",
                                  "additional_feat_suffix=[useremb, itememb]", "load_col={itememb: [iid, emb]}"});
  REQUIRE(added.size() == 2);
  CHECK(added[0].ids == std::vector<std::int32_t>{2});
  CHECK(added[0].values == std::vector<float>{7, 8, 9});
  CHECK(added[0].file == files.path("itememb"));
  CHECK_FALSE(added[1].of_items);
  CHECK(added[1].ids == std::vector<std::int32_t>{2, 1});

  CHECK(read(files, {}).empty());
}

TEST_CASE("vectors that can't be used are refused, by file and line") {
  const std::pair<const char*, const char*> cases[] = {
      {"iid:token\temb:float_seq\nx\t1 2\ny\t3\n", ":3: item 'y' has a vector of 1 numbers, those before it have 2"},
      {"iid:token\temb:float_seq\nx\t1 2\nq\t1 2\nq\t3 4\n", ":4: item 'q' has two vectors"},
      {"iid:token\temb:float_seq\nx\t1 1e300\n",
       ":2: item 'x' has 1e+300 in its vector, expected numbers that 32 bits can hold"},
      {"iid:token\temb:float_seq\nx\t1 nan\n", ":2: column 'emb' got 'nan', expected a finite number"},
      {"iid:token\temb:float_seq\nq\t1 2\n", ": no item of the data has a vector in column 'emb' (preload_weight)"},
      {"iid:token\temb:float\nx\t1\n", ": column 'emb' (preload_weight) has type float, expected float_seq"},
      {"iid:float\temb:float_seq\n1\t1\n", ": column 'iid' (preload_weight) has type float, expected token"}};
  for (const auto& [file, error] : cases) CHECK(error_with("itememb", file, kAlias) == error);
}

TEST_CASE("columns and files that aren't there are named") {
  DatasetFiles files(kInter);
  const auto error = [&](const std::vector<std::string>& settings) {
    return message_of<Error>([&] { read(files, settings); });
  };
  CHECK(error(kOwnField) == concat("preload_weight: no file has the columns 'item_id' and 'emb': there is no ",
                                   files.path("item"), ", and additional_feat_suffix names no other file"));
  CHECK(error(kAlias).find(files.path("itememb")) != std::string::npos);  // no such file
  files.write("item", "item_id:token\tname:token\nx\ta\n");
  files.write("itememb", "iid:token\tvec:float_seq\nx\t1\n");
  CHECK(error(kAlias) == concat("preload_weight: no file has the columns 'iid' and 'emb': ", files.path("item"),
                                " has item_id, name; ", files.path("itememb"), " has iid, vec"));
  const std::string expected =
      ", expected {ID: VECTOR}, names of columns, where ID is USER_ID_FIELD, ITEM_ID_FIELD or listed in "
      "alias_of_user_id or alias_of_item_id";
  CHECK(error({"preload_weight={iid: emb}"}) == "preload_weight (--set): got {\"iid\":\"emb\"}" + expected);
  CHECK(error({"preload_weight={item_id: 3}"}) == "preload_weight (--set): got {\"item_id\":3}" + expected);
  CHECK(error({"preload_weight=emb"}) == "preload_weight (--set): got \"emb\", expected a map, such as {name: value}");
}

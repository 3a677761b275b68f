#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

constexpr const char* kHeader = "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\n";
const std::vector<std::string> kParts = {"benchmark_filename=[train, valid, test]"};

struct ThreeFiles : DatasetFiles {
  ThreeFiles() : DatasetFiles("x:token\n1\n") {
    write("train.inter", std::string(kHeader) + "u\tb\t1\t20\nv\ta\t1\t5\nu\ta\t1\t10\nv\tc\t0\t6\n");
    write("valid.inter", std::string(kHeader) + "u\tc\t1\t30\n");
    write("test.inter", std::string(kHeader) + "u\td\t0\t40\nv\tb\t1\t7\n");
  }
};

}  // namespace

TEST_CASE("files of single interactions are joined to histories, each deciding the part of its rows") {
  const Dataset dataset = ThreeFiles().prepare(kParts);
  REQUIRE(dataset.histories() == 2);
  CHECK(tokens_of(dataset, 0) == "a b c d");
  CHECK(tokens_of(dataset, 1) == "a c b");
  CHECK(dataset.train == std::vector<Row>{{0, 1}, {1, 1}});
  CHECK(dataset.valid == std::vector<Row>{{0, 2}});
  CHECK(dataset.test == std::vector<Row>{{0, 3}, {1, 2}});
  CHECK_FALSE(dataset.presplit);
}

TEST_CASE("files of single interactions are filtered, labelled and ordered like one") {
  const ThreeFiles files;
  std::vector<std::string> settings = kParts;
  settings.push_back("val_interval={label: \"[1,1]\"}");
  CHECK(tokens_of(files.prepare(settings), 0) == "a b c");
  settings.back() = "eval_args={mode: labeled}";
  CHECK(files.prepare(settings).labels == std::vector<float>{1, 1, 1, 0, 1, 0, 1});
}

TEST_CASE("without times the files' order is one") {
  DatasetFiles files("x:token\n1\n");
  files.write("train.inter", "user_id:token\titem_id:token\nu\tb\nu\ta\n");
  files.write("test.inter", "user_id:token\titem_id:token\nu\tc\n");
  const Dataset dataset = files.prepare({"benchmark_filename=[train, ~, test]"});
  CHECK(tokens_of(dataset, 0) == "b a c");
  CHECK(dataset.test == std::vector<Row>{{0, 2}});
}

TEST_CASE("a file that lacks a column of the first is named") {
  ThreeFiles files;
  files.write("test.inter", "user_id:token\titem_id:token\nu\td\n");
  CHECK(message_of([&] { files.prepare(kParts); }) == files.path("test.inter") + ": no column 'label:float', which " +
                                                          files.path("train.inter") +
                                                          " has; columns: user_id, item_id");
  files.write("test.inter", "user_id:token\titem_id:token_seq\tlabel:float\ttimestamp:float\nu\td\t1\t40\n");
  CHECK(message_of([&] { files.prepare(kParts); }) ==
        files.path("test.inter") + ": column 'item_id' has type token_seq, but token in " + files.path("train.inter"));
}

TEST_CASE("labels of lists' targets are read, by threshold too") {
  DatasetFiles files("x:token\n1\n");
  const std::string header = "user_id:token\titem_id_list:token_seq\titem_id:token\tlabel:float\n";
  files.write("train.inter", header + "u\ta b\tc\t0\nv\tb\ta\t1\n");
  files.write("test.inter", header + "u\ta c\tb\t1\n");
  const auto labels = [&](std::vector<std::string> more) {
    more.push_back("benchmark_filename=[train, ~, test]");
    return prepare(files.config(std::move(more)), {.labels = true}).labels;
  };
  CHECK(labels({"train_neg_sample_args=~"}) == std::vector<float>{1, 1, 0, 1, 1, 1, 1, 1});
  CHECK(labels({"train_neg_sample_args=~", "threshold={label: 2}"}) == std::vector<float>{1, 1, 0, 1, 0, 1, 1, 0});
}

#include "data/report.h"

#include <doctest/doctest.h>

#include "data/statistics.h"
#include "tests/data/dataset_files.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

constexpr const char* kSmall =
    "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "u1\ta\t5\t30\nu2\tb\t4\t10\nu1\tb\t3\t10\nu1\tc\t2\t20\nu2\ta\t1\t25\nu3\td\t5\t10\nu1\td\t4\t40\nu2\tc\t3\t20\n";

/// The one finding of a kind; its text is "" if there is none.
Finding found(const DataReport& report, std::string_view kind) {
  Finding out;
  int count = 0;
  for (const Finding& finding : report.findings)
    if (finding.kind == kind) {
      out = finding;
      ++count;
    }
  CHECK(count <= 1);
  return out;
}

std::string text(const DataReport& report, std::string_view kind) { return found(report, kind).text; }

constexpr const char* kLists = "session_id:token\titem_id_list:token_seq\titem_id:token\n";
std::vector<std::string> presplit(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"benchmark_filename=[train, ~, test]", "USER_ID_FIELD=session_id"});
  return more;
}

}  // namespace

TEST_CASE("the report is silent about plain data") {
  const Dataset dataset = DatasetFiles(
                              "user_id:token\titem_id:token\ttimestamp:float\n"
                              "u\ta\t1\nu\tb\t2\nu\tc\t3\nu\td\t4\n")
                              .prepare();
  CHECK(dataset.report.lines().empty());
  CHECK(to_json(dataset.report).dump() == R"({"filters":[],"findings":[]})");
}

TEST_CASE("every filter says what it took, with its key and an example") {
  DatasetFiles files(kSmall);
  files.write("item", "item_id:token\na\nb\nc\n");
  const Dataset dataset =
      files.prepare({"load_col={inter: [user_id, item_id, rating, timestamp], item: [item_id]}",
                     "val_interval={rating: \"[2,inf)\"}", "user_inter_num_interval=[2,inf)", "rm_dup_inter=first"});
  const std::string inter = files.path("inter");
  CHECK(dataset.report.lines()[0] ==
        inter +
            ": 1 of 8 interactions dropped by val_interval = {\"rating\":\"[2,inf)\"}, such as user 'u2', item 'a'");
  CHECK(dataset.report.lines()[1] == inter + ": 2 of 7 interactions dropped: their item has no row in " +
                                         files.path("item") +
                                         " (1 item, such as 'd'); filter_inter_by_user_or_item: False keeps them");
  REQUIRE(dataset.report.filters.size() == 2);
  CHECK(dataset.report.filters[1].filter == "filter_inter_by_user_or_item");
  CHECK(dataset.report.filters[1].before == 7);
  CHECK(dataset.report.filters[1].after == 5);

  const Dataset core = DatasetFiles(kSmall).prepare({"item_inter_num_interval=[2,inf)", "rm_dup_inter=last"});
  CHECK(core.report.filters.empty());
  const Dataset users = DatasetFiles(kSmall).prepare({"user_inter_num_interval=[2,3]"});
  REQUIRE(users.report.filters.size() == 1);
  CHECK(users.report.filters[0].text.ends_with(
      "d.inter: 5 of 8 interactions dropped by user_inter_num_interval = [2,3], such as user 'u1', item 'a'"));
}

TEST_CASE("the side files' rows that a filter takes are told too") {
  DatasetFiles files(kSmall);
  files.write("user", "user_id:token\tage:float\nu1\t10\nu2\t20\nu3\t30\n\t5\n");
  const Dataset dataset = files.prepare({"load_col=~", "val_interval={age: \"[15,inf)\"}"});
  CHECK(dataset.report.filters[0].text == files.path("user") + ": 1 of 4 users dropped, which lack an id, such as ''");
  CHECK(dataset.report.filters[1].text.find("1 of 3 users dropped by val_interval = ") != std::string::npos);
  CHECK(dataset.report.filters[1].text.ends_with(", such as 'u1'"));
  CHECK(dataset.report.filters[2].text.find("4 of 8 interactions dropped: their user has no row in ") !=
        std::string::npos);
}

TEST_CASE("users and items without a row are counted where they are kept") {
  DatasetFiles files(kSmall);
  files.write("item", "item_id:token\tclass:token\na\tx\nb\ty\n");
  const Dataset dataset = files.prepare({"load_col=~", "filter_inter_by_user_or_item=False"});
  CHECK(text(dataset.report, "unlisted_items") ==
        files.path("item") + ": 2 of 4 items have no row, such as 'c'; what they have is missing");
  CHECK(found(dataset.report, "unlisted_items").of == 4);
}

TEST_CASE("missing and equal times, repeated interactions and single ones are counted") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\ttimestamp:float\n"
      "u\ta\t1\nu\tb\t1\nu\ta\t1\nu\tc\t5\nv\ta\t\nv\tb\t9\nw\ta\t3\n");
  const DataReport report = files.prepare().report;
  CHECK(text(report, "missing_times") ==
        files.path("inter") +
            ": 1 of 7 times (timestamp) is missing, such as that of user 'v' and item 'a'; they count as the mean");
  CHECK(text(report, "equal_times") == files.path("inter") +
                                           ": times equal to the one before of the user: 2 of 4, such as of user 'u'; "
                                           "their order is the file's");
  CHECK(text(report, "repeated") == files.path("inter") +
                                        ": 1 interaction repeats another one of the same user, item and time, such as "
                                        "user 'u', item 'a'; rm_dup_inter: first keeps one per user and item");
  CHECK(text(report, "single_interactions") ==
        "d: 1 of 3 users has one interaction, such as 'w'; nothing is left to train on or to test");
  CHECK(found(report, "single_interactions").count == 1);
}

TEST_CASE("a split that leaves no row is told") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\ttimestamp:float\n"
      "u\ta\t1\nu\tb\t2\nv\ta\t1\nv\tb\t2\n");
  const DataReport report = files.prepare({"eval_args={split: {LS: valid_and_test}}"}).report;
  CHECK(text(report, "no_valid_rows") == "d: eval_args.split leaves no validation row");
  CHECK(text(report, "no_test_rows") == "d: eval_args.split leaves no test row");
  CHECK(text(files.prepare({"eval_args={split: {RS: [1, 0, 0]}}"}).report, "no_valid_rows").empty());
}

TEST_CASE("words that pandas takes for missing are told where they count as names") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\ttimestamp:float\n"
      "u\tNA\t1\nu\tb\t2\nu\tc\t3\nu\td\t4\nnull\ta\t1\nnull\tb\t2\nnull\tc\t3\n");
  const DataReport report = files.prepare().report;
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].text ==
        files.path("inter") +
            ": 3 interactions of user_id 'null', taken for a name; missing_tokens: pandas drops them");
  CHECK(report.findings[1].text ==
        files.path("inter") + ": 1 interaction of item_id 'NA', taken for a name; missing_tokens: pandas drops it");
  CHECK(text(files.prepare({"missing_tokens=pandas"}).report, "missing_words").empty());
}

TEST_CASE("ids that differ in spaces or in their encoding are told") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\ttimestamp:float\n"
      "u\tcaf\xE9\t1\nu\tcaf\xC3\xA9\t2\nu\tc\t3\nu\td\t4\n u\ta\t1\n u\tb\t2\nv \tc\t3\n");
  const DataReport report = files.prepare().report;
  CHECK(text(report, "padded_ids") ==
        "user_id: 2 of 3 tokens begin or end with a space, such as ' u'; it is part of the name, and others are the "
        "same without it");
  CHECK(text(report, "foreign_ids") ==
        "item_id: 1 of 6 tokens is not UTF-8, such as 'caf\\xe9'; a name in another encoding is another name: iconv -f "
        "LATIN1 -t UTF-8 OLD > NEW");
}

TEST_CASE("rows of an item file that repeat an id, or have none, are counted") {
  DatasetFiles files(kSmall);
  files.write("item", "item_id:token\tclass:token\na\t1\nb\t2\na\t3\n\t4\nc\t1\nd\t1\n");
  const DataReport report = files.prepare({"load_col={inter: '*', item: '*'}"}).report;
  CHECK(text(report, "repeated_rows") ==
        files.path("item") + ": 1 of 6 rows repeats an id, such as 'a'; the first row of each counts");
  CHECK(text(report, "rows_without_id") == files.path("item") + ": 1 of 6 rows lacks an id and is left out");
}

TEST_CASE("tokens of lists that are never an item look like padding, or like another separator") {
  DatasetFiles files("x:token\n1\n");
  files.write("train.inter", std::string(kLists) + "s1\t0 0 a\tb\ns2\t0 b c\ta\ns3\ta b c\tc\n");
  files.write("test.inter", std::string(kLists) + "s4\t0 0 b\tc\n");
  CHECK(text(files.prepare(presplit()).report, "foreign_list_tokens") ==
        files.path("train.inter") +
            ": 1 of 4 tokens of item_id_list is never in item_id, such as '0' in 3 lists; is it padding? "
            "padding_token: '0' leaves it out");
  const Dataset without = files.prepare(presplit({"padding_token=0"}));
  CHECK(text(without.report, "foreign_list_tokens").empty());
  CHECK(tokens_of(without.items) == "b a c");
  CHECK(tokens_of(without, 0) == "a b");

  files.write("train.inter", std::string(kLists) + "s1\ta,b\tc\ns2\tb,c\ta\ns3\ta,b\tb\n");
  CHECK(text(files.prepare(presplit()).report, "foreign_list_tokens")
            .ends_with(": 3 of 4 tokens of item_id_list are never in item_id, such as 'a,b' in 2 lists; are they "
                       "separated by a space (seq_separator)?"));
}

TEST_CASE("labels that are not trained on are told") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\nu\ta\t1\t1\nu\tb\t0\t2\nu\tc\t1\t3\n");
  const auto told = [&](std::vector<std::string> settings, bool needed) {
    return text(prepare(files.config(std::move(settings)), {.labels = needed}).report, "unused_labels");
  };
  CHECK(told({}, false) == files.path("inter") +
                               ": column 'label' (LABEL_FIELD) is not trained on: 1 of 3 rows is 0 and counts as "
                               "positive; val_interval: {label: \"[1,1]\"} leaves them out");
  CHECK(told({"train_neg_sample_args={distribution: uniform, sample_num: 1}"}, true)
            .ends_with("train_neg_sample_args: ~ trains on the labels"));
  CHECK(told({"train_neg_sample_args=None"}, true).empty());
  CHECK(told({"val_interval={label: \"[1,1]\"}"}, false).empty());
  CHECK(files.prepare().labels.empty());

  DatasetFiles lists("x:token\n1\n");  // which no filter takes a row of
  const std::string header = "session_id:token\titem_id_list:token_seq\titem_id:token\tlabel:float\n";
  for (const char* part : {"train.inter", "test.inter"}) lists.write(part, header + "s\ta b\ta\t0\ns\tb\tb\t1\n");
  CHECK(text(lists.prepare(presplit()).report, "unused_labels")
            .ends_with("2 of 4 rows are 0 and count as positives; files without these rows leave them out"));
}

TEST_CASE("columns that are loaded for nothing are named") {
  const DatasetFiles files(kSmall);
  CHECK(text(files.prepare({"load_col={inter: [user_id, item_id, rating, timestamp]}"}).report, "unused_columns") ==
        files.path("inter") + ": 1 column loaded (load_col) and not used: rating");
  CHECK(text(files.prepare({"load_col={inter: [user_id, item_id, rating, timestamp]}", "threshold={rating: 3}"}).report,
             "unused_columns")
            .empty());
  CHECK(text(files.prepare().report, "unused_columns").empty());
}

TEST_CASE("keys that were written and have no effect are named") {
  DatasetFiles files(kSmall);
  const auto told = [&](std::vector<std::string> settings) {
    return text(files.prepare(std::move(settings)).report, "idle_keys");
  };
  CHECK(told({"lr_gamma=0.5"}) == "lr_gamma (--set) means nothing without an lr_scheduler");
  CHECK(told({"lr_step_size=2", "lr_scheduler=exponential"}) ==
        "lr_step_size (--set) means nothing without lr_scheduler: step");
  CHECK(told({"eval_step=0", "stopping_step=3"}) == "stopping_step (--set) means nothing with eval_step: 0");
  CHECK(told({"stopping_step=3"}).empty());

  files.write("train.inter", std::string(kLists) + "s1\ta b\tc\ns2\tb\ta\ns3\ta\tb\n");
  files.write("test.inter", std::string(kLists) + "s4\ta\tc\n");
  for (const char* setting :
       {"val_interval={rating: \"[4,inf)\"}", "rm_dup_inter=first", "user_inter_num_interval=[100,inf)",
        "item_inter_num_interval=[100,inf)", "filter_inter_by_user_or_item=True"}) {
    const std::string key = std::string(setting).substr(0, std::string_view(setting).find('='));
    CHECK(told(presplit({setting})) ==
          key + " (--set) means nothing with benchmark_filename: its rows are taken as they are");
  }
  CHECK(told(presplit({"eval_args={split: {RS: [0.5,0.3,0.2]}}"})) ==
        "eval_args (--set) means nothing for the split with benchmark_filename: its files say where a row belongs");
  CHECK(told(presplit({"eval_args={mode: uni100}"})).empty());
}

TEST_CASE("the description holds statistics and report") {
  const DatasetFiles files(kSmall);
  const Json json = describe(files.prepare());
  CHECK(json.at("interactions") == Json(8));
  CHECK(json.at("report").at("findings").as_array().size() == 1);
  CHECK(json.at("report").at("findings").as_array()[0].at("kind") == Json("single_interactions"));
}

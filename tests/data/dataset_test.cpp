#include "data/dataset.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

constexpr const char* kHeader = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";

/// Lines "user item rating time" as a file.
std::string inter(std::string_view lines) {
  std::string text = kHeader;
  for (const char c : lines) text += c == ' ' ? '\t' : c;
  return text;
}

const std::string kSmall = inter(
    "u1 a 5 30\n"
    "u2 b 4 10\n"
    "u1 b 3 10\n"
    "u1 c 2 20\n"
    "u2 a 1 20\n"
    "u3 d 5 10\n"
    "u1 d 4 40\n"
    "u2 c 3 20\n");

std::string dataset_error(const DatasetFiles& files, std::vector<std::string> settings = {}) {
  return message_of([&] { files.prepare(std::move(settings)); });
}

}  // namespace

TEST_CASE("ids follow first appearance, histories time, ties the file") {
  const Dataset dataset = DatasetFiles(kSmall).prepare();
  CHECK(tokens_of(dataset.users) == "u1 u2 u3");
  CHECK(tokens_of(dataset.items) == "a b c d");
  REQUIRE(dataset.histories() == 3);
  CHECK(dataset.history_users == std::vector<std::int32_t>{1, 2, 3});
  CHECK(tokens_of(dataset, 0) == "b c a d");
  CHECK(tokens_of(dataset, 1) == "b a c");  // a and c at the same time
  CHECK(tokens_of(dataset, 2) == "d");
  CHECK(dataset.interactions() == 8);
  CHECK(dataset.n_items() == 5);
  CHECK(dataset.max_length == 50);
}

TEST_CASE("leave-one-out keeps a training row of every user first, then tests") {
  const DatasetFiles files(kSmall);
  const Dataset both = files.prepare();
  CHECK(both.train == std::vector<Row>{{0, 1}, {1, 1}});
  CHECK(both.valid == std::vector<Row>{{0, 2}});
  CHECK(both.test == std::vector<Row>{{0, 3}, {1, 2}});
  CHECK(both.items.token(both.target(both.test[1])) == "c");
  CHECK(both.before(both.test[0]).size() == 3);
  CHECK(both.user(both.test[1]) == 2);

  const Dataset valid = files.prepare({"eval_args={split: {LS: valid_only}}"});
  CHECK(valid.train == std::vector<Row>{{0, 1}, {0, 2}, {1, 1}});
  CHECK(valid.valid == std::vector<Row>{{0, 3}, {1, 2}});
  CHECK(valid.test.empty());
  const Dataset test = files.prepare({"eval_args={split: {LS: test_only}}"});
  CHECK(test.valid.empty());
  CHECK(test.test == valid.valid);
}

TEST_CASE("ratio splits round as RecBole does") {
  std::string lines;
  for (int i = 0; i < 21; ++i) lines += "u i" + std::to_string(i) + " 1 " + std::to_string(i) + "\n";
  for (int i = 0; i < 4; ++i) lines += "v i" + std::to_string(i) + " 1 " + std::to_string(100 + i) + "\n";
  const DatasetFiles files(inter(lines));
  const Dataset user = files.prepare({"eval_args={split: {RS: [8, 1, 1]}, group_by: user}"});
  // u has 20 rows: 16, 2, 2. v has 3: fractions of a row become one, the last part's first.
  CHECK(user.train.size() == 16 + 1);
  CHECK(user.valid.size() == 2 + 1);
  CHECK(user.test.size() == 2 + 1);
  CHECK(user.test.back() == Row{1, 3});
  const Dataset all = files.prepare({"eval_args={split: {RS: [8, 1, 1]}, group_by: none}"});
  // 23 rows in order of time: 19, 2, 2.
  CHECK(all.train.size() == 19);
  CHECK(all.valid == std::vector<Row>{{0, 20}, {1, 1}});
  CHECK(all.test == std::vector<Row>{{1, 2}, {1, 3}});
}

TEST_CASE("k-core filtering goes on to the fixed point") {
  // x has one click; without it u2 has one; without u2, b has one; u1, u3 and a, c remain.
  const DatasetFiles files(inter("u1 a 1 1\nu1 c 1 2\nu2 x 1 1\nu2 b 1 2\nu3 a 1 1\nu3 c 1 2\nu4 b 1 1\nu4 a 1 2\n"));
  const Dataset dataset = files.prepare({"user_inter_num_interval=[2,inf)", "item_inter_num_interval=[2,inf)"});
  CHECK(tokens_of(dataset.users) == "u1 u3");
  CHECK(tokens_of(dataset.items) == "a c");
  CHECK(dataset.rows_read == 8);
}

TEST_CASE("an upper bound drops who has more") {
  const Dataset dataset = DatasetFiles(kSmall).prepare({"user_inter_num_interval=[2,3]"});
  CHECK(tokens_of(dataset.users) == "u2");
}

TEST_CASE("val_interval keeps rows by value") {
  const DatasetFiles files(kSmall);
  CHECK(files.prepare({"val_interval={rating: \"[3,inf)\"}"}).interactions() == 6);
  CHECK(files.prepare({"val_interval={rating: [2, 4]}"}).interactions() == 5);
  CHECK(tokens_of(files.prepare({"val_interval={user_id: [u1, u2], rating: \"[1,5]\"}"}).users) == "u1 u2");
  CHECK(dataset_error(files, {"val_interval={rating: high}"}) ==
        "val_interval (--set), column 'rating': got 'high', expected an interval such as [5,inf) or (0,1];[3,4]");
  CHECK(dataset_error(files, {"val_interval={user_id: u1}"}) ==
        "val_interval (--set), column 'user_id': got \"u1\", expected a list of tokens");
  CHECK(dataset_error(files, {"val_interval={price: \"[1,2]\"}"}).find("'price' is none (see load_col)") !=
        std::string::npos);
}

TEST_CASE("rm_dup_inter keeps the first or last of equal pairs in order of time") {
  const DatasetFiles files(inter("u a 1 30\nu b 1 20\nu a 1 10\nu c 1 40\n"));
  CHECK(tokens_of(files.prepare(), 0) == "a b a c");
  CHECK(tokens_of(files.prepare({"rm_dup_inter=first"}), 0) == "a b c");
  CHECK(tokens_of(files.prepare({"rm_dup_inter=last"}), 0) == "b a c");
  // The sorting by time shows in the ids.
  CHECK(tokens_of(files.prepare({"rm_dup_inter=last"}).items) == "b a c");
}

TEST_CASE("rows without an id are dropped and counted") {
  const Dataset dataset = DatasetFiles(inter("u a 1 1\n b 1 2\nu  1 3\nu c 1 4\n")).prepare();
  CHECK(tokens_of(dataset, 0) == "a c");
  REQUIRE(dataset.report.filters.size() == 1);
  CHECK(dataset.report.filters[0].text.ends_with(
      "d.inter: 2 of 4 interactions dropped, which lack an id, such as user '', item 'b'"));
}

TEST_CASE("a missing time is the mean of the others") {
  const Dataset dataset = DatasetFiles(inter("u a 1 \nu b 1 10\nu c 1 30\n")).prepare();
  CHECK(tokens_of(dataset, 0) == "b a c");
}

TEST_CASE("times are exact, or rounded as RecBole rounds them") {
  // 64 seconds are one step of a float32 at 8.9e8, 256 nanoseconds one of a double at 1.7e18.
  const DatasetFiles seconds(inter("u a 1 890000010\nu b 1 890000005\nu c 1 890001000\n"));
  CHECK(tokens_of(seconds.prepare(), 0) == "b a c");
  CHECK(tokens_of(seconds.prepare({"compat=recbole"}), 0) == "a b c");
  CHECK(tokens_of(seconds.prepare({"compat=recbole", "time_precision=exact"}), 0) == "b a c");
  CHECK(tokens_of(seconds.prepare({"compat=recbole", "normalize_all=True"}), 0) == "b a c");
  const DatasetFiles nanoseconds(inter("u a 1 1700000000000000002\nu b 1 1700000000000000001\n"));
  CHECK(tokens_of(nanoseconds.prepare(), 0) == "b a");
}

TEST_CASE("labels come from a threshold or from their column") {
  const DatasetFiles files(kSmall);
  const Dataset dataset = files.prepare({"threshold={rating: 4}"});
  CHECK(dataset.labels == std::vector<float>{0, 0, 1, 1, 1, 0, 0, 1});
  CHECK(files.prepare().labels.empty());
  CHECK(dataset_error(files, {"threshold={rating: x}"}).find("one column with its number") != std::string::npos);
  CHECK(dataset_error(files, {"threshold={price: 3}"}).find("no column 'price' (threshold); columns: user_id") !=
        std::string::npos);
  CHECK(dataset_error(files, {"LABEL_FIELD=rating"}).find("column 'rating' (LABEL_FIELD) holds 5, expected 0 or 1") !=
        std::string::npos);
}

TEST_CASE("the label column is read where labels are what is evaluated or trained on") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\nu\ta\t1\t1\nu\tb\t0\t2\nu\tc\t1\t3\n");
  const auto labels = [&](std::vector<std::string> settings, bool needed) {
    return prepare(files.config(std::move(settings)), {.labels = needed}).labels.size();
  };
  CHECK(labels({}, false) == 0);
  CHECK(labels({"eval_args={mode: labeled}"}, false) == 3);
  CHECK(labels({"train_neg_sample_args=None"}, true) == 3);
  CHECK(labels({"train_neg_sample_args={distribution: uniform, sample_num: 1}"}, true) == 0);
}

TEST_CASE("the side files filter interactions and lengthen the vocabulary") {
  DatasetFiles files(kSmall);
  files.write("user", "user_id:token\tage:float\tjob:token\nu9\t30\tx\nu2\t\ty\nu1\t50\t\nu2\t99\tz\n");
  files.write("item", "item_id:token\tclass:token_seq\nz\tp\nb\tq r\na\tr\nc\t\nd\tp q\n");
  const Dataset dataset = files.prepare({"load_col=None"});
  CHECK(tokens_of(dataset.users) == "u1 u2 u9");  // u3 isn't in the file, u9 only there
  CHECK(tokens_of(dataset.items) == "a b c d z");
  CHECK(dataset.histories() == 2);

  const Feature* age = dataset.user_features.find("age");
  REQUIRE(age != nullptr);
  CHECK(age->numbers == std::vector<float>{40, 50, 40, 30});  // the mean where there is none, padding included
  const Feature* job = dataset.user_features.find("job");
  REQUIRE(job != nullptr);
  CHECK(tokens_of(*job->vocabulary) == "x y");
  CHECK(std::ranges::equal(job->ids.host(), std::vector{0, 0, 2, 1}));
  const Feature* classes = dataset.item_features.find("class");
  REQUIRE(classes != nullptr);
  CHECK(tokens_of(*classes->vocabulary) == "p q r");
  CHECK(std::ranges::equal(classes->rows.offsets(), std::vector{0, 0, 1, 3, 3, 5, 6}));
  CHECK(std::ranges::equal(classes->ids.host(), std::vector{3, 2, 3, 1, 2, 1}));
  CHECK(dataset.user_features.find("user_id") == nullptr);

  // What a model embeds: the float columns only if they are named.
  const auto names_of = [](const std::vector<Feature>& features) {
    std::string names;
    for (const Feature& feature : features) names += feature.name + " ";
    return names;
  };
  const std::vector<Feature> plain = model_features(dataset.user_features, files.config());
  CHECK(names_of(plain) == "job ");
  CHECK(plain[0].tokens == 3);
  CHECK(plain[0].rows.size() == dataset.n_users());
  const Config numerical = files.config({"numerical_features=[age, price]"});
  CHECK(names_of(model_features(dataset.user_features, numerical)) == "age job ");
  CHECK(model_features(dataset.item_features, numerical)[0].rows.length(2) == 2);

  // RecBole's names for parts of the files.
  CHECK(files.prepare().user_features.columns.empty());
  CHECK(files.prepare({"load_col={inter: '*', item: [item_id, class]}"}).item_features.columns.size() == 1);
  CHECK(files.prepare({"unload_col={user: [age]}"}).user_features.find("age") == nullptr);
  CHECK(files.prepare({"load_col=~", "unused_col={user: [age]}"}).user_features.columns.size() == 1);
  CHECK(files.prepare({"load_col=~", "filter_inter_by_user_or_item=False"}).histories() == 3);
  CHECK(files.prepare({"load_col=~", "normalize_all=True"}).user_features.find("age")->numbers ==
        std::vector<float>{0.5F, 1, 0.5F, 0});
  const Dataset cut = files.prepare({"load_col=~", "seq_len={class: 1}"});
  CHECK(cut.item_features.find("class")->rows.values() == 4);

  // A model's key names the column that it needs.
  const std::vector<Key> keys = {Key::text("attribute", "class", "Attribute")};
  const BatchNeeds needs{.item_column_key = "attribute"};
  CHECK(prepare(files.config({}, keys), needs).item_features.columns.size() == 1);
  CHECK(prepare(files.config({"load_col={inter: [user_id, item_id, timestamp]}"}, keys), needs)
            .item_features.columns.size() == 1);
  CHECK(message_of<DataError>([&] { prepare(files.config({"attribute=genre"}, keys), needs); }) ==
        files.path("item") + ": no column 'genre', which attribute asks for; columns: item_id, class");

  CHECK(item_titles(files.config(), dataset.items).empty());
  files.write("item", "item_id:token\tmovie_title:token_seq\na\tThe  First\nb\tSecond\n");
  const auto titles = item_titles(files.config(), dataset.items);
  CHECK(titles == std::vector<std::string>{"", "The First", "Second", "", "", ""});
}

TEST_CASE("k-core filtering drops side rows below the bound too") {
  DatasetFiles files(kSmall);
  files.write("item", "item_id:token\nz\na\nb\nc\nd\n");
  const std::vector<std::string> settings = {"load_col={inter: '*', item: '*'}", "item_inter_num_interval=[2,inf)"};
  CHECK(tokens_of(files.prepare(settings).items) == "a b c d");
}

TEST_CASE("aliases share the ids") {
  DatasetFiles files(kSmall);
  files.write("item", "item_id:token\tnext:token_seq\na\tc q\nb\t\nc\ta\nd\tq\n");
  const Dataset dataset = files.prepare({"load_col=~", "alias_of_item_id=[next]"});
  CHECK(tokens_of(dataset.items) == "a b c d q");
  CHECK(std::ranges::equal(dataset.item_features.find("next")->ids.host(), std::vector{3, 5, 1, 5}));
  CHECK(dataset_error(files, {"alias_of_item_id=[before]"}).find("'before' is none (see load_col)") !=
        std::string::npos);
  CHECK(dataset_error(files, {"alias_of_item_id=[rating]"}).find("has type float, expected token") !=
        std::string::npos);
  // A model's vocabularies have those ids already, whether the columns are there or not.
  const DatasetFiles alone(kSmall);
  const Config config = alone.config({"load_col=~", "alias_of_item_id=[next]"});
  CHECK(prepare(config, dataset.users, dataset.items).items_of == dataset.items_of);
}

TEST_CASE("benchmark_filename takes the rows as they are") {
  DatasetFiles files("x:token\n1\n");
  files.write("train.inter", "session_id:token\titem_id_list:token_seq\titem_id:token\ns1\ta b\tc\ns2\tb\td\n");
  files.write("test.inter", "session_id:token\titem_id_list:token_seq\titem_id:token\ns3\tc d e\ta\n");
  const std::vector<std::string> settings = {"benchmark_filename=[train, ~, test]", "USER_ID_FIELD=session_id",
                                             "alias_of_item_id=[item_id_list]"};
  const Dataset dataset = files.prepare(settings);
  CHECK(tokens_of(dataset.items) == "c d a b e");  // targets first, then the lists
  CHECK(tokens_of(dataset.users) == "s1 s2 s3");
  CHECK(dataset.train == std::vector<Row>{{0, 2}, {1, 1}});
  CHECK(dataset.valid.empty());
  CHECK(dataset.test == std::vector<Row>{{2, 3}});
  CHECK(tokens_of(dataset, 2) == "c d e a");
  CHECK(dataset.presplit);

  CHECK(dataset_error(files, {"benchmark_filename=[train]"}).find("expected three names [train, valid, test]") !=
        std::string::npos);
  CHECK(dataset_error(files, {"benchmark_filename=[train, valid, test]", "USER_ID_FIELD=session_id"})
            .find(files.path("valid.inter")) != std::string::npos);
  files.write("test.inter", "session_id:token\titem_id_list:token_seq\titem_id:token\ns3\tc d e\t\n");
  CHECK(dataset_error(files, settings).find("test.inter: data row 1 has no item") != std::string::npos);
}

TEST_CASE("benchmark_valid_ratio holds out the last training rows") {
  DatasetFiles files("x:token\n1\n");
  std::string rows = "session_id:token\titem_id_list:token_seq\titem_id:token\n";
  for (const char* row : {"s1\ta b\tc\n", "s1\ta\tb\n", "s2\tb\td\n", "s3\tc\ta\n", "s4\td\ta\n"}) rows += row;
  files.write("train.inter", rows);
  files.write("test.inter", rows);
  const auto settings = [](const char* ratio, const char* valid = "~") {
    return std::vector<std::string>{concat("benchmark_filename=[train, ", valid, ", test]"), "USER_ID_FIELD=session_id",
                                    concat("benchmark_valid_ratio=", ratio)};
  };
  const Dataset dataset = files.prepare(settings("0.4"));
  CHECK(dataset.train == std::vector<Row>{{0, 2}, {1, 1}, {2, 1}});
  CHECK(dataset.valid == std::vector<Row>{{3, 1}, {4, 1}});
  CHECK(dataset.test.size() == 5);
  CHECK(files.prepare(settings("0.19")).valid.empty());
  CHECK(dataset_error(files, settings("1")) ==
        "benchmark_valid_ratio (--set): got 1, expected a number from 0 to below 1");
  CHECK(dataset_error(files, settings("-0.1")).find("expected a number from 0 to below 1") != std::string::npos);
  files.write("valid.inter", rows);
  CHECK(dataset_error(files, settings("0.1", "valid")) ==
        "benchmark_valid_ratio (--set): got 0.1, expected 0 without benchmark_filename, or where it names a validation "
        "file");
  CHECK(dataset_error(DatasetFiles(kSmall), {"benchmark_valid_ratio=0.1"})
            .find("expected 0 without benchmark_filename") != std::string::npos);
}

TEST_CASE("a model's vocabulary decides the ids, and unknown tokens are counted") {
  const Dataset first = DatasetFiles(kSmall).prepare();
  const DatasetFiles later(inter("u2 c 1 1\nu8 b 1 1\nu2 new 1 2\nu2 a 1 3\nu9 c 1 1\nu9 new 1 2\nu8 a 1 2\n"));
  const Dataset dataset = prepare(later.config(), first.users, first.items);
  CHECK(tokens_of(dataset.users) == "u1 u2 u3");
  CHECK(tokens_of(dataset.items) == "a b c d");
  REQUIRE(dataset.histories() == 3);
  CHECK(dataset.history_users == std::vector<std::int32_t>{2, 0, 0});
  CHECK(tokens_of(dataset, 0) == "c a");
  CHECK(tokens_of(dataset, 1) == "b a");
  CHECK(tokens_of(dataset, 2) == "c");
  CHECK(dataset.unknown_users == 2);
  CHECK(dataset.unknown_items == 1);
  CHECK(dataset.report.lines() ==
        std::vector<std::string>{"2 users are unknown to the model",
                                 "1 item is unknown to the model; interactions with unknown items are left out"});
}

TEST_CASE("what occurs more than 256 times is counted once") {
  const Dataset first = DatasetFiles(kSmall).prepare();
  std::string rows;
  for (int i = 0; i < 600; ++i) rows += "u8 new 1 " + std::to_string(i) + "\n";
  const Dataset dataset = prepare(DatasetFiles(inter(rows + "u2 a 1 1\n")).config(), first.users, first.items);
  CHECK(dataset.unknown_users == 1);
  CHECK(dataset.unknown_items == 1);

  // RecBole keeps the first row of an item.
  DatasetFiles files(kSmall);
  std::string items = "item_id:token\tclass:token\na\tx\nb\tx\nc\tx\nd\tx\n";
  for (int i = 0; i < 600; ++i) items += "a\ty\n";
  files.write("item", items);
  CHECK(tokens_of(*files.prepare({"load_col=~"}).item_features.find("class")->vocabulary) == "x");
}

TEST_CASE("tokens that are not UTF-8 go through") {
  const Dataset dataset = DatasetFiles(inter("\xFF a\xFE 1 1\n\xFF b 1 2\n")).prepare();
  CHECK(dataset.users.token(1) == "\xFF");
  CHECK(dataset.items.token(1) == "a\xFE");
}

TEST_CASE("what is missing is named with its file and key") {
  const DatasetFiles files(kSmall);
  CHECK(dataset_error(files, {"USER_ID_FIELD=uid"}) ==
        files.path("inter") + ": no column 'uid' (USER_ID_FIELD); columns: user_id, item_id, rating, timestamp");
  CHECK(dataset_error(files, {"ITEM_ID_FIELD=iid"}).find("no column 'iid' (ITEM_ID_FIELD); columns: ") !=
        std::string::npos);
  CHECK(dataset_error(files, {"TIME_FIELD=when"}).find("no column 'when' (TIME_FIELD); columns: ") !=
        std::string::npos);
  CHECK(dataset_error(files, {"USER_ID_FIELD=rating"})
            .find("column 'rating' (USER_ID_FIELD) has type float, expected token") != std::string::npos);
  CHECK(
      dataset_error(files, {"load_col={inter: [user_id, genre]}"}).find("no column 'genre', which load_col asks for") !=
      std::string::npos);
  CHECK(dataset_error(files, {"load_col={item: [class]}"}).find(files.path("item")) != std::string::npos);
  CHECK(dataset_error(files, {"load_col=some"}).find("expected auto, ~ (all columns) or a map") != std::string::npos);
  CHECK(message_of<ConfigError>([] { prepare(Config()); }) == "dataset: no name given");
  ConfigInput absent;
  absent.settings = {"dataset=none", "data_path=/nowhere"};
  CHECK(message_of<IoError>([&] { prepare(Config(absent)); }).find("/nowhere/none/none.inter") != std::string::npos);
}

TEST_CASE("filters that leave nothing are named") {
  DatasetFiles files(kSmall);
  CHECK(dataset_error(files, {"user_inter_num_interval=[50,inf)"}) ==
        files.path("inter") +
            ": no interaction is left after user_inter_num_interval = [50,inf) "
            "(8 interactions read, 8 before it)");
  CHECK(
      dataset_error(files, {"val_interval={rating: \"[9,inf)\"}"}).find("no interaction is left after val_interval") !=
      std::string::npos);
  files.write("item", "item_id:token\nz\n");
  CHECK(dataset_error(files, {"load_col=~"}).find("no interaction is left after filter_inter_by_user_or_item") !=
        std::string::npos);
  const DatasetFiles single(inter("u a 1 1\nv b 1 1\n"));
  CHECK(dataset_error(single) ==
        single.path("inter") +
            ": no training row: every user has a single interaction, or eval_args.split leaves none to train on");
}

TEST_CASE("item_counts counts targets") {
  const Dataset dataset = DatasetFiles(kSmall).prepare();
  CHECK(item_counts(dataset, dataset.test) == std::vector<std::int64_t>{0, 0, 0, 1, 1});
}

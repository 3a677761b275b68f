// A dataset that was prepared is the one of the atomic files, and a file that isn't sound is refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <zlib.h>

#include "core/parallel.h"
#include "core/random.h"
#include "core/safetensors.h"
#include "core/spill.h"
#include "data/prepared_file.h"
#include "data/raw.h"
#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

constexpr const char* kInterFile =
    "user_id:token\titem_id:token\trating:float\tlabel:float\ttimestamp:float\n"
    "u2\tb\t5\t1\t30\nu1\ta\t4\t0\t10\nu1\tb\t3\t1\t5\nu2\ta\t2\t1\t20\nu1\tc\t1\t1\t20\nu3\td\t5\t0\t10\nu1\td\t4\t1\t"
    "40\n"
    "u2\tc\t3\t1\t30\nu3\ta\t1\t1\t\nu2\td\t5\t1\t50\n";

struct Clicks : DatasetFiles {
  Clicks() : DatasetFiles(kInterFile) {
    write("item",
          "item_id:token\ttitle:token_seq\tclass:token\tprice:float\ttags:token_seq\n"
          "a\tA b\tx\t1\tp q\nb\tB\ty\t\t\nc\t\tx\t3\tq\nd\tD\t\t4\tr\ne\tE\tz\t5\tp\n");
    write("user", "user_id:token\tage:float\nu1\t30\nu2\t\nu3\t50\n");
  }
};

/// Files split beforehand, in both layouts.
struct Parts : DatasetFiles {
  Parts() : DatasetFiles("x:token\n1\n") {
    const std::string header = "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\n";
    write("train.inter", header + "u\tb\t1\t20\nv\ta\t1\t5\nu\ta\t1\t10\nv\tc\t0\t6\n");
    write("test.inter", header + "u\td\t0\t40\nv\tb\t1\t7\n");
  }
};
struct Lists : DatasetFiles {
  Lists() : DatasetFiles("x:token\n1\n") {
    const std::string header = "user_id:token\titem_id:token\titem_id_list:token_seq\tlabel:float\n";
    write("train.inter", header + "u\tb\ta\t1\nu\tc\ta b\t0\nv\tb\t\t1\nu\td\tb c\t1\n");
    write("test.inter", header + "u\te\ta b c\t1\nw\ta\tnever c\t1\n");
  }
};

std::filesystem::path prepare_into(const std::filesystem::path& folder, const Config& config, BatchNeeds needs = {}) {
  Prepared prepared = prepare_files(config, needs);
  prepared.titles = std::make_shared<const std::vector<std::string>>(item_titles(config, prepared.items));
  return save_prepared(prepared, config, needs, folder);
}

Config elsewhere(const Config& config, const std::filesystem::path& folder) {
  return config.with({{"data_path", folder.string(), "--data-path"}});
}

void check_same(const Vocabulary& a, const Vocabulary& b) { CHECK(tokens_of(a) == tokens_of(b)); }

void check_same(const FeatureTable& a, const FeatureTable& b) {
  REQUIRE(a.columns.size() == b.columns.size());
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    const Feature &x = a.columns[i], &y = b.columns[i];
    CHECK(x.name == y.name);
    CHECK(x.type == y.type);
    CHECK(x.tokens == y.tokens);
    CHECK(std::ranges::equal(x.rows.offsets(), y.rows.offsets()));
    CHECK(std::ranges::equal(x.ids.host(), y.ids.host()));
    CHECK(x.numbers == y.numbers);
    REQUIRE((x.vocabulary == nullptr) == (y.vocabulary == nullptr));
    if (x.vocabulary) check_same(*x.vocabulary, *y.vocabulary);
  }
}

void check_same(const Dataset& a, const Dataset& b) {
  CHECK(a.name == b.name);
  check_same(a.users, b.users);
  check_same(a.items, b.items);
  CHECK(a.history_users == b.history_users);
  CHECK(a.offsets == b.offsets);
  CHECK(a.items_of == b.items_of);
  CHECK(a.labels == b.labels);
  CHECK(a.train == b.train);
  CHECK(a.valid == b.valid);
  CHECK(a.test == b.test);
  CHECK(a.by_last_training == b.by_last_training);
  CHECK(a.by_time == b.by_time);
  CHECK(a.presplit == b.presplit);
  CHECK(a.max_length == b.max_length);
  CHECK(a.rows_read == b.rows_read);
  CHECK(a.unknown_users == b.unknown_users);
  CHECK(a.unknown_items == b.unknown_items);
  CHECK(a.facts.earliest_test_target == b.facts.earliest_test_target);
  CHECK(a.facts.valid_point == b.facts.valid_point);
  CHECK(a.facts.test_point == b.facts.test_point);
  CHECK(a.facts.ticks_per_second == b.facts.ticks_per_second);
  CHECK(to_json(a.report).dump() == to_json(b.report).dump());
  check_same(a.user_features, b.user_features);
  check_same(a.item_features, b.item_features);
}

/// From the files and from what is prepared of them: as for training, and as for a model with other vocabularies.
void check_prepared(const DatasetFiles& files, const std::vector<std::string>& settings, const BatchNeeds& needs = {}) {
  CAPTURE(concat(settings.empty() ? "" : settings[0]));
  const TempFolder folder;
  const Config config = files.config(settings), other = elsewhere(config, folder.path());
  prepare_into(folder.path(), config, needs);
  const Dataset dataset = prepare(config, needs), mapped = prepare(other, needs);
  check_same(dataset, mapped);
  CHECK(item_titles(config, dataset) == item_titles(other, mapped));

  Vocabulary users, items;
  users.add("v");
  for (const char* token : {"u2", "x", "u1"}) users.add(token);
  for (const char* token : {"d", "a", "b", "y"}) items.add(token);
  const Dataset renumbered = prepare(other, users, items, needs);
  check_same(prepare(config, users, items, needs), renumbered);
  CHECK(item_titles(config, renumbered) == item_titles(config, items));
  check_same(prepare(config, dataset.users, dataset.items, needs), prepare(other, mapped.users, mapped.items, needs));
}

/// A prepared file of the clicks, and what may be wrong with it.
struct Kept {
  Kept() : config(files.config({"load_col=~"})) { path = prepare_into(folder.path(), config); }

  Config mapped() const { return elsewhere(config, folder.path()); }
  std::string error() const {
    return message_of([&] { prepare(mapped()); });
  }
  /// The error of the file with a tensor or an entry of the metadata replaced, its checksums right.
  std::string error_with(const std::string& name, const Tensor& tensor, const std::string& key = "",
                         const std::string& value = "") const {
    const std::string before = read_text(path);
    {
      const SafetensorsReader reader(path);
      SafetensorsWriter writer;
      for (const auto& [own, text] : reader.metadata()) writer.add_metadata(own, own == key ? value : text);
      for (const std::string& own : reader.names()) writer.add(own, own == name ? tensor : reader.get(own));
      writer.write(path);
    }
    const std::string text = error();
    write_text(path, before);
    CHECK_MESSAGE(text.starts_with(path.string() + ": "), text);
    return text.size() < path.string().size() + 2 ? text : text.substr(path.string().size() + 2);
  }
  template <class T>
  std::string error_with(const std::string& name, std::vector<T> values) const {
    return error_with(name, Tensor::from(values, {std::ssize(values)}));
  }
  std::string error_with_metadata(const std::string& key, const std::string& value) const {
    return error_with("", {}, key, value);
  }

  Clicks files;
  Config config;
  TempFolder folder;
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("what was prepared is read as the atomic files are") {
  const Clicks files;
  check_prepared(files, {});
  check_prepared(files, {"load_col=~", "numerical_features=[price, age]", "normalize_all=True"});
  check_prepared(files, {"threshold={rating: 3}", "rm_dup_inter=last"});
  check_prepared(files, {"user_inter_num_interval=[3,inf)", "val_interval={rating: \"[2,inf)\"}"});
  check_prepared(files, {"eval_args={split: {RS: [0.6, 0.2, 0.2]}, group_by: null}"});
  check_prepared(files, {"eval_args={split: {GTS: 25}}", "val_interval={timestamp: \"[0,100]\"}"});
  check_prepared(files, {"compat=recbole"});
  check_prepared(files, {"train_neg_sample_args=~"}, {.labels = true});
  check_prepared(Parts(), {"benchmark_filename=[train, ~, test]"});
  check_prepared(Lists(), {"benchmark_filename=[train, ~, test]", "benchmark_valid_ratio=0.4"});
}

TEST_CASE("labels are errors for those alone who want them, now or when the file is read") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\tlabel:float\ttimestamp:float\nu\ta\t2\t1\nu\tb\t0\t2\nu\tc\t1\t3\nu\td\t1\t4\n");
  const TempFolder folder;
  const Config config = files.config({"train_neg_sample_args=~"});
  prepare_into(folder.path(), config);
  CHECK(prepare(elsewhere(config, folder.path())).labels.empty());
  const std::string error = message_of<DataError>([&] { prepare(elsewhere(config, folder.path()), {.labels = true}); });
  CHECK(error == message_of<DataError>([&] { prepare(config, {.labels = true}); }));
  CHECK(error ==
        files.path("inter") +
            ": column 'label' (LABEL_FIELD) holds 2, expected 0 or 1 (threshold makes labels from another column)");
}

TEST_CASE("lists have labels in all files or in none, which is an error for those alone who want them") {
  Lists files;
  const Config config = files.config({"benchmark_filename=[train, ~, test]", "train_neg_sample_args=~"});
  const auto check = [&](const std::string& expected) {
    check_prepared(files, {"benchmark_filename=[train, ~, test]", "train_neg_sample_args=~"});
    const TempFolder folder;
    prepare_into(folder.path(), config);
    for (const Config& read : {config, elsewhere(config, folder.path())}) {
      CHECK(prepare(read).labels.empty());
      CHECK(message_of<DataError>([&] { prepare(read, {.labels = true}); }) == expected);
    }
  };
  const std::string train = read_text(files.path("train.inter"));
  files.write("test.inter", "user_id:token\titem_id:token\titem_id_list:token_seq\nu\te\ta b c\nw\ta\tnever c\n");
  check(files.path("test.inter") + ": no column 'label' (LABEL_FIELD), which " + files.path("train.inter") +
        " has; columns: user_id, item_id, item_id_list");
  files.write("train.inter", read_text(files.path("test.inter")));
  files.write("test.inter", train);
  check(files.path("train.inter") + ": no column 'label' (LABEL_FIELD), which " + files.path("test.inter") +
        " has; columns: user_id, item_id, item_id_list");
  files.write("train.inter", train);
  files.write("test.inter", "user_id:token\titem_id:token\titem_id_list:token_seq\tlabel:float\nu\te\ta\t0.5\n");
  check(files.path("test.inter") +
        ": column 'label' (LABEL_FIELD) holds 0.5, expected 0 or 1 (threshold makes labels " + "from another column)");
}

TEST_CASE("what doesn't fit together is not written") {
  const Lists files;
  const Config config = files.config({"benchmark_filename=[train, ~, test]"});
  const TempFolder folder;
  Prepared prepared = prepare_files(config, {});
  prepared.labels = std::vector<float>{1};
  CHECK(message_of<UsageError>([&] { save_prepared(prepared, config, {}, folder.path()); }) ==
        concat("[save_prepared] expected ", prepared.items_of.size(), " labels, got 1"));
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("tokens that have ids take no memory any more") {
  const Clicks files;
  const Raw raw = read_raw(files.config(), {});
  for (const char* field : {"user_id", "item_id"}) CHECK(raw.inter[0].find(field)->tokens.capacity() == 0);
}

TEST_CASE("titles of a gzipped file are read") {
  Clicks files;
  const Config config = files.config();
  const Dataset dataset = prepare(config);
  const std::vector<std::string> titles = item_titles(config, dataset.items);
  CHECK(titles[*dataset.items.find("a")] == "A b");
  const std::string text = read_text(files.path("item"));
  const gzFile file = ::gzopen(files.path("item.gz").c_str(), "wb");
  REQUIRE(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())) > 0);
  ::gzclose(file);
  remove_file(files.path("item"));
  CHECK(item_titles(config, dataset.items) == titles);
}

TEST_CASE("the file is the same whatever the number of threads, and prepared data are not read to prepare") {
  const Kept kept;
  const std::string before = read_text(kept.path);
  CHECK(read_text(prepare_into(kept.folder.path(), kept.config)) == before);
}

TEST_CASE("keys that are settled may not differ: both values are named") {
  const Kept kept;
  const auto error = [&](std::vector<ConfigInput::Option> options, const BatchNeeds& needs = {}) {
    const std::string text = message_of<ConfigError>([&] { prepare(kept.mapped().with(options), needs); });
    return text.empty() ? text : text.substr(kept.path.string().size());
  };
  CHECK(error({{"rm_dup_inter", "first", "--set"}}) ==
        " was prepared under other settings: rm_dup_inter (--set) is \"first\", was null; seqrec data --prepare makes "
        "it anew");
  CHECK(error({{"user_inter_num_interval", "[5,inf)", "a.yaml:3"}, {"load_col", "auto", "--set"}}) ==
        " was prepared under other settings: load_col (--set) is \"auto\", was null; user_inter_num_interval "
        "(a.yaml:3) is \"[5,inf)\", was \"[0,inf)\"; seqrec data --prepare makes it anew");
  CHECK(error({{"MAX_ITEM_LIST_LENGTH", 3, "--set"}, {"seed", 1, "--set"}}).empty());
}

TEST_CASE("columns of the items that a model learns from are settled too") {
  const Clicks files;
  const std::vector<Key> keys = {Key::texts("item_attribute", "class", "")};
  const Config config = files.config({}, keys);
  const BatchNeeds needs{.item_column_key = "item_attribute"};
  const TempFolder plain, of_model;
  prepare_into(plain.path(), config);
  prepare_into(of_model.path(), config, needs);
  check_same(prepare(elsewhere(config, of_model.path()), needs), prepare(config, needs));
  const std::string error = message_of<ConfigError>([&] { prepare(elsewhere(config, plain.path()), needs); });
  CHECK_MESSAGE(
      error.find("the items' columns that the model learns from are [\"class\"], were [] (--model)") != error.npos,
      error);
}

TEST_CASE("nothing but the keys that are settled is asked for to prepare") {
  std::vector<std::string> known{"dataset", "data_path", "preload_weight"};
  known.insert(known.end(), settled_keys().begin(), settled_keys().end());
  // Whether labels are loaded follows from these, and nothing from that.
  known.insert(known.end(), {"train_neg_sample_args", "eval_args"});
  const auto check = [&](const Config& config) {
    const auto reads = std::make_shared<ConfigReads>();
    prepare_files(config.watched(reads), {});
    for (const std::string& key : reads->keys()) CHECK_MESSAGE(std::ranges::find(known, key) != known.end(), key);
  };
  check(Clicks().config());
  check(Lists().config({"benchmark_filename=[train, ~, test]"}));
}

TEST_CASE("an atomic file beside it that is another one is told") {
  const Kept kept;
  write_text(kept.folder / "d/d.inter", "short");
  CHECK(kept.error() == concat((kept.folder / "d/d.inter").string(), " has 5 bytes, but had ",
                               std::string(kInterFile).size(),
                               " when d.prepared.safetensors was made of it; seqrec data --prepare makes it anew"));
  write_text(kept.folder / "d/d.inter", kInterFile);
  CHECK(kept.error().empty());
}

TEST_CASE("an atomic file that came later is told") {
  const Kept kept;
  write_text(kept.folder / "d/d.inter.gz", kInterFile);
  CHECK(kept.error() ==
        (kept.folder / "d/d.inter.gz").string() +
            " is none of the files that d.prepared.safetensors was made of; seqrec data --prepare makes "
            "it anew");
  write_text(kept.folder / "d/d.inter", kInterFile);  // read in place of the other
  CHECK(kept.error().empty());

  const DatasetFiles files(kInterFile);
  const TempFolder folder;
  const Config config = files.config();
  prepare_into(folder.path(), config);
  CHECK(prepare(elsewhere(config, folder.path())).n_items() > 1);
  write_text(folder / "d/d.item", "item_id:token\na\n");
  CHECK(message_of<DataError>([&] {
          prepare(elsewhere(config, folder.path()));
        }).starts_with((folder / "d/d.item").string() + " is none of the files that d.prepared.safetensors"));
}

TEST_CASE("damage and truncation are told, with the file") {
  const Kept kept;
  const std::string whole = read_text(kept.path);
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    write_text(kept.path, whole.substr(0, size));
    const std::string error = message_of<FormatError>([&] { prepare(kept.mapped()); });
    CHECK_MESSAGE(error.starts_with(kept.path.string() + ": "), error);
  }
  for (std::size_t at = 0; at < whole.size(); at += 17) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_text(kept.path, damaged);
    const std::string error = message_of<FormatError>([&] { prepare(kept.mapped()); });
    CHECK_MESSAGE(error.starts_with(kept.path.string() + ": "), error);
  }
  std::filesystem::remove(kept.path);
  std::filesystem::create_directory(kept.path);
  CHECK(kept.error().starts_with("can't read " + kept.path.string()));
}

TEST_CASE("files of another kind or version are refused, and numbers that don't fit together") {
  const Kept kept;
  CHECK(kept.error_with_metadata("format", "seqrec.model") ==
        "is no prepared data of seqrec: its format is \"seqrec.model\", expected \"seqrec.prepared\"");
  CHECK(kept.error_with_metadata("format_version", "2") ==
        "has format_version 2, expected 1; seqrec data --prepare makes it anew");
  CHECK(kept.error_with_metadata("settled", "[]") == "metadata \"settled\" must be a map, it is a list");
  CHECK_FALSE(kept.error_with_metadata("about", "{}").empty());
  CHECK_FALSE(kept.error_with_metadata("report", "{}").empty());
  CHECK_FALSE(kept.error_with_metadata("features", "{}").empty());

  using Ids = std::vector<std::int32_t>;
  using Offsets = std::vector<std::int64_t>;
  CHECK(kept.error_with("history.users", Ids{1, 3, 2}) ==
        "history.users: number 2 is 2, expected an id from 1 to 3, above the one before");
  CHECK(kept.error_with("history.users", Ids{0, 1, 2}).starts_with("history.users: number 0 is 0"));
  CHECK(kept.error_with("history.users", Ids{1, 2, 4}).starts_with("history.users: number 2 is 4"));
  CHECK(kept.error_with("history.users", Ids{1, 2}) == "tensor \"history.offsets\": expected shape (3), got (4)");
  CHECK(kept.error_with("history.items", Ids{1, 2, 3, 4, 1, 2, 3, 4, 1, 6}) ==
        "history.items: number 9 is 6, expected an id from 1 to 5");
  CHECK(
      kept.error_with("history.items", Ids{1, 2, 3, 0, 1, 2, 3, 4, 1, 1}).starts_with("history.items: number 3 is 0"));
  CHECK(kept.error_with("history.items", Ids{}).starts_with("tensor \"history.times\": expected shape (0)"));
  CHECK(kept.error_with("history.offsets", Offsets{0, 4, 8, 11}) ==
        "history.offsets: expected them to rise from 0 to 10");
  CHECK(kept.error_with("history.offsets", Offsets{1, 4, 8, 10}) ==
        "history.offsets: expected them to rise from 0 to 10");
  CHECK(kept.error_with("history.offsets", Offsets{0, 4, 4, 10}).starts_with("history.offsets: number 2 is 4"));
  CHECK(kept.error_with("history.offsets", Offsets{0, 12, 11, 10}).starts_with("history.offsets: number 1 is 12"));
  CHECK(kept.error_with("history.offsets", Offsets{0, -4, 8, 10}).starts_with("history.offsets: number 1 is -4"));
  CHECK(kept.error_with("history.times", Offsets{3, 2, 1, 0, 0, 0, 0, 0, 0, 0}) ==
        "history.times: those of history 0 fall");
  CHECK(kept.error_with("history.times", Offsets(10, 0x7FF0000000000000)).ends_with(", expected a finite time"));
  CHECK(kept.error_with("history.labels", std::vector<float>{1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5F}) ==
        "history.labels: number 9 is 0.5, expected 0 or 1");
  CHECK_FALSE(kept.error_with("feature.0", Ids{9, 9, 9, 9, 9, 9}).empty());
}

namespace {

/// Some thousand clicks, in no order, with equal and missing times.
struct ManyClicks : DatasetFiles {
  ManyClicks() : DatasetFiles(text()) {
    std::string items = "item_id:token\tclass:token_seq\n";
    for (int i = 0; i < 290; ++i) items += concat("i", i, "\tc", i % 7, " d", i % 3, "\n");
    write("item", items);
  }
  static std::string text() {
    std::string text = "user_id:token\titem_id:token\trating:float\tlabel:float\ttimestamp:float\n";
    Random random({5, 6}, 0);
    for (int i = 0; i < 40'000; ++i) {
      const std::string time = i % 500 == 17 ? "" : concat(random.below(5000), i % 1000 == 3 ? ".5" : "");
      text += concat("u", random.below(900), "\ti", random.below(300), "\t", 1 + random.below(5), "\t", random.below(2),
                     "\t", time, "\n");
    }
    return text;
  }
};

}  // namespace

TEST_CASE("sorted on the disk in little memory, the file has the same bytes, on any number of threads") {
  const ManyClicks files;
  const int before = num_threads();
  for (const std::vector<std::string>& settings : std::vector<std::vector<std::string>>{
           {},
           {"load_col=~", "item_inter_num_interval=[110,inf)", "user_inter_num_interval=[30,inf)"},
           {"threshold={rating: 3}", "rm_dup_inter=first", "time_precision=float32"},
           {"load_col=~", "val_interval={rating: \"[2,inf)\", item_id: [i1, i2, i3, i4, i5]}"}}) {
    const TempFolder folder;
    const Config config = files.config(settings);
    const std::filesystem::path path = prepare_into(folder.path(), config);
    const std::string expected = read_text(path);
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      std::filesystem::remove(path);
      const SpillScope scope(folder.path(), 100'000);
      prepare_into(folder.path(), config);
      CHECK(read_text(path) == expected);
      CHECK(files_in(folder.path()).size() == 1);
    }
    set_num_threads(before);
    check_same(prepare(config), prepare(elsewhere(config, folder.path())));
  }
}

TEST_CASE("files split beforehand are sorted on the disk too") {
  const Parts files;
  const TempFolder folder;
  const Config config = files.config({"benchmark_filename=[train, ~, test]"});
  const std::string expected = read_text(prepare_into(folder.path(), config));
  const SpillScope scope(folder.path(), 1);
  CHECK(read_text(prepare_into(folder.path(), config)) == expected);
}

namespace {

/// Whether memory is that of a mapped file.
bool is_of_a_file(const void* memory) {
  std::istringstream maps(read_text("/proc/self/maps"));
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t begin = 0, end = 0;
    std::string permissions, offset, device;
    std::int64_t inode = 0;
    words >> std::hex >> begin;
    words.ignore(1);
    words >> end >> permissions >> offset >> device >> std::dec >> inode;
    if (begin <= address && address < end) return inode != 0;
  }
  return false;
}

}  // namespace

TEST_CASE("lists too are kept on the disk in little memory") {
  std::string text = "user_id:token\titem_id:token\titem_id_list:token_seq\n", list;
  for (int i = 0; i < 100; ++i) list += concat(i == 0 ? "" : " ", i % 7);
  for (int row = 0; row < 11'000; ++row) text += concat("u", row % 10, "\t", row % 7, "\t", list, "\n");
  DatasetFiles files("x:token\n1\n");
  files.write("train.inter", text);
  const Config config = files.config({"benchmark_filename=[train, ~, ~]"});
  const TempFolder folder;
  const Prepared in_memory = prepare_files(config, {});
  CHECK_FALSE(is_of_a_file(in_memory.items_of.data()));
  const SpillScope scope(folder.path(), 1 << 20);
  const Prepared on_disk = prepare_files(config, {});
  CHECK(is_of_a_file(on_disk.items_of.data()));
  CHECK(on_disk.items_of == in_memory.items_of);
  CHECK(on_disk.offsets == in_memory.offsets);
}

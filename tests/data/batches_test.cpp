#include "data/batches.h"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

/// Users u0, u1, ... with histories of the lengths given; item tokens tell user and place.
DatasetFiles files_of(const std::vector<int>& lengths) {
  std::string text = "user_id:token\titem_id:token\ttimestamp:float\n";
  for (std::size_t u = 0; u < lengths.size(); ++u)
    for (int i = 0; i < lengths[u]; ++i) text += concat("u", u, "\tu", u, "i", i, "\t", i, "\n");
  return DatasetFiles(text);
}

Key bpr() { return Key::choice("loss_type", "BPR", {"CE", "BPR"}, "Loss"); }

/// The items of window r, newest last.
std::vector<std::int32_t> window(const Batch& batch, std::int64_t r) {
  const auto items = batch.items.host();
  return {items.begin() + batch.windows.begin()[r], items.begin() + batch.windows.end()[r]};
}

/// Every row of a batch is a row of the dataset with its window, target and user; returns the rows found.
std::vector<Row> check_rows(const Dataset& dataset, const Batch& batch) {
  std::map<std::int32_t, Row> row_of;  // by target: items are unique here
  for (const Split split : {Split::Train, Split::Valid, Split::Test})
    for (const Row row : dataset.rows(split)) row_of[dataset.target(row)] = row;
  std::vector<Row> rows;
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    const Row row = row_of.at(batch.targets[r]);
    rows.push_back(row);
    const auto before = dataset.before(row);
    const auto cut = before.last(std::min<std::size_t>(before.size(), dataset.max_length));
    CHECK(window(batch, r) == std::vector<std::int32_t>(cut.begin(), cut.end()));
    CHECK(batch.users[r] == dataset.user(row));
    for (std::int32_t v = batch.windows.begin()[r]; v < batch.windows.end()[r]; ++v)
      CHECK(batch.value_users[v] == batch.users[r]);
  }
  return rows;
}

std::set<std::int32_t> targets_of(const Dataset& dataset, Split split) {
  std::set<std::int32_t> out;
  for (const Row row : dataset.rows(split)) out.insert(dataset.target(row));
  return out;
}

bool same(const Batch& a, const Batch& b) {
  const auto equal = [](const Index& x, const Index& y) { return std::ranges::equal(x.host(), y.host()); };
  return equal(a.items, b.items) && equal(a.value_users, b.value_users) && equal(a.users, b.users) &&
         equal(a.targets, b.targets) && equal(a.negatives, b.negatives) && a.labels == b.labels &&
         std::ranges::equal(a.windows.begin(), b.windows.begin()) &&
         std::ranges::equal(a.windows.end(), b.windows.end());
}

}  // namespace

TEST_CASE("windows share values where they overlap or touch, and only what they cover is there") {
  const Dataset dataset = files_of({12, 5}).prepare({"MAX_ITEM_LIST_LENGTH=3"});
  const auto rows_at = [](std::int32_t history, std::vector<std::int32_t> positions) {
    std::vector<Row> rows;
    for (const std::int32_t position : positions) rows.push_back({history, position});
    return rows;
  };
  // [0,2) and [1,4) overlap; [1,4) and [4,7) touch; [8,11) stands apart.
  const Batch batch = make_batch(dataset, rows_at(0, {11, 2, 7, 4}));
  check_rows(dataset, batch);
  CHECK(batch.items.size() == 7 + 3);
  CHECK(batch.windows.begin()[0] == 7);
  CHECK(batch.windows.begin()[1] == 0);
  CHECK(batch.windows.end()[1] == 2);

  // A repeated row, and rows of two histories in any order.
  std::vector<Row> rows = rows_at(1, {3, 1, 3});
  rows.push_back({0, 1});
  const Batch mixed = make_batch(dataset, rows);
  CHECK(check_rows(dataset, mixed) == rows);
  CHECK(mixed.items.size() == 3 + 1);

  const Batch empty = make_batch(dataset, {});
  CHECK(empty.rows() == 0);
  CHECK(empty.items.size() == 0);
}

TEST_CASE("an epoch of rows holds every training row once, in batches of the size asked for") {
  const DatasetFiles files = files_of({30, 20, 3, 50, 2});
  const Config config = files.config({"train_batch_size=16", "MAX_ITEM_LIST_LENGTH=8"});
  const Dataset dataset = prepare(config);
  const TrainBatches batches(dataset, config);
  const auto epoch = batches.epoch(1);
  CHECK(batches.batch_rows() == 16);
  CHECK(epoch.size() == (batches.rows() + 15) / 16);
  std::multiset<std::int32_t> seen;
  for (std::int64_t step = 0; step < epoch.size(); ++step) {
    const Batch batch = epoch.batch(step);
    CHECK(batch.rows() == epoch.rows(step));
    CHECK((batch.rows() == 16 || step + 1 == epoch.size()));
    CHECK(batch.negatives.size() == 0);
    check_rows(dataset, batch);
    seen.insert(batch.targets.host().begin(), batch.targets.host().end());
  }
  const auto targets = targets_of(dataset, Split::Train);
  CHECK(seen == std::multiset<std::int32_t>(targets.begin(), targets.end()));
}

TEST_CASE("a batch depends on seed, epoch and step alone") {
  const DatasetFiles files = files_of({30, 20, 40});
  const Config config = files.config({"train_batch_size=16"}, {bpr()});
  const Dataset dataset = prepare(config);
  const TrainBatches one(dataset, config), two(dataset, config);
  const Batch later = one.epoch(7).batch(2);
  for (std::int64_t e = 1; e <= 7; ++e) two.epoch(e).batch(0);
  CHECK(same(later, two.epoch(7).batch(2)));
  CHECK(!same(later, one.epoch(8).batch(2)));
  const TrainBatches other(dataset, files.config({"train_batch_size=16", "seed=1"}, {bpr()}));
  CHECK(!same(later, other.epoch(7).batch(2)));
  const TrainBatches plain(dataset, files.config({"train_batch_size=16", "shuffle=False"}, {bpr()}));
  CHECK(plain.epoch(7).batch(0).targets[0] == dataset.target(dataset.train[0]));
  CHECK(check_rows(dataset, plain.epoch(7).batch(1))[0] == dataset.train[16]);
}

TEST_CASE("an epoch of histories keeps them whole, and splits what is longer than a batch") {
  // Training rows: 27, 17, 7, 2, 37 (two rows of each are left out).
  const DatasetFiles files = files_of({30, 20, 10, 5, 40});
  const Config config = files.config({"train_batch_size=20", "batching=histories", "MAX_ITEM_LIST_LENGTH=4"});
  const Dataset dataset = prepare(config);
  const TrainBatches batches(dataset, config);
  std::set<std::vector<std::int64_t>> orders;
  for (std::int64_t e = 1; e <= 5; ++e) {
    const auto epoch = batches.epoch(e);
    std::map<std::int32_t, std::set<std::int64_t>> steps_of;  // of each history
    std::multiset<std::int32_t> seen;
    std::vector<std::int64_t> sizes;
    for (std::int64_t step = 0; step < epoch.size(); ++step) {
      const Batch batch = epoch.batch(step);
      CHECK(batch.rows() <= 20);
      CHECK(batch.rows() > 0);
      sizes.push_back(batch.rows());
      for (const Row row : check_rows(dataset, batch)) steps_of[row.history].insert(step);
      seen.insert(batch.targets.host().begin(), batch.targets.host().end());
    }
    orders.insert(sizes);
    CHECK(seen.size() == dataset.train.size());
    CHECK(std::set<std::int32_t>(seen.begin(), seen.end()).size() == dataset.train.size());
    CHECK(steps_of[0].size() == 2);
    CHECK(steps_of[1].size() == 1);
    CHECK(steps_of[2].size() == 1);
    CHECK(steps_of[3].size() == 1);
    CHECK(steps_of[4].size() == 2);
  }
  CHECK(orders.size() > 1);
}

TEST_CASE("shards hold a batch's rows in order, as evenly as can be, and no history in two of them") {
  // Training rows: 27, 17, 7, 2, 37 (two rows of each are left out).
  const DatasetFiles files = files_of({30, 20, 10, 5, 40});
  const Dataset dataset = files.prepare();
  for (const char* batching : {"batching=rows", "batching=histories"})
    for (const std::int64_t shards : {1, 2, 3, 8, 64}) {
      CAPTURE(batching);
      CAPTURE(shards);
      const Config config = files.config({"train_batch_size=40", batching, concat("shards=", shards)}, {bpr()});
      const TrainBatches batches(dataset, config);
      const auto cut = batches.epoch(2),
                 whole = TrainBatches(dataset, files.config({"train_batch_size=40", batching}, {bpr()})).epoch(2);
      CHECK(batches.shards() == shards);
      REQUIRE(cut.size() == whole.size());
      for (std::int64_t step = 0; step < cut.size(); ++step) {
        CHECK(cut.rows(step) == whole.rows(step));
        std::vector<std::int32_t> targets, negatives;
        std::map<std::int32_t, std::set<std::int64_t>> shards_of;  // of each history
        for (std::int64_t shard = 0; shard < shards; ++shard) {
          const Batch batch = cut.batch(step, shard);
          CHECK(batch.rows() == cut.rows(step, shard));
          targets.insert(targets.end(), batch.targets.host().begin(), batch.targets.host().end());
          negatives.insert(negatives.end(), batch.negatives.host().begin(), batch.negatives.host().end());
          for (const Row row : check_rows(dataset, batch)) shards_of[row.history].insert(shard);
          if (batching == std::string("batching=rows")) {
            CHECK(batch.rows() >= cut.rows(step) / shards);
            CHECK(batch.rows() <= (cut.rows(step) + shards - 1) / shards);
          }
        }
        CHECK(std::ranges::equal(targets, whole.batch(step).targets.host()));
        CHECK(std::ranges::equal(negatives, whole.batch(step).negatives.host()));
        if (batching == std::string("batching=histories"))
          for (const auto& [history, of] : shards_of) CHECK(of.size() == 1);
      }
    }
  // A batch of 27, 17, 7 and 2 rows. Even cuts would be at 13, which is nearer to 0 than to 27, at 26 and at 39.
  const Config plain = files.config({"train_batch_size=60", "batching=histories", "shuffle=False", "shards=4"});
  const auto epoch = TrainBatches(dataset, plain).epoch(0);
  const std::int64_t expected[] = {0, 27, 17, 9};
  for (std::int64_t shard = 0; shard < 4; ++shard) CHECK(epoch.rows(0, shard) == expected[shard]);
}

TEST_CASE("shards draw their shared negatives themselves") {
  const DatasetFiles files = files_of({30, 20, 40});
  const Dataset dataset = files.prepare();
  const Config config = files.config({"train_batch_size=32", "shards=2", "loss_type=sampled_softmax",
                                      "train_neg_sample_args={distribution: in_batch}"},
                                     {Key::choice("loss_type", "CE", {"CE", "sampled_softmax"}, "Loss")});
  const auto epoch = TrainBatches(dataset, config).epoch(0);
  for (std::int64_t shard : {0, 1}) {
    const Batch batch = epoch.batch(0, shard);
    const auto own = batch.targets.host();
    CHECK(std::ranges::equal(std::set<std::int32_t>(own.begin(), own.end()), batch.shared_negatives.items));
  }
}

TEST_CASE("negatives make a batch smaller, as in RecBole") {
  const DatasetFiles files = files_of({30, 20, 40});
  const Dataset dataset = files.prepare();
  const auto rows = [&](const char* args, bool pairwise) {
    return TrainBatches(dataset, files.config({"train_batch_size=16", args}), {.pairwise = pairwise}).batch_rows();
  };
  CHECK(rows("train_neg_sample_args={sample_num: 1}", true) == 16);
  CHECK(rows("train_neg_sample_args={sample_num: 3}", true) == 5);
  CHECK(rows("train_neg_sample_args={sample_num: 100}", true) == 1);
  CHECK(rows("train_neg_sample_args={sample_num: 1}", false) == 8);
  CHECK(rows("train_neg_sample_args={sample_num: 3}", false) == 4);

  const Config config = files.config({"train_batch_size=16", "train_neg_sample_args={sample_num: 3}"}, {bpr()});
  const Batch batch = TrainBatches(dataset, config).epoch(1).batch(0);
  CHECK(batch.negatives_per_row() == 3);
  for (std::int64_t r = 0; r < batch.rows(); ++r)
    for (std::int64_t k = 0; k < 3; ++k) CHECK(batch.negatives[3 * r + k] != batch.targets[r]);
}

TEST_CASE("a row's negatives don't depend on how batches are filled") {
  const DatasetFiles files = files_of({30, 20, 40});
  const Dataset dataset = files.prepare();
  const auto negatives = [&](const char* size, const char* batching) {
    std::map<std::int32_t, std::int32_t> of;
    const auto epoch = TrainBatches(dataset, files.config({size, batching}, {bpr()})).epoch(3);
    for (std::int64_t step = 0; step < epoch.size(); ++step) {
      const Batch batch = epoch.batch(step);
      for (std::int64_t r = 0; r < batch.rows(); ++r) of[batch.targets[r]] = batch.negatives[r];
    }
    return of;
  };
  CHECK(negatives("train_batch_size=16", "batching=rows") == negatives("train_batch_size=40", "batching=histories"));
}

TEST_CASE("evaluation goes through the split in order") {
  const DatasetFiles files = files_of({5, 6, 7, 8, 9});
  const Config config = files.config({"eval_batch_size=2"});
  const Dataset dataset = prepare(config);
  const EvalBatches batches(dataset, Split::Valid, config);
  CHECK(batches.rows() == 5);
  REQUIRE(batches.size() == 3);
  std::vector<Row> rows;
  for (std::int64_t step = 0; step < batches.size(); ++step) {
    const Batch batch = batches.batch(step);
    CHECK(batch.negatives.size() == 0);
    for (const Row row : check_rows(dataset, batch)) rows.push_back(row);
    CHECK(static_cast<std::int64_t>(batches.rows(step).size()) == batch.rows());
  }
  CHECK(rows == dataset.valid);
}

TEST_CASE("an evaluation with negatives keeps a user's rows together") {
  const DatasetFiles files = files_of({20, 30, 10, 40});
  const Config config = files.config({"eval_batch_size=60", "eval_args={split: {RS: [5, 3, 2]}, mode: uni9}"});
  const Dataset dataset = prepare(config);
  const EvalBatches batches(dataset, Split::Test, config);
  std::map<std::int32_t, std::set<std::int64_t>> steps_of;
  std::int64_t rows = 0;
  for (std::int64_t step = 0; step < batches.size(); ++step) {
    for (const Row row : batches.rows(step)) steps_of[row.history].insert(step);
    rows += static_cast<std::int64_t>(batches.rows(step).size());
    CHECK(batches.batch(step).negatives_per_row() == 9);
  }
  CHECK(batches.size() > 1);
  CHECK(rows == static_cast<std::int64_t>(dataset.test.size()));
  for (const auto& [history, steps] : steps_of) CHECK(steps.size() == 1);
}

TEST_CASE("evaluation negatives are fixed, or drawn anew each round") {
  const DatasetFiles files = files_of({20, 30, 10, 40});
  const Dataset dataset = files.prepare();
  const EvalBatches fixed(dataset, Split::Test, files.config({"eval_args={mode: uni50}"}));
  CHECK(same(fixed.batch(0, 1), fixed.batch(0, 2)));
  const EvalBatches valid(dataset, Split::Valid, files.config({"eval_args={mode: uni50}"}));
  CHECK(!std::ranges::equal(fixed.batch(0).negatives.host(), valid.batch(0).negatives.host()));
  const EvalBatches redrawn(dataset, Split::Test, files.config({"eval_args={mode: uni50}", "compat=recbole"}));
  CHECK(!same(redrawn.batch(0, 1), redrawn.batch(0, 2)));
  CHECK(same(redrawn.batch(0, 2), redrawn.batch(0, 2)));
}

TEST_CASE("labels travel with the rows") {
  const DatasetFiles files(
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu\ta\t1\t1\nu\tb\t5\t2\nu\tc\t2\t3\nu\td\t4\t4\n");
  const Config config = files.config({"threshold={rating: 3}", "eval_args={mode: labeled}"});
  const Dataset dataset = prepare(config);
  CHECK(TrainBatches(dataset, config).epoch(1).batch(0).labels == std::vector<float>{1});
  CHECK(EvalBatches(dataset, Split::Test, config).batch(0).labels == std::vector<float>{1});
  CHECK(EvalBatches(dataset, Split::Valid, config).batch(0).labels == std::vector<float>{0});
}

TEST_CASE("a model with several targets gets those that follow, as far as they are trained on") {
  const DatasetFiles files = files_of({7, 4});
  for (const char* batching : {"rows", "histories"}) {
    const Config config = files.config({concat("batching=", batching), "train_batch_size=3"});
    const Dataset dataset = prepare(config);
    const auto epoch = TrainBatches(dataset, config, {.next_targets = 2}).epoch(0);
    const std::set<std::int32_t> trained = targets_of(dataset, Split::Train);
    std::int64_t rows = 0;
    for (std::int64_t step = 0; step < epoch.size(); ++step) {
      const Batch batch = epoch.batch(step);
      REQUIRE(batch.next_targets.size() == 2 * batch.rows());
      const std::vector<Row> found = check_rows(dataset, batch);
      for (std::int64_t r = 0; r < batch.rows(); ++r, ++rows)
        for (std::int32_t i = 0; i < 2; ++i) {
          const Row row = found[r];
          const std::int32_t item = dataset.target({row.history, row.position + 1 + i});
          CHECK(batch.next_targets[2 * r + i] == (trained.contains(item) ? item : 0));
        }
    }
    CHECK(rows == static_cast<std::int64_t>(dataset.train.size()));
  }
  const Config one = files.config();
  const Dataset dataset = prepare(one);
  CHECK(TrainBatches(dataset, one).epoch(0).batch(0).next_targets.size() == 0);
}

TEST_CASE("a model that reads last windows gets each history's last targets from one begin") {
  const DatasetFiles files = files_of({12, 5, 4, 7});  // trained on: positions up to 9, 2, 1, 4
  for (const char* batching : {"rows", "histories"})
    for (const bool last : {true, false}) {
      const Config config =
          files.config({concat("batching=", batching), "train_batch_size=4", "MAX_ITEM_LIST_LENGTH=3"});
      const Dataset dataset = prepare(config);
      const TrainBatches batches(dataset, config, {.last_windows = last});
      const auto epoch = batches.epoch(0);
      std::map<std::int32_t, std::vector<std::int32_t>> window_of;  // by target
      for (std::int64_t step = 0; step < epoch.size(); ++step) {
        const Batch batch = epoch.batch(step);
        CHECK(batch.rows() <= 4);
        for (std::int64_t r = 0; r < batch.rows(); ++r) window_of[batch.targets[r]] = window(batch, r);
      }
      CHECK(static_cast<std::int64_t>(window_of.size()) == batches.rows());
      if (!last) {
        CHECK(batches.rows() == static_cast<std::int64_t>(dataset.train.size()));
        continue;
      }
      std::map<std::int32_t, std::vector<std::int32_t>> expected;
      const auto add = [&](std::int64_t history, std::size_t begin, std::size_t last) {
        const auto items = dataset.history(history);
        for (std::size_t place = begin + 1; place <= last; ++place)
          expected[items[place]] = {items.begin() + begin, items.begin() + place};
      };
      add(0, 6, 9);
      add(1, 0, 2);
      add(2, 0, 1);
      add(3, 1, 4);
      CHECK(window_of == expected);
    }
}

TEST_CASE("a last window whose positions count to its end must not be cut") {
  const DatasetFiles files = files_of({12, 5, 4, 7});
  const auto batches = [&](const char* batching, const char* size) {
    const Config config =
        files.config({concat("batching=", batching), concat("train_batch_size=", size), "MAX_ITEM_LIST_LENGTH=3"},
                     {Key::text("positions", "end", "Positions")});
    const Dataset dataset = prepare(config);
    return TrainBatches(dataset, config, {.last_windows = true, .uncut_key = "positions"}).rows();
  };
  CHECK(batches("histories", "3") == 9);
  const char* expected =
      "positions (default): got \"end\", expected batching histories and a train_batch_size of at least 3 rows with "
      "it: "
      "the last window of a history is numbered as a whole";
  CHECK_THROWS_WITH_AS(batches("rows", "3"), expected, ConfigError);
  CHECK_THROWS_WITH_AS(batches("histories", "2"), expected, ConfigError);
}

TEST_CASE("a model that asks for it gets a negative for each value, the same in every epoch") {
  const DatasetFiles files = files_of({12, 5, 30});
  for (const bool align : {true, false}) {
    const Config config =
        files.config({"train_batch_size=16", "train_neg_sample_args={distribution: uniform, sample_num: 1}"});
    const Dataset dataset = prepare(config);
    const TrainBatches batches(dataset, config, {.value_negatives = true, .align = align});
    bool other = true;
    for (const std::int64_t epoch : {0, 1})
      for (std::int64_t step = 0; step < batches.epoch(epoch).size(); ++step) {
        const Batch batch = batches.epoch(epoch).batch(step);
        REQUIRE(batch.value_negatives.size() == batch.items.size());
        for (std::int64_t v = 0; v < batch.items.size(); ++v) {
          other = other && batch.value_negatives[v] != batch.items[v];
          CHECK((batch.value_negatives[v] > 0 && batch.value_negatives[v] < dataset.n_items()));
        }
      }
    if (align) CHECK(other);
    CHECK(std::ranges::equal(batches.epoch(0).batch(1).value_negatives.host(),
                             batches.epoch(0).batch(1).value_negatives.host()));
  }
  const Config plain = files.config();
  const Dataset dataset = prepare(plain);
  CHECK(TrainBatches(dataset, plain).epoch(0).batch(0).value_negatives.size() == 0);
}

TEST_CASE("a model that trains on labels needs them, or negatives") {
  const DatasetFiles files = files_of({5, 5});
  const Dataset dataset = files.prepare();
  CHECK_THROWS_WITH_AS(TrainBatches(dataset, files.config({"train_neg_sample_args=None"}), {.labels = true}),
                       "train_neg_sample_args (--set): got null, expected negatives, or labels to train on "
                       "(LABEL_FIELD, threshold)",
                       ConfigError);
  CHECK_NOTHROW(TrainBatches(dataset, files.config({"train_neg_sample_args={sample_num: 1}"}), {.labels = true}));
}

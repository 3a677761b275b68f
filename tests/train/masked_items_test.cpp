#include "train/masked_items.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "fixed_model.h"

namespace seqrec::train {
namespace {

/// A user with `length` interactions over `items` items, then the toy's.
ToyEvaluation long_history(int length, int items, std::vector<std::string> settings) {
  const TempFolder folder;
  write_toy(folder.path());
  std::ofstream file(folder / "toy" / "toy.inter", std::ios::app);
  for (int t = 0; t < length; ++t) file << "long\ti" << (t * 7919) % items << "\t1\t" << t << "\n";
  file.close();
  settings.insert(settings.begin(), "eval_args={split: {RS: [0.3, 0, 0.7]}}");
  return ToyEvaluation(folder.path(), std::move(settings));
}

std::vector<std::int32_t> expected_of(const data::Dataset& dataset, data::Row row) {
  const auto before = dataset.before(row);
  std::set<std::int32_t> items(before.begin(), before.end());
  items.erase(dataset.target(row));
  return {items.begin(), items.end()};
}

TEST_CASE("items of a history before each of its rows, asked for in any order") {
  const ToyEvaluation toy = long_history(60, 20, {});
  std::vector<data::Row> rows = toy.dataset.test.slice(0, toy.dataset.test.size());
  REQUIRE(rows.size() > 100);
  const auto check = [&] {
    MaskedItems masked(toy.dataset);
    for (const data::Row row : rows) {
      std::vector<std::int32_t> items = {-7};
      masked.add_to(items, row);
      REQUIRE(items.front() == -7);
      items.erase(items.begin());
      CHECK(items == expected_of(toy.dataset, row));
    }
  };
  check();
  std::ranges::reverse(rows);
  check();
  for (std::size_t i = 0; i < rows.size(); i += 3) std::swap(rows[i], rows[rows.size() - 1 - i / 2]);
  rows.insert(rows.begin(), rows.back());
  check();
}

/// How many targets are among the first k, each ranked among all items but those of its history.
double share_found(const ToyEvaluation& toy, int k) {
  double found = 0;
  for (const data::Row row : toy.dataset.test) {
    const auto length = static_cast<std::int32_t>(std::min<std::size_t>(toy.dataset.before(row).size(), 50));
    const std::int32_t target = toy.dataset.target(row), user = toy.dataset.user(row);
    const std::vector<std::int32_t> masked = expected_of(toy.dataset, row);
    const double own = FixedModel::score(user, length, target);
    int better = 0;
    for (std::int32_t item = 1; item < toy.dataset.n_items(); ++item) {
      const double score = FixedModel::score(user, length, item);
      better += (score > own || (score == own && item < target)) && !std::ranges::binary_search(masked, item);
    }
    found += better < k;
  }
  return found / static_cast<double>(toy.dataset.test.size());
}

TEST_CASE("many rows of a history are masked each by what was before it") {
  const ToyEvaluation toy = long_history(
      300, 60, {"metrics=Hit", "topk=3", "mask_history=true", "eval_batch_size=100", "metric_decimal_place=15"});
  const ToyEvaluation exact = long_history(300, 60, {"metrics=[Hit, GAUC]", "topk=3", "mask_history=true"});
  FixedModel model(toy.dataset.n_items());
  const double expected = share_found(toy, 3);
  CHECK(value_of(toy.evaluate(model), "hit@3") == doctest::Approx(expected));
  CHECK(value_of(exact.evaluate(model), "hit@3") == doctest::Approx(expected));
  const RowResults rows = Evaluator(toy.dataset, data::Split::Test, *toy.config).evaluate_rows(model, "Fixed");
  CHECK(static_cast<double>(std::ranges::count_if(rows.rank, [](std::int32_t rank) { return rank <= 3; })) ==
        doctest::Approx(expected * static_cast<double>(rows.rank.size())));
}

TEST_CASE("more items are left out than are kept at once") {
  const ToyEvaluation toy = long_history(3600, 3600, {"metrics=Hit", "topk=100", "mask_history=true"});
  std::size_t masked = 0;
  for (const data::Row row : toy.dataset.test) masked += expected_of(toy.dataset, row).size();
  CHECK(masked > std::size_t{1} << 22);
  FixedModel model(toy.dataset.n_items());
  CHECK(value_of(toy.evaluate(model), "hit@100") == doctest::Approx(share_found(toy, 100)));
}

}  // namespace
}  // namespace seqrec::train

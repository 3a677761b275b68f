#include "data/negative_sampler.h"

#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include "tests/data/dataset_files.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::data;

namespace {

using Distribution = NegativeSampling::Distribution;

constexpr RandomStream kStream = random_stream(7, Purpose::Test);

std::vector<double> frequencies(const NegativeSampler& sampler, std::int32_t n_items, std::int32_t target, int rows) {
  std::vector<std::int32_t> drawn;
  for (int row = 0; row < rows; ++row) sampler.draw(kStream, row, target, drawn);
  std::vector<double> share(n_items);
  for (const std::int32_t item : drawn) share[item] += 1.0 / static_cast<double>(drawn.size());
  return share;
}

}  // namespace

TEST_CASE("uniform negatives are all items but padding and the target, equally often") {
  const Dataset dataset = skewed_clicks(4).prepare();
  const NegativeSampler sampler(dataset, {Distribution::Uniform, 4, 1.0});
  for (const std::int32_t target : {1, 3, 5}) {
    const auto share = frequencies(sampler, dataset.n_items(), target, 5000);
    CHECK(share[0] == 0);
    for (std::int32_t item = 1; item < dataset.n_items(); ++item)
      CHECK(std::abs(share[item] - (item == target ? 0 : 0.25)) < 0.02);
  }
}

TEST_CASE("popular negatives follow the targets' counts to the power of alpha") {
  const Dataset dataset = skewed_clicks(4).prepare();
  const std::int32_t target = *dataset.items.find("i2");
  for (const double alpha : {1.0, 0.5, 0.0}) {
    const NegativeSampler sampler(dataset, {Distribution::Popularity, 5, alpha});
    const auto share = frequencies(sampler, dataset.n_items(), target, 5000);
    CHECK(share[*dataset.items.find("a")] == 0);  // never a target
    CHECK(share[target] == 0);
    const double sum = 1 + std::pow(3, alpha) + std::pow(4, alpha);
    for (const int i : {1, 3, 4})
      CHECK(std::abs(share[*dataset.items.find(concat("i", i))] - std::pow(i, alpha) / sum) < 0.02);
  }
}

TEST_CASE("an item that is nearly all there is to draw has negatives too") {
  const Dataset dataset = skewed_clicks(4).prepare();
  for (const double alpha : {5000.0, -5000.0}) {
    const NegativeSampler sampler(dataset, {Distribution::Popularity, 3, alpha});
    for (std::int32_t target = 1; target < dataset.n_items(); ++target) {
      std::vector<std::int32_t> drawn;
      sampler.draw(kStream, 0, target, drawn);
      REQUIRE(drawn.size() == 3);
      for (const std::int32_t item : drawn) CHECK((item != target && item >= 1 && item < dataset.n_items()));
    }
  }
}

TEST_CASE("draws are addressed by the row, and differ between rows, places and streams") {
  const Dataset dataset = skewed_clicks(40).prepare();
  const NegativeSampler sampler(dataset, {Distribution::Uniform, 8, 1.0});
  const auto draw = [&](std::int64_t row, RandomStream stream = kStream) {
    std::vector<std::int32_t> out;
    sampler.draw(stream, row, 1, out);
    return out;
  };
  CHECK(draw(3).size() == 8);
  CHECK(draw(3) == draw(3));
  CHECK(draw(3) != draw(4));
  CHECK(draw(3) != draw(3, random_stream(8, Purpose::Test)));
  const auto eight = draw(3);
  CHECK(std::set<std::int32_t>(eight.begin(), eight.end()).size() > 1);
}

TEST_CASE("too few items to draw from is an error") {
  const DatasetFiles one("user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\ta\t2\n");
  CHECK(message_of<DataError>([&] {
          NegativeSampler(one.prepare(), {Distribution::Uniform, 1, 1.0});
        }) == "d: negatives need at least two items, there is 1");
  const DatasetFiles two("user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\n");
  CHECK(message_of<DataError>([&] {
          NegativeSampler(two.prepare(), {Distribution::Popularity, 1, 1.0});
        }) == "d: popularity negatives need at least two items that are targets");
}

TEST_CASE("a history's negatives are the same whenever they are asked for, and never the item itself if aligned") {
  const Dataset dataset = skewed_clicks(4).prepare();
  const HistoryNegatives aligned(dataset, 7, true), any(dataset, 7, false);
  std::set<std::int32_t> seen;
  int equal = 0;
  for (std::int64_t place = 0; place < 500; ++place) {
    const std::int32_t item = 1 + static_cast<std::int32_t>(place % (dataset.n_items() - 1));
    const std::int32_t negative = aligned.at(place, item);
    CHECK(negative == aligned.at(place, item));
    CHECK(negative != item);
    seen.insert(negative);
    equal += any.at(place, item) == item;
  }
  CHECK(*seen.begin() == 1);
  CHECK(static_cast<std::int32_t>(seen.size()) == dataset.n_items() - 1);
  CHECK((equal > 50 && equal < 150));  // a fifth

  const Dataset single = DatasetFiles("user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\ta\t2\n").prepare();
  CHECK(message_of<DataError>([&] { HistoryNegatives(single, 7, true); }) ==
        "d: negatives of a history need at least two items, there is 1");
  CHECK(HistoryNegatives(single, 7, false).at(0, 1) == 1);
}

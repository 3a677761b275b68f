#include "train/shared_data.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "toy.h"

namespace seqrec::train {
namespace {

TEST_CASE("data are read once for configurations that agree in what reading asks for") {
  const TempFolder folder;
  write_toy(folder.path());
  SharedData shared;
  const auto get = [&](std::vector<std::string> settings) {
    return shared.get(toy_config(folder.path(), std::move(settings)), {});
  };
  const auto first = get({"learning_rate=0.1"});
  CHECK(get({"learning_rate=0.2", "epochs=7", "seed=5", "train_batch_size=3"}) == first);
  CHECK(shared.reads() == 1);
  CHECK(get({"MAX_ITEM_LIST_LENGTH=3"}) != first);
  CHECK(get({"user_inter_num_interval=[2,inf)"}) != first);
  CHECK(shared.reads() == 3);
  CHECK(get({}) == first);

  // Only a split that draws asks for the seed.
  const std::string drawn = "eval_args={split: {GTS: {at: 0.8, target: random}}}";
  CHECK(get({drawn, "seed=1"}) != get({drawn, "seed=2"}));
  CHECK(shared.get(toy_config(folder.path()), {.labels = true}) != first);
}

TEST_CASE("the last data stay, those before go") {
  const TempFolder folder;
  write_toy(folder.path());
  SharedData shared;
  const auto length = [&](int n) {
    return shared.get(toy_config(folder.path(), {"MAX_ITEM_LIST_LENGTH=" + std::to_string(n)}), {});
  };
  for (int n = 1; n <= 5; ++n) length(n);
  length(5);
  CHECK(shared.reads() == 5);
  length(1);
  CHECK(shared.reads() == 6);
  length(3);
  length(6);
  length(3);  // it was asked for later than 4
  CHECK(shared.reads() == 7);
}

TEST_CASE("threads that want the same data get the same") {
  const TempFolder folder;
  write_toy(folder.path());
  SharedData shared;
  std::vector<std::shared_ptr<const RunData>> got(4);
  std::vector<std::thread> threads;
  for (auto& one : got)
    threads.emplace_back([&shared, &one, config = toy_config(folder.path())] { one = shared.get(config, {}); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : got) CHECK(one == got[0]);
  CHECK(shared.reads() == 1);
}

}  // namespace
}  // namespace seqrec::train

// Requests that are answered by themselves: the bits of a batch, nothing allocated, any number of threads.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/arena.h"
#include "core/parallel.h"
#include "core/random.h"
#include "infer/session.h"
#include "tests/counted_locks.h"
#include "tests/failing_memory.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::infer;
using models::tiny_file;
using models::tiny_model;
using Ids = std::vector<std::int32_t>;

namespace {

/// A model with some hyper-parameters of its own.
struct Variant {
  std::string model;
  std::vector<std::pair<std::string, Json>> keys;
};

std::vector<Variant> variants() {
  return {
      {"SHAN", {}},
      {"SHAN", {{"shan_long_set", "before_short"}, {"short_item_length", 3}, {"shan_bias", "single"}}},
      {"SHAN", {{"compat", "recbole"}}},
      {"SHAN", {{"shan_full_sort", "recbole"}, {"shan_long_set", "before_short"}}},
      {"Caser", {}},
      {"Caser", {{"nv", 3}, {"nh", 5}, {"caser_head", "paper"}}},
      {"SRGNN", {}},
      {"SRGNN", {{"step", 3}, {"srgnn_edge_weight", "count"}}},
      {"S3Rec", {}},
      {"S3Rec", {{"n_layers", 1}, {"n_heads", 4}, {"hidden_act", "swish"}, {"s3rec_positions", "end"}}},
      {"S3Rec", {{"n_layers", 3}, {"n_heads", 1}, {"hidden_act", "relu"}, {"inner_size", 40}}},
      {"DIEN", {}},
      {"DIEN", {{"gru_type", "GRU"}, {"pooling_mode", "max"}, {"dien_dice_alpha", "const"}}},
      {"DIEN", {{"gru_type", "AIGRU"}, {"pooling_mode", "sum"}}},
      {"DIEN", {{"gru_type", "AGRU"}, {"compat", "recbole"}}},
      {"DIEN", {{"dien_augru", "author"}}},
      {"Pop", {}},
      {"Markov", {{"remind", false}}},
      {"ItemKNN", {}},
      {"ItemKNN", {{"remind", false}, {"neighbors", 2}, {"sample_size", 3}}},
  };
}

models::ModelFile file_of(const Variant& variant, std::int32_t items, std::int64_t width, std::int64_t length) {
  models::ModelFile file = tiny_file(5, items, variant.model, width);
  file.spec.hyper_parameters["MAX_ITEM_LIST_LENGTH"] = file.config["MAX_ITEM_LIST_LENGTH"] = length;
  for (const auto& [key, value] : variant.keys) {
    CAPTURE(key);
    Json& place = file.spec.hyper_parameters[key];
    place = value;
  }
  return file;
}

Session session_of(const models::ModelFile& file) {
  models::LoadedModel loaded{file, tiny_model(file)};
  return Session(std::move(loaded), {.empty_history = EmptyHistory::Model});
}

Ids random_ids(Random& random, std::int64_t n, std::int32_t items) {
  Ids ids;
  for (std::int64_t i = 0; i < n; ++i) ids.push_back(1 + static_cast<std::int32_t>(random.below(items)));
  return ids;
}

Batch batch_of(std::span<const std::int32_t> window, std::int32_t user) {
  const auto length = static_cast<std::int32_t>(window.size());
  Batch batch;
  batch.items = Index({window.begin(), window.end()});
  batch.value_users = Index(Ids(window.size(), user));
  batch.windows = Windows::adjacent({0, length});
  batch.users = Index({user});
  return batch;
}

Ragged list(const Ids& ids) { return {Windows::adjacent({0, static_cast<std::int32_t>(ids.size())}), Index(ids)}; }

}  // namespace

TEST_CASE("a request alone has the bits of a batch, in every model that answers so") {
  for (const Variant& variant : variants()) {
    for (const std::int64_t width : {8, 20, 64}) {
      CAPTURE(variant.model);
      CAPTURE(width);
      if (variant.model == "DIEN" && width > 8) continue;  // a vector has five fields of that width
      constexpr std::int32_t kLength = 50;
      // So many that SR-GNN doesn't keep what they give to its first step, and SHAN no hidden layer of theirs.
      const std::int32_t n_items = width < 64                 ? 700
                                   : variant.model == "SRGNN" ? 15'000
                                   : variant.model == "SHAN"  ? 33'000
                                                              : 700;
      const models::ModelFile file = file_of(variant, n_items, width, kLength);
      const Session session = session_of(file);
      const auto model = tiny_model(file);  // what answers batches, as it was trained
      model->set_mean_user();
      Workspace workspace;
      Random random(random_stream(3, Purpose::Test, static_cast<std::uint64_t>(width)));
      for (const std::int64_t length : {0, 1, 2, 3, 7, 24, 25, 49, 50, 51, 80}) {
        CAPTURE(length);
        // Of few items, so that some come again.
        const Ids history = random_ids(random, length, length % 2 == 0 ? n_items : 1 + static_cast<int>(length) / 2);
        IdRequest request;
        request.history = history;
        request.user = static_cast<std::int32_t>(length % 6);
        const auto window = std::span(history).last(std::min<std::size_t>(history.size(), kLength));
        const Batch batch = batch_of(window, request.user);
        for (const std::int64_t k : {1, 10, 300}) {
          request.k = k;
          const auto excluded = session.items(random_ids(random, k, n_items));
          request.exclude = excluded.get();
          std::vector<ScoredId> best(static_cast<std::size_t>(k));
          REQUIRE(session.recommend(request, workspace, best) == k);
          const models::Recommendations expected = model->recommend(batch, k, list(excluded->ids));
          for (std::size_t i = 0; i < best.size(); ++i) {
            REQUIRE(best[i].id == expected.items.span<std::int32_t>()[i]);
            REQUIRE(best[i].score == static_cast<double>(expected.scores.span<float>()[i]));
          }
        }
        request.exclude = nullptr;
        const Ids items = random_ids(random, 33, n_items);
        std::vector<double> scores(items.size());
        session.score(request, items, workspace, scores);
        const Tensor expected = model->predict_candidates(batch, list(items));
        for (std::size_t i = 0; i < items.size(); ++i)
          REQUIRE(scores[i] == static_cast<double>(expected.span<float>()[i]));
      }
    }
  }
}

TEST_CASE("the best of long lists of candidates are those of their scores, bit by bit") {
  constexpr std::int32_t kItems = 12'000;
  for (const Variant& variant : {Variant{"SHAN", {{"shan_full_sort", "recbole"}}}, Variant{"Caser", {}},
                                 Variant{"SRGNN", {}}, Variant{"S3Rec", {}}, Variant{"Pop", {}}}) {
    CAPTURE(variant.model);
    const Session session = session_of(file_of(variant, kItems, 8, 10));
    Workspace workspace;
    Random random(random_stream(8, Purpose::Test, 2));
    Ids most, left;
    for (std::int32_t id = 1; id <= kItems; ++id)
      if (id % 6 != 2) most.push_back(id);
    const auto candidates = session.items(most);
    const auto excluded = session.items(random_ids(random, 50, kItems));
    std::ranges::set_difference(most, excluded->ids, std::back_inserter(left));
    models::LastWindow last;
    Ids history;
    for (int i = 0; i < 12; ++i) {
      history.push_back(random_ids(random, 1, kItems)[0]);
      IdRequest request;
      request.history = history;
      request.k = 1 + 9 * (i % 3);
      request.exclude = excluded.get();
      request.candidates = candidates.get();
      request.last = i % 2 == 0 ? &last : nullptr;
      std::vector<double> scores(left.size());
      session.score(request, left, workspace, scores);
      std::vector<std::pair<double, std::int32_t>> expected;
      for (std::size_t at = 0; at < left.size(); ++at) expected.emplace_back(-scores[at], left[at]);
      std::ranges::partial_sort(expected, expected.begin() + request.k);
      std::vector<ScoredId> best(static_cast<std::size_t>(request.k));
      REQUIRE(session.recommend(request, workspace, best) == request.k);
      for (std::size_t at = 0; at < best.size(); ++at) {
        CHECK(best[at].id == expected[at].second);
        CHECK(best[at].score == -expected[at].first);
      }
    }
  }
}

TEST_CASE("the bytes leave few of a long list of candidates") {
  constexpr std::int32_t kItems = 12'000;
  for (const std::string name : {"SHAN", "Caser", "SRGNN", "S3Rec"}) {
    CAPTURE(name);
    const auto model = tiny_model(file_of({name, {}}, kItems, 8, 10));
    model->eval();
    model->freeze();
    const Ids history = {7, 11'000, 42};
    Ids candidates(kItems);
    std::iota(candidates.begin(), candidates.end(), 1);
    Arena arena;
    CHECK(model->narrow_alone({.items = history}, 10, candidates, arena) < kItems / 4);
  }
}

TEST_CASE("a request alone has the bits of a batch where rows are long") {
  // Filters wider than a chunk of a product, and items' vectors (of twice the width) too long to be kept in bytes.
  const Variant wide{"Caser", {{"caser_head", "paper"}, {"nv", 1}, {"nh", 1}}};
  const models::ModelFile file = file_of(wide, 120, 1030, 6);
  const Session session = session_of(file);
  const auto model = tiny_model(file);
  model->set_mean_user();
  Workspace workspace;
  const Ids history = {5, 9, 100, 5};
  IdRequest request;
  request.history = history;
  std::vector<ScoredId> best(10);
  REQUIRE(session.recommend(request, workspace, best) == 10);
  const models::Recommendations expected = model->recommend(batch_of(history, 0), 10, {});
  for (std::size_t i = 0; i < best.size(); ++i) {
    CHECK(best[i].id == expected.items.span<std::int32_t>()[i]);
    CHECK(best[i].score == static_cast<double>(expected.scores.span<float>()[i]));
  }
}

TEST_CASE("requests together have the bits of requests alone, on one thread and on several") {
  for (const Variant& variant : variants()) {
    CAPTURE(variant.model);
    constexpr std::int32_t kItems = 300, kLength = 20;
    const bool slow = variant.model == "DIEN";
    Session session = session_of(file_of(variant, kItems, 8, kLength));
    Workspace workspace;
    Random random(random_stream(8, Purpose::Test, 1));
    const auto candidates = session.items(random_ids(random, 40, kItems));
    const auto excluded = session.items(random_ids(random, 20, kItems));
    std::vector<Ids> histories;
    for (int i = 0; i < (slow ? 12 : 90); ++i) histories.push_back(random_ids(random, i % 25, kItems / (1 + i % 3)));
    std::vector<IdRequest> requests(histories.size());
    std::vector<std::vector<ScoredId>> best, alone;
    std::vector<IdAnswer> answers(histories.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].history = histories[i];
      requests[i].user = static_cast<std::int32_t>(i % 6);
      requests[i].k = 1 + static_cast<std::int64_t>(i % 30);
      requests[i].exclude_seen = i % 4 == 0;
      if (i % 5 == 0) requests[i].exclude = excluded.get();
      if (i % 7 > 3) requests[i].candidates = candidates.get();
      alone.emplace_back(30);
      alone.back().resize(static_cast<std::size_t>(session.recommend(requests[i], workspace, alone.back())));
      best.emplace_back(30);
    }
    requests[5].k = 0;
    for (const auto& [threads, used] : {std::pair{1, Threads::All}, {2, Threads::All}, {2, Threads::One}}) {
      CAPTURE(threads);
      session.set_threads(used);
      for (std::size_t i = 0; i < requests.size(); ++i) answers[i] = {best[i], 0, nullptr};
      set_num_threads(threads);
      session.recommend(requests, workspace, answers);
      set_num_threads(1);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        CAPTURE(i);
        REQUIRE((answers[i].error != nullptr) == (i == 5));
        if (i == 5) continue;
        REQUIRE(answers[i].found == std::ssize(alone[i]));
        for (std::size_t j = 0; j < alone[i].size(); ++j) {
          REQUIRE(best[i][j].id == alone[i][j].id);
          REQUIRE(best[i][j].score == alone[i][j].score);
        }
      }
    }
  }
}

TEST_CASE("a session's requests have the bits of a query that gives the whole history, as it grows") {
  for (const Variant& variant : variants()) {
    CAPTURE(variant.model);
    constexpr std::int32_t kLength = 12;
    const bool slow = variant.model == "DIEN";
    // So many that SR-GNN keeps no products of theirs, or so few that it does.
    for (const std::int32_t n_items : {60, 15'000}) {
      if (n_items > 60 && slow) continue;
      const Session session = session_of(file_of(variant, n_items, variant.model == "SRGNN" ? 64 : 8, kLength));
      Workspace workspace, fresh;
      models::LastWindow last;
      Random random(random_stream(9, Purpose::Test, 1));
      const auto candidates = session.items(random_ids(random, 20, n_items));
      Ids history;
      const auto check = [&] {
        CAPTURE(history.size());
        IdRequest request, grown;
        request.history = grown.history = history;
        request.user = grown.user = 3;
        grown.last = &last;
        if (history.size() % 3 == 1) request.candidates = grown.candidates = candidates.get();
        std::vector<ScoredId> expected(10), best(10);
        const std::int64_t found = session.recommend(request, fresh, expected);
        REQUIRE(session.recommend(grown, workspace, best) == found);
        for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i) {
          REQUIRE(best[i].id == expected[i].id);
          REQUIRE(best[i].score == expected[i].score);
        }
      };
      check();
      for (int i = 0; i < 40; ++i) {  // the window is full, and slides, from 12 on
        const Ids few = random_ids(random, 1 + i % 2, i % 4 == 0 ? n_items : 9);
        history.insert(history.end(), few.begin(), few.end());
        check();
        if (i % 9 == 8) check();  // of the same again
        if (i == 20) history = random_ids(random, 7, n_items);
        if (i == 30) history.clear();
      }
    }
  }
}

TEST_CASE("after the first request nothing is allocated, and no lock is taken") {
  for (const Variant& variant : variants()) {
    CAPTURE(variant.model);
    constexpr std::int32_t kItems = 150, kLength = 20;
    const std::int64_t width = variant.model == "DIEN" ? 4 : 64;  // a vector has five fields of that width
    const Session session = session_of(file_of(variant, kItems, width, kLength));
    Workspace workspace;
    Random random(random_stream(4, Purpose::Test, 1));
    const auto candidates = session.items(random_ids(random, 40, kItems));
    const auto excluded = session.items(random_ids(random, 20, kItems));
    std::vector<ScoredId> best(100);
    std::vector<double> scores(10);
    const Ids asked = random_ids(random, 10, kItems);
    const auto ask = [&](const Ids& history, std::int64_t k) {
      IdRequest request;
      request.history = history;
      request.user = 2;
      for (const bool exclude_seen : {false, true}) {
        request.exclude_seen = exclude_seen;
        for (const ItemSet* of : {static_cast<const ItemSet*>(nullptr), candidates.get()}) {
          request.candidates = of;
          for (const ItemSet* out : {static_cast<const ItemSet*>(nullptr), excluded.get()}) {
            request.exclude = out;
            request.k = k;
            const std::int64_t found = session.recommend(request, workspace, best);
            CHECK_MESSAGE(found >= (of == nullptr ? k : 1), found);
          }
        }
      }
      session.score(request, asked, workspace, scores);
    };
    Ids largest(kLength);
    for (std::int32_t i = 0; i < kLength; ++i) largest[static_cast<std::size_t>(i)] = i + 1;
    std::vector<Ids> histories;
    for (const std::int64_t n : {1, 20, 3, 19, 11, 0, 20}) histories.push_back(random_ids(random, n, kItems));
    CHECK(locks() > 0);  // opening took some: they are counted
    ask(largest, 100);
    const long before = allocations(), locked = locks();
    for (const Ids& history : histories)
      for (const std::int64_t k : {10, 1, 100}) ask(history, k);
    CHECK(allocations() == before);
    CHECK(locks() == locked);
    CHECK(workspace.bytes() > 0);
  }
}

TEST_CASE("threads that share a session get the same bits, each in its workspace") {
  const models::ModelFile file = file_of({"SRGNN", {}}, 300, 32, 50);
  const Session session = session_of(file);
  Random random(random_stream(5, Purpose::Test, 1));
  std::vector<Ids> histories;
  for (int i = 0; i < 40; ++i) histories.push_back(random_ids(random, 1 + i, 300));
  const auto answers = [&] {
    Workspace workspace;
    std::vector<ScoredId> all;
    for (const Ids& history : histories) {
      IdRequest request;
      request.history = history;
      std::vector<ScoredId> best(10);
      session.recommend(request, workspace, best);
      all.insert(all.end(), best.begin(), best.end());
    }
    return all;
  };
  const auto expected = answers();
  std::vector<std::vector<ScoredId>> found(3);
  {
    std::vector<std::jthread> threads;
    for (auto& one : found) threads.emplace_back([&] { one = answers(); });
  }
  const auto same = [](const ScoredId& a, const ScoredId& b) { return a.id == b.id && a.score == b.score; };
  for (const auto& one : found) CHECK(std::ranges::equal(one, expected, same));
}

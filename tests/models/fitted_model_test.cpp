// The models without parameters: what is counted, what is scored, in which order, and files that don't fit.
#include "models/fitted_model.h"

#include <map>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/parallel.h"
#include "tests/message_of.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

using Items = std::vector<std::int32_t>;

/// Sessions whose items are all targets but for the first.
TrainingSessions sessions_of(const std::vector<Items>& sessions) {
  TrainingSessions out;
  for (const Items& session : sessions) {
    out.items.insert(out.items.end(), session.begin(), session.end());
    for (std::size_t i = 0; i < session.size(); ++i) out.is_target.push_back(i > 0);
    out.offsets.push_back(std::ssize(out.items));
    out.repeated.push_back(0);
  }
  return out;
}

std::unique_ptr<SequentialRecommender> fitted(const std::string& model, std::int32_t items,
                                              const TrainingSessions& sessions, const Json& keys = Json::object()) {
  ModelSpec spec = tiny_file(5, items, model).spec;
  for (const auto& [key, value] : keys.as_object()) spec.hyper_parameters[key] = value;
  spec.fitted = model_info(model).fit(spec, sessions);
  return make_model(spec, DType::F32, 0);
}

Batch windows_of(const std::vector<Items>& windows) {
  Items items, offsets{0};
  for (const Items& window : windows) {
    items.insert(items.end(), window.begin(), window.end());
    offsets.push_back(static_cast<std::int32_t>(items.size()));
  }
  Batch batch;
  batch.value_users = Index(Items(items.size(), 0));
  batch.items = Index(std::move(items));
  batch.windows = Windows::adjacent(std::move(offsets));
  batch.users = Index(Items(windows.size(), 0));
  return batch;
}

Items best(SequentialRecommender& model, const Items& window, std::int64_t k, const Items& excluded = {}) {
  const Ragged out{Windows::adjacent({0, static_cast<std::int32_t>(excluded.size())}), Index(excluded)};
  return model.recommend(windows_of({window}), k, out).items.to_vector<std::int32_t>();
}

std::vector<float> scores(SequentialRecommender& model, const Items& window) {
  return model.full_sort_predict(windows_of({window})).to_vector<float>();
}

const std::vector<Items> kSessions = {{1, 2, 3}, {4, 2, 3}, {1, 3, 5}, {3, 2}};  // targets: 2 x3, 3 x3, 5

/// V-SKNN as published, on maps and without an index.
std::vector<double> nearest_sessions(const std::vector<Items>& sessions, const Items& window, std::int32_t items,
                                     std::size_t neighbors, std::size_t sample_size) {
  std::map<std::int32_t, int> place;
  for (std::size_t i = 0; i < window.size(); ++i) place[window[i]] = static_cast<int>(i + 1);
  std::vector<std::pair<int, std::size_t>> similar;  // (similarity but for a factor, session)
  for (std::size_t s = sessions.size(); s-- > 0 && similar.size() < sample_size;) {
    int sum = 0;
    for (const std::int32_t item : std::set(sessions[s].begin(), sessions[s].end()))
      if (place.contains(item)) sum += place[item];
    if (sum > 0) similar.emplace_back(sum, s);
  }
  std::stable_sort(similar.begin(), similar.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<double> out(static_cast<std::size_t>(items) + 1);
  for (std::size_t n = 0; n < std::min(neighbors, similar.size()); ++n) {
    const std::set<std::int32_t> of(sessions[similar[n].second].begin(), sessions[similar[n].second].end());
    std::size_t step = 1;
    while (!of.contains(window[window.size() - step])) ++step;
    for (const std::int32_t item : of)
      out[item] += similar[n].first / static_cast<double>(window.size() * place.size() * step);
  }
  return out;
}

std::string error_of(ModelSpec spec, const std::string& tensor, const Tensor& value) {
  for (auto& [name, held] : spec.fitted)
    if (name == tensor) held = value;
  return message_of<FormatError>([&] { make_model(spec, DType::F32, 0); });
}

}  // namespace

TEST_CASE("Pop recommends what is most often a target, of equal ones the lower id, and never padding") {
  const auto pop = fitted("Pop", 6, sessions_of(kSessions));
  CHECK(pop->is_fitted());
  CHECK(pop->parameters().empty());
  CHECK(best(*pop, {6}, 7) == Items{2, 3, 5, 1, 4, 6, -1});
  CHECK(best(*pop, {6}, 3, {2, 5}) == Items{3, 1, 4});
  CHECK(best(*pop, {}, 2) == Items{2, 3});
  const std::vector<float> all = scores(*pop, {4});
  CHECK(all[2] == 3.0F / 8);
  CHECK(all[5] == 1.0F / 8);
  CHECK(all[1] == 0);
  CHECK(message_of<UsageError>([&] { pop->calculate_loss(windows_of({{1}})); }) ==
        "a fitted model has no loss: there is nothing to train");
}

TEST_CASE("Markov recommends what followed the last item, by count and then by popularity") {
  const auto markov = fitted("Markov", 6, sessions_of({{1, 2, 1, 2, 1, 4}, {5, 4}, {1, 3}, {6, 3}, {6, 3}}),
                             Json::parse(R"({"remind": true})"));
  CHECK(best(*markov, {5, 1}, 6) == Items{2, 3, 4, 1, 5, 6});  // 2 twice; 3 and 4 once, 3 is the more popular
  CHECK(scores(*markov, {1})[2] == 2 + 2.0F / 8);
  CHECK(scores(*markov, {1})[3] == 1 + 3.0F / 8);
  CHECK(scores(*markov, {3}) == scores(*markov, {}));  // nothing followed 3
}

TEST_CASE("items of the window come last where training never takes one again, unless remind says otherwise") {
  CHECK(best(*fitted("Pop", 6, sessions_of(kSessions)), {2, 5}, 6) == Items{3, 1, 4, 6, 2, 5});
  CHECK(scores(*fitted("Pop", 6, sessions_of(kSessions)), {2, 5})[2] == 3.0F / 8 - 1);
  const Json on = Json::parse(R"({"remind": true})"), off = Json::parse(R"({"remind": false})");
  CHECK(best(*fitted("Pop", 6, sessions_of(kSessions), on), {2, 5}, 3) == Items{2, 3, 5});
  std::vector<Items> repeating(50, {1, 2});  // 50 targets
  repeating.push_back({3, 3});
  CHECK(best(*fitted("Pop", 3, sessions_of(repeating)), {2}, 1) == Items{2});
  CHECK(best(*fitted("Pop", 3, sessions_of(repeating), off), {2}, 1) == Items{3});
  repeating.insert(repeating.end(), 100, {1, 2});  // one in 151
  CHECK(best(*fitted("Pop", 3, sessions_of(repeating)), {2}, 1) == Items{3});
  CHECK(best(*fitted("Markov", 6, sessions_of(kSessions)), {3, 2}, 1) == Items{5});
  CHECK(best(*fitted("ItemKNN", 6, sessions_of(kSessions)), {1, 2}, 3) == Items{3, 4, 5});
}

TEST_CASE("ItemKNN is V-SKNN as published") {
  constexpr std::int32_t kItems = 30;
  std::vector<Items> sessions;
  std::uint32_t state = 7;
  const auto draw = [&state](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  for (int s = 0; s < 200; ++s) {
    Items& session = sessions.emplace_back();
    for (std::uint32_t i = 0; i < 2 + draw(6); ++i)
      session.push_back(static_cast<std::int32_t>(1 + std::min(draw(kItems), draw(kItems))));
  }
  for (const auto& [neighbors, sample_size] : {std::pair<std::size_t, std::size_t>{100, 1000}, {10, 60}, {5, 5}}) {
    Json keys = Json::object();
    keys["remind"] = true;
    keys["neighbors"] = static_cast<std::int64_t>(neighbors);
    keys["sample_size"] = static_cast<std::int64_t>(sample_size);
    const auto model = fitted("ItemKNN", kItems, sessions_of(sessions), keys);
    for (const Items& window : {Items{3}, {1, 2, 3, 4, 5}, {9, 4, 9, 9, 1, 17}, {20, 21}, {2, 2}}) {
      const std::vector<double> expected = nearest_sessions(sessions, window, kItems, neighbors, sample_size);
      const std::vector<float> got = scores(*model, window);
      for (std::int32_t item = 1; item <= kItems; ++item) {
        CAPTURE(item);
        if (expected[item] > 0)
          CHECK(got[item] == doctest::Approx(1 + expected[item]).epsilon(1e-6));
        else
          CHECK(got[item] < 0.5);
      }
    }
  }
}

TEST_CASE("ItemKNN takes the later of equal sessions, and one session of a history that is repeated") {
  const std::vector<Items> sessions = {{1, 2}, {1, 3}, {1, 4}};
  CHECK(best(*fitted("ItemKNN", 4, sessions_of(sessions), Json::parse(R"({"neighbors": 2})")), {1}, 2) == Items{3, 4});
  CHECK(best(*fitted("ItemKNN", 4, sessions_of(sessions), Json::parse(R"({"sample_size": 1})")), {1}, 1) == Items{4});
  TrainingSessions repeated = sessions_of({{1, 2}, {1, 2, 3}, {1, 4}});
  repeated.repeated[0] = 1;
  ModelSpec spec = tiny_file(5, 4, "ItemKNN").spec;
  for (const auto& [name, tensor] : model_info("ItemKNN").fit(spec, repeated))
    if (name == "session_offsets") CHECK(tensor.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 3, 5});
}

TEST_CASE("a fitted model's lists, scores and candidates agree, on any number of threads and from its file") {
  for (const char* name : {"Pop", "Markov", "ItemKNN"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const ModelFile file = tiny_file(5, 20, name);
    const auto model = tiny_model(file);
    save_model_file(folder / "model", file, *model);
    const LoadedModel loaded = load_model(folder / "model");
    const LoadedModel wide = load_model(folder / "model", DType::F64);
    CHECK(loaded.model->is_fitted());
    std::vector<Items> windows = {{}, {1}, {7, 7}, {20, 3, 5}, {1, 2, 3, 4}};
    for (std::int32_t i = 0; i < 60; ++i) windows.push_back({i % 20 + 1, i * 7 % 20 + 1});
    const Batch batch = windows_of(windows);
    const std::vector<float> all = model->full_sort_predict(batch).to_vector<float>();
    CHECK(loaded.model->full_sort_predict(batch).to_vector<float>() == all);
    const std::vector<double> doubles = wide.model->full_sort_predict(batch).to_vector<double>();
    CHECK(std::equal(all.begin(), all.end(), doubles.begin(), doubles.end()));
    set_num_threads(2);
    CHECK(model->full_sort_predict(batch).to_vector<float>() == all);
    set_num_threads(1);
    const Recommendations lists = model->recommend(batch, 20, {});
    const Items items = lists.items.to_vector<std::int32_t>();
    const std::vector<float> of_lists = lists.scores.to_vector<float>();
    for (std::size_t row = 0; row < windows.size(); ++row)
      for (std::size_t i = 0; i < 20; ++i) {
        CHECK(of_lists[row * 20 + i] == all[row * 21 + items[row * 20 + i]]);
        if (i == 0) continue;
        const auto at = row * 20 + i;
        CHECK((of_lists[at - 1] > of_lists[at] || (of_lists[at - 1] == of_lists[at] && items[at - 1] < items[at])));
      }
  }
}

TEST_CASE("tensors that are no fitted model's are refused, by name") {
  const ModelSpec knn = tiny_file(5, 20, "ItemKNN").spec, markov = tiny_file(5, 20, "Markov").spec;
  CHECK(message_of<FormatError>([&] {
          ModelSpec bare = knn;
          bare.fitted.clear();
          make_model(bare, DType::F32, 0);
        }) == "tensor item_counts is missing: ItemKNN is fitted to data, by seqrec train");
  CHECK(error_of(knn, "item_counts", Tensor::zeros({20}, DType::I64)) ==
        "tensor item_counts: expected i64 (21), got i64 (20)");
  CHECK(error_of(knn, "item_counts", Tensor::zeros({21}, DType::I32)) ==
        "tensor item_counts: expected i64 (21), got i32 (21)");
  CHECK(error_of(knn, "item_counts", Tensor::full({21}, -1, DType::I64)) ==
        "item_counts must be 0 for padding and from 0 on for all others");
  CHECK(error_of(knn, "repeats", Tensor::from({std::int64_t{3}, std::int64_t{2}}, {2})) ==
        "repeats must be a number of targets from 0 on and the number of all, got 3 and 2");
  CHECK(error_of(knn, "session_offsets", Tensor::from({std::int64_t{0}, std::int64_t{9}, std::int64_t{7}}, {3})) ==
        "session_offsets must ascend from 0 to the number of items, 24");
  CHECK(error_of(knn, "session_items", Tensor::full({24}, 21, DType::I32)) ==
        "session_items: item id 21 at 0, expected ascending ids of a row from 1 to 20");
  CHECK(error_of(knn, "session_items", Tensor::full({24}, 3, DType::I32)) ==
        "session_items: item id 3 at 1, expected ascending ids of a row from 1 to 20");
  std::int64_t pairs = 0;
  for (const auto& [name, tensor] : markov.fitted)
    if (name == "successor_items") pairs = tensor.numel();
  CHECK(error_of(markov, "successor_counts", Tensor::zeros({pairs}, DType::I64)) ==
        "successor_counts must be from 1 on, got 0");

  const TemporaryFolder folder;
  ModelFile file = tiny_file(5, 20, "Markov");
  const auto model = tiny_model(file);
  file.spec.model = "Pop";
  file.spec.hyper_parameters = complete_values(model_info("Pop").keys, {}, "");
  save_model_file(folder / "model", file, *model);
  CHECK(message_of<FormatError>([&] { load_model(folder / "model"); }) ==
        (folder / "model").string() + ": tensor \"successor_offsets\" is no part of the model");
}

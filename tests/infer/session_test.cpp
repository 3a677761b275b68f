#include "infer/session.h"

#include <algorithm>
#include <limits>
#include <thread>

#include <doctest/doctest.h>

#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::infer;
using models::TemporaryFolder;
using models::tiny_file;
using models::tiny_model;
using Tokens = std::vector<std::string>;

namespace {

Session make_session(SessionOptions options = {}, models::ModelFile file = tiny_file()) {
  models::LoadedModel loaded{std::move(file), nullptr};
  loaded.model = tiny_model(loaded.file);
  return Session(std::move(loaded), options);
}

Request after(Tokens history, std::int64_t k = 10) {
  Request request;
  request.history = std::move(history);
  request.k = k;
  return request;
}

Request of_user(std::string user, std::optional<Tokens> history = std::nullopt) {
  Request request;
  request.user = std::move(user);
  request.history = std::move(history);
  return request;
}

Tokens tokens_of(const Answer& answer) {
  Tokens tokens;
  for (const ScoredItem& item : answer.items) tokens.emplace_back(item.token);
  return tokens;
}

bool contains(const Tokens& tokens, const std::string& token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

std::vector<double> scores_of(const Answer& answer) {
  std::vector<double> scores;
  for (const ScoredItem& item : answer.items) scores.push_back(item.score);
  return scores;
}

void check_same(const Answer& a, const Answer& b) {
  CHECK(tokens_of(a) == tokens_of(b));
  REQUIRE(a.items.size() == b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) CHECK(a.items[i].score == doctest::Approx(b.items[i].score));
}

}  // namespace

TEST_CASE("a session ranks as full_sort_predict does") {
  std::string name;
  SUBCASE("SHAN") { name = "SHAN"; }
  SUBCASE("Caser") { name = "Caser"; }
  const models::ModelFile file = tiny_file(5, 20, name);
  const Session session = make_session({}, file);
  const auto model = tiny_model(file);
  Batch batch;
  batch.items = Index({3, 9, 4});
  batch.value_users = Index({2, 2, 2});
  batch.windows = Windows::adjacent({0, 3});
  batch.users = Index({2});
  const std::vector<float> all = model->full_sort_predict(batch).to_vector<float>();
  std::vector<std::int32_t> order;
  for (std::int32_t id = 1; id < 21; ++id) order.push_back(id);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return all[std::size_t(a)] > all[std::size_t(b)]; });

  Request request = of_user("u2", Tokens{"i3", "i9", "i4"});
  request.k = 20;
  const Answer answer = session.recommend(request);
  REQUIRE(answer.items.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(answer.items[i].id == order[i]);
    CHECK(answer.items[i].token == file.items.token(order[i]));
    CHECK(answer.items[i].score == doctest::Approx(all[std::size_t(order[i])]).epsilon(1e-5));
  }
  CHECK(answer.items.front().score > answer.items.back().score);
  const auto scores = session.score(request, Tokens{"i7", "nobody knows", "i1"});
  CHECK(*scores[0] == doctest::Approx(all[7]));
  CHECK_FALSE(scores[1].has_value());
  CHECK(*scores[2] == doctest::Approx(all[1]));
}

TEST_CASE("k: more than the catalogue gives fewer, less than 1 is refused") {
  const Session session = make_session();
  CHECK(session.recommend(after({"i1"}, 3)).items.size() == 3);
  CHECK(session.recommend(after({"i1"}, std::numeric_limits<std::int64_t>::max())).items.size() == 20);
  CHECK_THROWS_WITH_AS(session.recommend(after({"i1"}, 0)), "k must be at least 1, got 0", UsageError);
  CHECK_THROWS_WITH_AS(session.recommend(after({"i1"}, -1)), "k must be at least 1, got -1", UsageError);
}

TEST_CASE("unknown items are skipped and counted, only the last known ones of a long history count") {
  const Session session = make_session();
  const Answer plain = session.recommend(after({"i5", "i6", "i7", "i8"}));
  const Answer with_unknown = session.recommend(after({"i5", "?", "i6", "[PAD]", "i7", "i8", ""}));
  CHECK(plain.unknown_items == 0);
  CHECK(with_unknown.unknown_items == 3);
  check_same(plain, with_unknown);
  check_same(plain, session.recommend(after({"i1", "i2", "i5", "i6", "i7", "i8"})));
}

TEST_CASE("an unknown user gets the mean user or an error, by policy") {
  std::string name;
  SUBCASE("SHAN") { name = "SHAN"; }
  SUBCASE("Caser") { name = "Caser"; }
  models::ModelFile file = tiny_file(5, 20, name);
  const Session session = make_session({}, file);
  const Answer unknown = session.recommend(of_user("stranger", Tokens{"i5"}));
  CHECK(unknown.unknown_user);
  check_same(unknown, session.recommend(after({"i5"})));

  // By hand: a model whose padding user is the mean.
  const auto model = tiny_model(file);
  for (auto& [parameter, table] : model->state()) {
    if (parameter != "user_embedding.weight") continue;
    for (std::int64_t c = 0; c < 8; ++c) {
      double sum = 0;
      for (std::int64_t u = 1; u <= 5; ++u) sum += table.at<float>({u, c});
      table.at<float>({0, c}) = static_cast<float>(sum / 5);
    }
  }
  Batch batch;
  batch.items = Index({5});
  batch.value_users = batch.users = Index({0});
  batch.windows = Windows::adjacent({0, 1});
  const Tensor scores = model->full_sort_predict(batch);
  for (const ScoredItem& item : unknown.items) {
    CHECK(item.score == doctest::Approx(scores.at<float>({0, item.id})).epsilon(1e-5));
  }

  const Session strict = make_session({.unknown_user = UnknownUser::Error});
  CHECK_THROWS_WITH_AS(strict.recommend(of_user("stranger", Tokens{"i5"})), "unknown user \"stranger\"",
                       UnknownUserError);
  CHECK_FALSE(strict.recommend(of_user("u1", Tokens{"i5"})).unknown_user);
  CHECK(strict.recommend(after({"i5"})).items.size() == 10);
}

TEST_CASE("an empty history is an error or the model's answer, by policy") {
  const Session session = make_session();
  CHECK_THROWS_WITH_AS(session.recommend(after({})), "the history is empty", EmptyHistoryError);
  CHECK_THROWS_WITH_AS(session.recommend(after({"?"})), "no item of the history is known to the model",
                       EmptyHistoryError);
  CHECK_THROWS_AS(session.score(after({}), Tokens{"i1"}), EmptyHistoryError);

  const Session lenient = make_session({.empty_history = EmptyHistory::Model});
  CHECK(lenient.recommend(after({})).items.size() == 10);
  CHECK(lenient.recommend(after({"?"})).unknown_items == 1);
}

TEST_CASE("candidates and excluded items") {
  const Session session = make_session();
  Request request = after({"i5", "i6"}, 20);
  const Answer all = session.recommend(request);
  request.exclude = session.items(Tokens{"i9", "i9", "?", "i2"});
  CHECK(request.exclude->unknown == 1);
  Answer answer = session.recommend(request);
  CHECK(answer.items.size() == 18);
  CHECK_FALSE(contains(tokens_of(answer), "i9"));
  CHECK_FALSE(contains(tokens_of(answer), "i2"));
  request.exclude_seen = true;
  answer = session.recommend(request);
  CHECK(answer.items.size() == 16);
  CHECK_FALSE(contains(tokens_of(answer), "i5"));

  request.candidates = session.items(Tokens{"i12", "i5", "i9", "i13", "i11"});
  answer = session.recommend(request);
  Tokens expected;  // the order of the whole catalogue
  for (const ScoredItem& item : all.items) {
    if (item.id >= 11 && item.id <= 13) expected.emplace_back(item.token);
  }
  CHECK(tokens_of(answer) == expected);
  request.k = 2;
  CHECK(tokens_of(session.recommend(request)) == Tokens{expected[0], expected[1]});
  request.candidates = session.items(Tokens{});
  CHECK(session.recommend(request).items.empty());
}

TEST_CASE("a request by user reads the histories file") {
  const TemporaryFolder folder;
  const auto path = folder / "histories.safetensors";
  models::save_tiny_histories(path, tiny_file());
  Session session = make_session();
  CHECK(session.histories() == nullptr);
  CHECK_THROWS_WITH_AS(session.recommend(of_user("u1")), "a request by user alone needs the histories file",
                       UsageError);
  CHECK_THROWS_WITH_AS(session.recommend(Request{}), "a request needs a user or a history", UsageError);
  session.load_histories(path);
  CHECK_THROWS_WITH_AS(session.recommend(of_user("nobody")), "no history: user \"nobody\" is unknown to the model",
                       EmptyHistoryError);
  check_same(session.recommend(of_user("u1")), session.recommend(of_user("u1", Tokens{"i3", "i4", "i5", "i6"})));
  CHECK_THROWS_AS(session.recommend(of_user("u3")), EmptyHistoryError);
  CHECK_THROWS_AS(session.recommend(of_user("stranger")), EmptyHistoryError);

  Request request = of_user("u1");
  request.exclude_seen = true;
  request.k = 20;
  CHECK(session.recommend(request).items.size() == 14);  // i1 and i2 too, although out of the window
  request.history = Tokens{"i20"};
  CHECK(session.recommend(request).items.size() == 13);

  CHECK_THROWS_AS(make_session({}, tiny_file(5, 21)).load_histories(path), FormatError);
}

TEST_CASE("a request in ids is answered as one in tokens, and its ids are checked") {
  const TemporaryFolder folder;
  const auto path = folder / "histories.safetensors";
  models::save_tiny_histories(path, tiny_file());
  Session session = make_session();
  Workspace workspace;
  std::vector<ScoredId> best(20);
  const std::int32_t history[] = {5, 6, 5, 9, 2};
  IdRequest ids;
  ids.history = history;
  ids.user = 2;
  CHECK_THROWS_WITH_AS(session.recommend(IdRequest{}, workspace, best),
                       "a request by user alone needs the histories file", UsageError);
  session.load_histories(path);

  Request tokens = of_user("u2", Tokens{"i5", "i6", "i5", "i9", "i2"});
  const auto check = [&] {
    const Answer answer = session.recommend(tokens);
    ids.k = tokens.k;
    ids.exclude_seen = tokens.exclude_seen;
    REQUIRE(session.recommend(ids, workspace, best) == std::ssize(answer.items));
    for (std::size_t i = 0; i < answer.items.size(); ++i) {
      CHECK(best[i].id == answer.items[i].id);
      CHECK(best[i].score == answer.items[i].score);
    }
  };
  check();
  tokens.k = 20;
  tokens.exclude_seen = true;
  check();
  tokens.exclude = session.items(Tokens{"i3", "i14"});
  ids.exclude = tokens.exclude.get();
  check();
  tokens.candidates = session.items(Tokens{"i3", "i1", "i5", "i20", "i11"});
  ids.candidates = tokens.candidates.get();
  check();
  ids.user = 1;
  ids.history.reset();
  tokens = of_user("u1");
  tokens.k = 20;
  tokens.candidates = session.items(std::vector<std::int32_t>{7, 3, 7, 20});
  tokens.exclude = nullptr;
  ids.candidates = tokens.candidates.get();
  ids.exclude = nullptr;
  check();

  const std::vector<std::int32_t> items{4, 4, 1};
  std::vector<double> scores(3);
  session.score(ids, items, workspace, scores);
  const auto expected = session.score(tokens, Tokens{"i4", "i4", "i1"});
  for (std::size_t i = 0; i < 3; ++i) CHECK(scores[i] == expected[i]);

  const auto refuses = [&](const std::vector<std::int32_t>& items, std::int32_t user, const char* why) {
    IdRequest bad;
    bad.history = items;
    bad.user = user;
    CHECK_THROWS_WITH_AS(session.recommend(bad, workspace, best), why, UsageError);
  };
  refuses({1, 0}, 0, "no item has the id 0");
  refuses({21}, 0, "no item has the id 21");
  refuses({1}, 6, "no user has the id 6");
  refuses({1}, -1, "no user has the id -1");
  refuses({}, 0, "the history is empty");
  const auto narrow = std::span(best).first(9);
  IdRequest ten;
  ten.history = history;
  CHECK_THROWS_WITH_AS(session.recommend(ten, workspace, narrow), "expected room for 10 items, got room for 9",
                       UsageError);
  CHECK_THROWS_WITH_AS(session.score(ten, items, workspace, std::span(scores).first(2)),
                       "expected room for 3 scores, got room for 2", UsageError);
  CHECK_THROWS_WITH_AS(session.score(ten, std::vector<std::int32_t>{99}, workspace, scores), "no item has the id 99",
                       UsageError);
  CHECK_THROWS_AS(session.items(std::vector<std::int32_t>{0}), UsageError);
}

TEST_CASE("a batch answers as single requests do, and tells what failed") {
  const Session session = make_session();
  const auto candidates = session.items(Tokens{"i1", "i2", "i3"});
  std::vector<Request> requests;
  for (int i = 0; i < 700; ++i) {
    Request request = of_user(concat("u", i % 7), Tokens{concat("i", 1 + i % 20), concat("i", 1 + i % 3)});
    request.k = 1 + i % 12;
    request.exclude_seen = i % 2 == 0;
    if (i % 50 > 40) request.candidates = candidates;
    if (i % 100 == 99) request.history->clear();
    requests.push_back(std::move(request));
  }
  const std::vector<Answer> answers = session.recommend(requests);
  REQUIRE(answers.size() == requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(i);
    if (i % 100 == 99) {
      CHECK(answers[i].error == "the history is empty");
      CHECK(answers[i].items.empty());
    } else {
      CHECK(answers[i].error.empty());
      check_same(answers[i], session.recommend(requests[i]));
    }
  }
  CHECK(session.recommend(std::span<const Request>()).empty());
}

TEST_CASE("titles come with the items") {
  models::ModelFile file = tiny_file();
  CHECK(make_session({}, file).recommend(after({"i1"})).items[0].title.empty());
  file.titles.assign(21, "title");
  CHECK(make_session({}, file).recommend(after({"i1"})).items[0].title == "title");
}

TEST_CASE("a score that is not finite is an error") {
  models::LoadedModel loaded{tiny_file(), nullptr};
  loaded.model = tiny_model(loaded.file);
  for (auto& [name, tensor] : loaded.model->state()) {
    if (name != "item_embedding.weight") continue;
    for (float& value : tensor.span<float>()) value = 1e30F;
  }
  const Session session(std::move(loaded));
  CHECK_THROWS_WITH_AS(session.recommend(after({"i1"})), doctest::Contains("the model gave a score of"), NumericError);
}

TEST_CASE("in a batch a score that is not finite is the error of its request alone") {
  models::LoadedModel loaded{tiny_file(), nullptr};
  loaded.model = tiny_model(loaded.file);
  for (auto& [name, tensor] : loaded.model->state())
    if (name == "user_embedding.weight")
      for (std::int64_t i = 0; i < tensor.size(1); ++i) tensor.at<float>({2, i}) = 3e38F;
  const Session session(std::move(loaded));
  std::vector<Request> requests;
  for (const char* user : {"u1", "u2", "u3"}) requests.push_back(of_user(user, Tokens{"i1", "i2"}));
  const std::vector<Answer> answers = session.recommend(requests);
  CHECK(answers[1].error.starts_with("the model gave a score of"));
  CHECK(answers[1].items.empty());
  for (const std::size_t i : {0U, 2U}) {
    CHECK(answers[i].error.empty());
    check_same(answers[i], session.recommend(requests[i]));
  }
}

TEST_CASE("one session answers several threads at the same time") {
  const Session session = make_session();
  const Request request = after({"i4", "i2", "i8"}, 20);
  const Answer expected = session.recommend(request);
  std::vector<int> same(4, 0);
  std::vector<std::thread> threads;
  for (int& count : same) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const Answer answer = session.recommend(request);
        count += tokens_of(answer) == tokens_of(expected) && scores_of(answer) == scores_of(expected) &&
                 session.score(request, Tokens{"i1"})[0].has_value();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(same == std::vector<int>(4, 50));
}

TEST_CASE("every model answers from its file alone: short and long histories, repeats, a user nobody knows") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    for (const std::int32_t items : {1, 20}) {
      const TemporaryFolder folder;
      const models::ModelFile file = tiny_file(5, items, info.name);
      models::save_model_file(folder / "model", file, *tiny_model(file));
      const Session session(folder / "model");
      std::vector<Request> requests;
      for (const Tokens& history : {Tokens{"i1"}, Tokens{"i1", "i1"}, Tokens(9, "i1"), Tokens{"i3", "i1", "i7", "i1"}})
        for (const char* user : {"u2", "stranger"}) {
          requests.push_back(of_user(user, history));
          requests.back().k = items;
        }
      const std::vector<Answer> answers = session.recommend(requests);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        CAPTURE(i);
        CHECK(answers[i].error.empty());
        CHECK(answers[i].items.size() == static_cast<std::size_t>(items));
        check_same(answers[i], session.recommend(requests[i]));
      }
    }
  }
}

TEST_CASE("f64 sessions and f32 sessions agree") {
  const TemporaryFolder folder;
  const models::ModelFile file = tiny_file();
  models::save_model_file(folder / "model", file, *tiny_model(file));
  const Session single(folder / "model"), wide(folder / "model", {.dtype = DType::F64});
  check_same(single.recommend(after({"i3", "i1"})), wide.recommend(after({"i3", "i1"})));
}

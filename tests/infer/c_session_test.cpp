// Sessions and requests of the C interface: answers, alone and in batches, and a history that grows.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "infer/session.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;

extern "C" std::int64_t count_recommendations_in_c(const char* model_file, const char* token, const char** first);

namespace {

constexpr std::int32_t kRefuse = SEQREC_UNKNOWN_USER_REFUSE, kAnswer = SEQREC_EMPTY_HISTORY_ANSWER;

/// A request, opened.
struct OpenRequest {
  OpenRequest(const seqrec_model* model, const seqrec_request_options& options) {
    REQUIRE_MESSAGE(seqrec_request_open(model, &options, &request) == SEQREC_OK, seqrec_last_error());
  }
  ~OpenRequest() { seqrec_request_close(request); }
  OpenRequest(const OpenRequest&) = delete;
  OpenRequest& operator=(const OpenRequest&) = delete;
  operator const seqrec_request*() const { return request; }
  seqrec_request* request = nullptr;
};

/// A usage error with this text, and nothing was written.
void check_usage(const Caller& c, seqrec_status status, const std::string& text) {
  CHECK(status == SEQREC_ERROR_USAGE);
  CHECK(last_error() == text);
  CHECK(c.answer.count == Caller::kUntouched);
  CHECK(c.items[0].id == -1);
}

bool same_items(const Caller& a, const Caller& b) {
  return a.answer.count == b.answer.count &&
         std::equal(a.items.begin(), a.items.begin() + a.answer.count, b.items.begin(),
                    [](const seqrec_item& x, const seqrec_item& y) { return x.id == y.id && x.score == y.score; });
}

}  // namespace

TEST_CASE("the C interface answers as infer::Session does, from C too") {
  TinyCaller c;
  REQUIRE(c.recommend("u2", {"i3", "?", "i9"}, 20) == SEQREC_OK);
  CHECK(c.answer.count == 20);
  CHECK(c.answer.unknown_items == 1);
  CHECK(c.answer.unknown_user == 0);
  CHECK(c.answer.status == SEQREC_OK);
  infer::Request request;
  request.user = "u2";
  request.history = std::vector<std::string>{"i3", "i9"};
  request.k = 20;
  const infer::Session session{std::filesystem::path(c.model_file)};
  const infer::Answer answer = session.recommend(request);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(c.items[i].token == answer.items[i].token);
    CHECK(c.items[i].id == answer.items[i].id);
    CHECK(c.items[i].score == answer.items[i].score);
    CHECK(c.items[i].title == std::string("a title"));
    CHECK(c.items[i].reserved == 0);
  }

  const std::vector<const char*> history = {"i3", "i9"};
  const seqrec_query query = Caller::query("u2", history);
  const char* asked[] = {c.items[4].token, "?"};
  const std::int32_t ids[] = {c.items[4].id, 0};
  double scores[2] = {0, 0}, by_id[2] = {0, 0};
  REQUIRE(seqrec_session_score(c.session, &query, asked, 2, scores) == SEQREC_OK);
  REQUIRE(seqrec_session_score_ids(c.session, &query, ids, 2, by_id) == SEQREC_OK);
  CHECK(scores[0] == doctest::Approx(c.items[4].score));
  CHECK(by_id[0] == scores[0]);
  CHECK(std::isnan(scores[1]));
  CHECK(std::isnan(by_id[1]));
  CHECK(seqrec_session_score(c.session, &query, nullptr, 0, nullptr) == SEQREC_OK);

  const char* first = "";
  CHECK(count_recommendations_in_c(c.model_file.c_str(), "i4", &first) == 3);
  CHECK(std::string(first).starts_with("i"));
}

TEST_CASE("the C interface takes users and histories as ids too") {
  TinyCaller c, by_ids;
  const std::int32_t ids[] = {3, 0, 9};
  seqrec_query query = SEQREC_QUERY_INIT;
  query.user_id = 2;
  query.history_ids = ids;
  query.n_history = 3;
  REQUIRE(by_ids.recommend(&query, 20) == SEQREC_OK);
  REQUIRE(c.recommend("u2", {"i3", "?", "i9"}, 20) == SEQREC_OK);
  CHECK(same_items(c, by_ids));
  CHECK(by_ids.answer.unknown_items == 1);
}

TEST_CASE("the C interface: a query without a history is the user's own, an empty one is empty") {
  TinyCaller c, lenient(0, kAnswer);
  const seqrec_query own = Caller::query("u1");
  REQUIRE(c.recommend(&own, 20, SEQREC_EXCLUDE_SEEN) == SEQREC_OK);
  CHECK(c.answer.count == 18);
  CHECK(c.recommend("u1", {}) == SEQREC_ERROR_EMPTY_HISTORY);
  CHECK(last_error() == "the history is empty");
  CHECK(lenient.recommend("u1", {}) == SEQREC_OK);
  Caller without(c.model_file);
  check_usage(without, without.recommend(&own, 20), "a request by user alone needs the histories file");
}

TEST_CASE("the C interface: unknown users") {
  TinyCaller c, strict(kRefuse);
  CHECK(c.recommend("stranger", {"i1"}) == SEQREC_OK);
  CHECK(c.answer.unknown_user == 1);
  CHECK(strict.recommend("stranger", {"i1"}) == SEQREC_ERROR_UNKNOWN_USER);
  CHECK(last_error() == "unknown user \"stranger\"");
  CHECK(strict.recommend(nullptr, {"i1"}) == SEQREC_OK);
  CHECK(strict.answer.unknown_user == 0);
}

TEST_CASE("the C interface: a request's lists, as tokens and as ids") {
  TinyCaller c;
  const std::vector<const char*> history = {"i3", "i9"};
  const seqrec_query query = Caller::query("u2", history);
  const char* exclude[] = {"i4", "?", "i4", "i5"};
  const char* candidates[] = {"i9", "i5", "i3", "?", "??", "i8"};
  const std::int32_t exclude_ids[] = {4, 0, 4, 5}, candidate_ids[] = {9, 5, 3, 0, 0, 8};
  seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
  options.flags = SEQREC_EXCLUDE_SEEN;
  options.exclude = exclude;
  options.n_exclude = 4;
  {
    const OpenRequest but(c.model, options);
    REQUIRE(seqrec_session_recommend(c.session, but, &query, &c.answer) == SEQREC_OK);
    const std::vector<std::string> tokens = c.tokens();
    CHECK(std::set<std::string>(tokens.begin(), tokens.end()).size() == 16);
    for (const char* left_out : {"i3", "i4", "i5", "i9"})
      CHECK(std::ranges::find(tokens, std::string(left_out)) == tokens.end());
    std::int64_t of_exclude = -1, of_candidates = -1;
    REQUIRE(seqrec_request_unknown(but, &of_exclude, &of_candidates) == SEQREC_OK);
    CHECK(of_exclude == 1);
    CHECK(of_candidates == 0);
  }
  options.flags = 0;
  options.candidates = candidates;
  options.n_candidates = 6;
  const OpenRequest among(c.model, options);
  std::int64_t of_candidates = -1;
  REQUIRE(seqrec_request_unknown(among, nullptr, &of_candidates) == SEQREC_OK);
  CHECK(of_candidates == 2);
  REQUIRE(seqrec_session_recommend(c.session, among, &query, &c.answer) == SEQREC_OK);
  std::vector<std::string> tokens = c.tokens();
  std::ranges::sort(tokens);
  CHECK(tokens == std::vector<std::string>{"i3", "i8", "i9"});

  TinyCaller by_ids;
  options = SEQREC_REQUEST_OPTIONS_INIT;
  options.exclude_ids = exclude_ids;
  options.n_exclude = 4;
  options.candidate_ids = candidate_ids;
  options.n_candidates = 6;
  const OpenRequest ids(by_ids.model, options);
  REQUIRE(seqrec_session_recommend(by_ids.session, ids, &query, &by_ids.answer) == SEQREC_OK);
  CHECK(same_items(c, by_ids));

  options = SEQREC_REQUEST_OPTIONS_INIT;  // a list that is empty is one
  options.candidate_ids = candidate_ids;
  const OpenRequest none(c.model, options);
  REQUIRE(seqrec_session_recommend(c.session, none, &query, &c.answer) == SEQREC_OK);
  CHECK(c.answer.count == 0);
}

TEST_CASE("the C interface gives at most k items, and at most what there is room for") {
  TinyCaller c;
  REQUIRE(c.recommend("u2", {"i3"}, 0) == SEQREC_OK);
  CHECK(c.answer.count == 20);
  REQUIRE(c.recommend("u2", {"i3"}, 5) == SEQREC_OK);
  CHECK(c.answer.count == 5);
  REQUIRE(c.recommend("u2", {"i3"}, std::numeric_limits<std::int64_t>::max()) == SEQREC_OK);
  CHECK(c.answer.count == 20);
  const std::vector<const char*> history = {"i3"};
  const seqrec_query query = Caller::query("u2", history);
  c.clear();
  c.answer.room = 2;
  REQUIRE(seqrec_session_recommend(c.session, nullptr, &query, &c.answer) == SEQREC_OK);
  CHECK(c.answer.count == 2);
  CHECK(c.items[2].id == -1);
}

TEST_CASE("the C interface answers a batch as it answers one, and tells what it can't answer") {
  TinyCaller c(kRefuse), alone(kRefuse);
  constexpr std::size_t kMany = 600;  // more than one block
  const std::vector<const char*> known = {"i3", "i9"}, longer = {"i1", "i2", "?", "i4", "i5", "i6"}, none = {"?"};
  std::vector<seqrec_query> queries;
  std::vector<std::array<seqrec_item, 4>> items(kMany);
  std::vector<seqrec_answer> answers(kMany, SEQREC_ANSWER_INIT);
  for (std::size_t i = 0; i < kMany; ++i) {
    const seqrec_query kinds[] = {Caller::query("u1", known), Caller::query(nullptr, longer), Caller::query("u1"),
                                  Caller::query("u1", none), Caller::query("stranger", known)};
    queries.push_back(kinds[i % 5]);
    answers[i].items = items[i].data();
    answers[i].room = 4;
  }
  REQUIRE(seqrec_session_recommend_batch(c.session, nullptr, queries.data(), kMany, answers.data()) == SEQREC_OK);
  for (std::size_t i = 0; i < kMany; ++i) {
    CAPTURE(i);
    alone.clear();
    alone.answer.room = 4;
    const seqrec_status status = seqrec_session_recommend(alone.session, nullptr, &queries[i], &alone.answer);
    REQUIRE(answers[i].status == status);
    if (status != SEQREC_OK) {
      CHECK(answers[i].count == 0);
      continue;
    }
    REQUIRE(answers[i].count == 4);
    CHECK(answers[i].unknown_items == alone.answer.unknown_items);
    for (std::size_t j = 0; j < 4; ++j) {
      CHECK(items[i][j].id == alone.items[j].id);
      CHECK(items[i][j].score == alone.items[j].score);
    }
  }
  CHECK(answers[3].status == SEQREC_ERROR_EMPTY_HISTORY);
  CHECK(answers[4].status == SEQREC_ERROR_UNKNOWN_USER);
  CHECK(last_error() == "unknown user \"stranger\"");
  CHECK(seqrec_session_recommend_batch(c.session, nullptr, nullptr, 0, nullptr) == SEQREC_OK);

  c.answer.count = Caller::kUntouched;
  check_usage(c, seqrec_session_recommend_batch(c.session, nullptr, nullptr, 1, answers.data()),
              "queries must not be NULL");
  check_usage(c, seqrec_session_recommend_batch(c.session, nullptr, queries.data(), 1, nullptr),
              "answers must not be NULL");
  check_usage(c, seqrec_session_recommend_batch(c.session, nullptr, queries.data(), -1, answers.data()),
              "n must not be negative, got -1");
  check_usage(c,
              seqrec_session_recommend_batch(c.session, nullptr, queries.data(),
                                             std::numeric_limits<std::int64_t>::max(), answers.data()),
              "n must be at most 2147483647, got 9223372036854775807");
  queries[1].size += 8;
  check_usage(
      c, seqrec_session_recommend_batch(c.session, nullptr, queries.data(), 2, answers.data()),
      concat("queries[1].size is ", sizeof(seqrec_query) + 8, ", and that of the first ", sizeof(seqrec_query)));
  answers[1].room = 0;
  queries[1].size -= 8;
  check_usage(c, seqrec_session_recommend_batch(c.session, nullptr, queries.data(), 2, answers.data()),
              "answer.room must be at least 1, got 0");
}

TEST_CASE("the C interface reads arrays of a later version's structs") {
  struct LaterQuery {
    seqrec_query known;
    std::int64_t later;
  };
  struct LaterAnswer {
    seqrec_answer known;
    std::int64_t later;
  };
  TinyCaller c;
  const std::vector<const char*> history = {"i3", "i9"}, other = {"i4"};
  LaterQuery queries[] = {{Caller::query("u1", history), 0}, {Caller::query("u2", other), 0}};
  seqrec_item items[2][3];
  LaterAnswer answers[2] = {};
  for (std::size_t i = 0; i < 2; ++i) {
    queries[i].known.size = sizeof(LaterQuery);
    answers[i].known = SEQREC_ANSWER_INIT;
    answers[i].known.size = sizeof(LaterAnswer);
    answers[i].known.items = items[i];
    answers[i].known.room = 3;
  }
  REQUIRE(seqrec_session_recommend_batch(c.session, nullptr, &queries[0].known, 2, &answers[0].known) == SEQREC_OK);
  REQUIRE(c.recommend("u2", {"i4"}, 3) == SEQREC_OK);
  CHECK(answers[1].known.count == 3);
  CHECK(items[1][2].id == c.items[2].id);
  queries[1].later = 1;
  CHECK(seqrec_session_recommend_batch(c.session, nullptr, &queries[0].known, 2, &answers[0].known) ==
        SEQREC_ERROR_USAGE);
}

TEST_CASE("the C interface: a history's vector scores items by its products with theirs") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    TinyCaller c(0, 0, info.name);
    seqrec_info told = SEQREC_INFO_INIT;
    REQUIRE(seqrec_model_info(c.model, &told) == SEQREC_OK);
    const auto width = static_cast<std::size_t>(told.history_vector_width);
    const std::vector<const char*> history = {"i3", "?", "i9"};
    const seqrec_query query = Caller::query("u2", history);
    std::vector<float> vector(std::max<std::size_t>(width, 1), 7.0F), items(20 * width);
    const seqrec_status status =
        seqrec_session_vector(c.session, &query, static_cast<std::int64_t>(width), vector.data());
    if (width == 0) {
      CHECK(status == SEQREC_ERROR_UNSUPPORTED);
      CHECK(last_error() == concat("a ", info.name, " has no vector of a history"));
      CHECK(vector[0] == 7.0F);
      continue;
    }
    REQUIRE(status == SEQREC_OK);
    REQUIRE(seqrec_item_vectors(c.model, 1, 20, told.item_vector_width, items.data()) == SEQREC_OK);
    REQUIRE(c.recommend("u2", {"i3", "i9"}, 20) == SEQREC_OK);
    for (std::size_t i = 0; i < 20; ++i) {
      const auto first = (static_cast<std::size_t>(c.items[i].id) - 1) * width;
      double product = 0;
      for (std::size_t j = 0; j < width; ++j) product += static_cast<double>(vector[j]) * items[first + j];
      CHECK(product == doctest::Approx(c.items[i].score).epsilon(1e-4));
    }
    check_usage(c, (c.clear(), seqrec_session_vector(c.session, &query, 1, vector.data())),
                concat("width must be ", width, ", got 1"));
    check_usage(c, seqrec_session_vector(c.session, &query, told.history_vector_width, nullptr),
                "vector must not be NULL");
    check_usage(c, seqrec_session_vector(nullptr, &query, 8, vector.data()), "session must not be NULL");
  }
}

TEST_CASE("the C interface: a session whose history grows answers as one that is given the whole, in every model") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    TinyCaller growing(0, kAnswer, info.name), whole(0, kAnswer, info.name);
    const std::vector<const char*> begin = {"i3", "?"};
    const seqrec_query started = Caller::query("u2", begin);
    REQUIRE(seqrec_session_start(growing.session, &started) == SEQREC_OK);
    std::vector<const char*> history = begin;
    const char* const more[] = {"i3", "i9", "i9", "?", "i4", "i20", "i3", "i1", "i9", "i4", "i7", "i2"};
    for (const char* next : more) {
      CAPTURE(history.size());
      for (const unsigned flags : {0u, unsigned{SEQREC_EXCLUDE_SEEN}}) {
        REQUIRE(growing.recommend(nullptr, 20, flags) == SEQREC_OK);
        REQUIRE(whole.recommend("u2", history, 20, flags) == SEQREC_OK);
        CHECK(same_items(growing, whole));
        CHECK(growing.answer.unknown_items == whole.answer.unknown_items);
      }
      const seqrec_query query = Caller::query("u2", history);
      const char* const asked[] = {"i1", "?", "i17"};
      double grown[3], given[3];
      REQUIRE(seqrec_session_score(growing.session, nullptr, asked, 3, grown) == SEQREC_OK);
      REQUIRE(seqrec_session_score(whole.session, &query, asked, 3, given) == SEQREC_OK);
      CHECK(std::memcmp(&grown[0], &given[0], sizeof grown[0]) == 0);
      CHECK(std::memcmp(&grown[2], &given[2], sizeof grown[2]) == 0);
      history.push_back(next);
      std::int32_t id = 0;
      REQUIRE(seqrec_item_id(growing.model, next, &id) == SEQREC_OK);
      if (history.size() % 2 == 0)
        REQUIRE(seqrec_session_append(growing.session, next) == SEQREC_OK);
      else
        REQUIRE(seqrec_session_append_id(growing.session, id) == SEQREC_OK);
    }
    REQUIRE(growing.recommend("u1", {"i5"}, 20) == SEQREC_OK);  // what is asked between is not the session's own
    REQUIRE(whole.recommend("u2", history, 20) == SEQREC_OK);
    REQUIRE(growing.recommend(nullptr, 20) == SEQREC_OK);
    CHECK(same_items(growing, whole));
  }
}

TEST_CASE("the C interface: what a session starts with, and what it can't") {
  TinyCaller c;
  CHECK(c.recommend(nullptr, 3) == SEQREC_ERROR_EMPTY_HISTORY);
  REQUIRE(seqrec_session_append(c.session, "i9") == SEQREC_OK);
  REQUIRE(c.recommend(nullptr, 20) == SEQREC_OK);
  TinyCaller given;
  REQUIRE(given.recommend(nullptr, {"i9"}, 20) == SEQREC_OK);
  CHECK(same_items(c, given));

  const seqrec_query own = Caller::query("u1");  // who saw i3 and i5
  REQUIRE(seqrec_session_start(c.session, &own) == SEQREC_OK);
  REQUIRE(seqrec_session_append(c.session, "i7") == SEQREC_OK);
  REQUIRE(c.recommend(nullptr, 20) == SEQREC_OK);
  REQUIRE(given.recommend("u1", {"i3", "i5", "i7"}, 20) == SEQREC_OK);
  CHECK(same_items(c, given));

  c.clear();  // and an error leaves what the session had
  const std::vector<const char*> bad = {"i1", nullptr};
  const seqrec_query wrong = Caller::query("u1", bad), nobody = Caller::query(nullptr);
  check_usage(c, seqrec_session_start(c.session, &wrong), "history[1] must not be NULL");
  check_usage(c, seqrec_session_start(c.session, &nobody), "a request needs a user or a history");
  check_usage(c, seqrec_session_start(nullptr, &own), "session must not be NULL");
  check_usage(c, seqrec_session_append(c.session, nullptr), "item must not be NULL");
  check_usage(c, seqrec_session_append(nullptr, "i1"), "session must not be NULL");
  check_usage(c, seqrec_session_append_id(c.session, 21), "item must be from 0 to 20, got 21");
  check_usage(c, seqrec_session_append_id(c.session, -1), "item must be from 0 to 20, got -1");
  check_usage(c, seqrec_session_append_id(nullptr, 1), "session must not be NULL");
  REQUIRE(c.recommend(nullptr, 20) == SEQREC_OK);
  CHECK(same_items(c, given));

  REQUIRE(seqrec_session_start(c.session, nullptr) == SEQREC_OK);
  CHECK(c.recommend(nullptr, 3) == SEQREC_ERROR_EMPTY_HISTORY);
  Caller without(c.model_file);
  check_usage(without, seqrec_session_start(without.session, &own), "a request by user alone needs the histories file");
}

TEST_CASE("the C interface refuses what is wrong about a request") {
  TinyCaller c;
  seqrec_request* request = nullptr;
  const auto check = [&](const seqrec_request_options& options, const std::string& text) {
    request = reinterpret_cast<seqrec_request*>(8);
    check_usage(c, seqrec_request_open(c.model, &options, &request), text);
    CHECK(request == nullptr);
  };
  const char* tokens[] = {"i1", nullptr};
  const std::int32_t ids[] = {1, 21, -1};
  const auto with = [](auto set) {
    seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
    set(options);
    return options;
  };
  check(with([](auto& o) { o.size = 1; }),
        concat("options.size is 1, expected ", sizeof(seqrec_request_options), ": begin with its SEQREC_..._INIT"));
  check(with([](auto& o) { o.flags = 6; }), "unknown flags: 6");
  check(with([](auto& o) { o.k = -1; }), "k must not be negative, got -1");
  check(with([](auto& o) { o.n_exclude = 1; }), "exclude must not be NULL");
  check(with([](auto& o) { o.n_candidates = -2; }), "n_candidates must not be negative, got -2");
  check(with([](auto& o) { o.n_exclude = std::int64_t{1} << 31; }),
        "n_exclude must be at most 2147483647, got 2147483648");
  check(with([&](auto& o) { o.exclude = tokens, o.n_exclude = 2; }), "exclude[1] must not be NULL");
  check(with([&](auto& o) { o.candidate_ids = ids, o.n_candidates = 2; }),
        "candidate_ids[1] must be from 0 to 20, got 21");
  check(with([&](auto& o) { o.exclude_ids = ids + 2, o.n_exclude = 1; }),
        "exclude_ids[0] must be from 0 to 20, got -1");
  check(with([&](auto& o) { o.exclude_ids = ids, o.exclude = tokens; }), "exclude and exclude_ids can't both be given");
  check_usage(c, seqrec_request_open(nullptr, nullptr, &request), "model must not be NULL");
  check_usage(c, seqrec_request_open(c.model, nullptr, nullptr), "request must not be NULL");
  check_usage(c, seqrec_request_unknown(nullptr, nullptr, nullptr), "request must not be NULL");

  TinyCaller other;
  const OpenRequest of_other(other.model, SEQREC_REQUEST_OPTIONS_INIT);
  const std::vector<const char*> history = {"i3"};
  const seqrec_query query = Caller::query(nullptr, history);
  c.clear();
  check_usage(c, seqrec_session_recommend(c.session, of_other, &query, &c.answer), "the request is of another model");
  check_usage(c, seqrec_session_recommend_batch(c.session, of_other, &query, 1, &c.answer),
              "the request is of another model");
}

TEST_CASE("the C interface refuses what is wrong about a query or an answer, and leaves its results alone") {
  TinyCaller c;
  c.clear();
  const std::vector<const char*> history = {"i1", nullptr}, good = {"i1"};
  const std::int32_t ids[] = {1, 21};
  seqrec_query query = Caller::query(nullptr, good);
  const auto recommend = [&](const seqrec_query& asked) {
    return seqrec_session_recommend(c.session, nullptr, &asked, &c.answer);
  };
  const auto with = [&](auto set) {
    seqrec_query asked = query;
    set(asked);
    return asked;
  };
  check_usage(c, recommend(with([](auto& q) { q.size = 7; })),
              concat("query.size is 7, expected ", sizeof(seqrec_query), ": begin with its SEQREC_..._INIT"));
  check_usage(c, recommend(with([](auto& q) { q.user = "u1", q.user_id = 1; })),
              "user and user_id can't both be given");
  check_usage(c, recommend(with([](auto& q) { q.user_id = 6; })), "user_id must be from 0 to 5, got 6");
  check_usage(c, recommend(with([](auto& q) { q.user_id = -1; })), "user_id must be from 0 to 5, got -1");
  check_usage(c, recommend(Caller::query(nullptr, history)), "history[1] must not be NULL");
  check_usage(c, recommend(with([](auto& q) { q.history = nullptr; })), "history must not be NULL");
  check_usage(c, recommend(with([](auto& q) { q.n_history = -1; })), "n_history must not be negative, got -1");
  check_usage(c, recommend(with([&](auto& q) { q.history_ids = ids; })), "history and history_ids can't both be given");
  check_usage(c, recommend(with([&](auto& q) { q.history = nullptr, q.history_ids = ids, q.n_history = 2; })),
              "history_ids[1] must be from 0 to 20, got 21");
  check_usage(c, recommend(with([](auto& q) { q.history = nullptr, q.n_history = 0; })),
              "a request needs a user or a history");

  check_usage(c, seqrec_session_recommend(nullptr, nullptr, &query, &c.answer), "session must not be NULL");
  check_usage(c, seqrec_session_recommend(c.session, nullptr, &query, nullptr), "answer must not be NULL");
  c.answer.room = 0;
  check_usage(c, recommend(query), "answer.room must be at least 1, got 0");
  c.answer.room = 3;
  c.answer.items = nullptr;
  check_usage(c, recommend(query), "answer.items must not be NULL");
  c.answer.size = 3;
  check_usage(c, recommend(query),
              concat("answer.size is 3, expected ", sizeof(seqrec_answer), ": begin with its SEQREC_..._INIT"));

  const char* asked[] = {"i1"};
  double score = 5;
  check_usage(c, seqrec_session_score(c.session, &query, asked, 1, nullptr), "scores must not be NULL");
  check_usage(c, seqrec_session_score(c.session, &query, nullptr, 1, &score), "items must not be NULL");
  check_usage(c, seqrec_session_score(c.session, &query, asked, -1, &score), "n must not be negative, got -1");
  check_usage(c, seqrec_session_score(nullptr, &query, asked, 1, &score), "session must not be NULL");
  check_usage(c, seqrec_session_score_ids(c.session, &query, ids, 2, &score), "items[1] must be from 0 to 20, got 21");
  check_usage(c, seqrec_session_score_ids(nullptr, &query, ids, 1, &score), "session must not be NULL");
  CHECK(score == 5);

  seqrec_session* session = c.session;
  check_usage(c, seqrec_session_open(nullptr, &session), "model must not be NULL");
  CHECK(session == nullptr);
  check_usage(c, seqrec_session_open(c.model, nullptr), "session must not be NULL");
}

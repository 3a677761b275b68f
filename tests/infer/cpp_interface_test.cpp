// seqrec.hpp: what seqrec.h does, with exceptions.
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include "core/file.h"
#include "infer/seqrec.hpp"
#include "tests/infer/c_caller.h"

namespace {

namespace api = seqrec::v1;
using Tokens = std::vector<std::string>;

bool same(const api::Answer& a, const Caller& b) {
  if (static_cast<std::int64_t>(a.items.size()) != b.answer.count) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (a.items[i].id != b.items[i].id || a.items[i].score != b.items[i].score) return false;
  return true;
}

template <class F>
void check_throws(F&& f, seqrec_status status, const std::string& text) {
  try {
    f();
  } catch (const api::StatusError& error) {
    CHECK(error.status() == status);
    CHECK(error.what() == text);
    return;
  }
  FAIL("expected an error: " << text);
}

}  // namespace

TEST_CASE("seqrec.hpp answers as seqrec.h does") {
  TinyCaller c;
  const api::Model model(c.model_file, c.options());
  api::Session session(model);
  REQUIRE(c.recommend("u2", {"i3", "?", "i9"}, 5) == SEQREC_OK);
  const api::Query query = api::Query().user("u2").history({"i3", "?", "i9"});
  const api::Answer answer = session.recommend(query, 5);
  CHECK(same(answer, c));
  CHECK(answer.unknown_items == 1);
  CHECK_FALSE(answer.unknown_user);
  CHECK(same(session.recommend(api::Query().user_id(2).history_ids({3, 0, 9}), 5), c));
  CHECK(session.recommend(api::Query().user("stranger").history({"i1"}), 5).unknown_user);

  api::Request::Options options;
  options.exclude_seen = true;
  options.exclude = {"i4"};
  const api::Request without(model, options);
  CHECK(session.recommend(query, without, 64).items.size() == 17);
  options.all_items = false;
  CHECK(session.recommend(query, api::Request(model, options), 64).items.empty());
  options.candidates = {"i4", "i7", "i8", "i3"};
  CHECK(session.recommend(query, api::Request(model, options), 64).items.size() == 2);
  options.all_items = true;  // candidates say enough
  CHECK(session.recommend(query, api::Request(model, options), 64).items.size() == 2);
  CHECK(session.recommend(query, std::numeric_limits<std::int64_t>::max()).items.size() == 20);
  CHECK(session.recommend(api::Query().user("u1"), 3).items.size() == 3);  // by its own history
  // An empty list of ids is a history, in a copy of it too.
  const std::vector<api::Query> empty = {api::Query().user("u1").history_ids({})};
  CHECK(session.recommend_batch(empty, 3)[0].status == SEQREC_ERROR_EMPTY_HISTORY);

  const std::vector<double> scores = session.score(query, {answer.items[1].token, "?"});
  CHECK(scores[0] == doctest::Approx(answer.items[1].score));
  CHECK(std::isnan(scores[1]));
  CHECK(session.score_ids(query, {answer.items[1].id})[0] == scores[0]);

  const std::vector<api::Answer> batch = session.recommend_batch({query, api::Query().history({"?"})}, 5);
  CHECK(same(batch[0], c));
  CHECK(batch[1].status == SEQREC_ERROR_EMPTY_HISTORY);
  CHECK(batch[1].items.empty());
  CHECK(session.recommend_batch({query}, without, 64)[0].items.size() == 17);
  CHECK(session.recommend_batch({}, 5).empty());

  session.start(api::Query().user("u2").history({"i3"}));
  session.append("?");
  session.append_id(9);
  CHECK(same(session.recommend(5), c));
  CHECK(session.recommend(without, 64).items.size() == 17);
  session.start();
  check_throws([&] { session.recommend(5); }, SEQREC_ERROR_EMPTY_HISTORY, "the history is empty");
}

TEST_CASE("seqrec.hpp tells what a model is, from memory too") {
  const TinyFiles files;
  const std::string bytes = seqrec::read_text(files.model_file);
  const api::Model model(bytes.data(), bytes.size());
  const seqrec_info info = model.info();
  CHECK(info.n_items == 20);
  CHECK(model.item_id("i7") == 7);
  CHECK(model.item_id("?") == 0);
  CHECK(model.user_id("u3") == 3);
  CHECK(model.item_token(7) == std::string("i7"));
  CHECK(model.user_token(3) == std::string("u3"));
  CHECK(model.item_title(7) == std::string("a title"));
  const std::vector<float> items = model.item_vectors(1, 20);
  CHECK(items.size() == 160);
  api::Session session(model);
  const std::vector<float> vector = session.vector(api::Query().history({"i3"}), info.history_vector_width);
  const api::Answer answer = session.recommend(api::Query().history({"i3"}), 1);
  double product = 0;
  for (std::size_t i = 0; i < 8; ++i)
    product += static_cast<double>(vector[i]) * items[(static_cast<std::size_t>(answer.items[0].id) - 1) * 8 + i];
  CHECK(product == doctest::Approx(answer.items[0].score).epsilon(1e-4));
}

TEST_CASE("seqrec.hpp throws what went wrong, and closes what it opened in any order") {
  check_throws([] { api::Model("/nowhere/model"); }, SEQREC_ERROR_FILE,
               "can't read /nowhere/model: No such file or directory");
  const TinyFiles files;
  auto model = std::make_unique<api::Model>(files.model_file);
  api::Session session(*model), moved = std::move(session);
  model.reset();
  CHECK(moved.recommend(api::Query().history({"i3"}), 2).items.size() == 2);
  check_throws([&] { moved.recommend(api::Query(), 2); }, SEQREC_ERROR_USAGE, "a request needs a user or a history");
  check_throws([&] { moved.recommend(api::Query().history({"i3"}), 0); }, SEQREC_ERROR_USAGE,
               "answer.room must be at least 1, got 0");
  check_throws([&] { session.recommend(2); }, SEQREC_ERROR_USAGE, "session must not be NULL");
  static_assert(!std::is_copy_constructible<api::Model>::value, "a handle is closed once");
}

#include "infer/similar.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "models/list.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::infer;
using Tokens = std::vector<std::string>;

namespace {

Session make_session(const std::string& model, DType dtype = DType::F32, std::int32_t items = 20) {
  models::LoadedModel loaded{models::tiny_file(5, items, model), nullptr};
  loaded.model = models::tiny_model(loaded.file, dtype);
  return Session(std::move(loaded), {.dtype = dtype});
}

std::vector<double> unit(const Session& session, std::int32_t item) {
  const std::vector<float> values = session.item_vectors(item, item + 1).to_vector<float>();
  double squares = 0;
  for (const float value : values) squares += double{value} * value;
  std::vector<double> out;
  for (const float value : values) out.push_back(value / std::sqrt(squares));
  return out;
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

std::vector<std::int32_t> ids_of(const Answer& answer) {
  std::vector<std::int32_t> ids;
  for (const ScoredItem& item : answer.items) ids.push_back(item.id);
  return ids;
}

}  // namespace

TEST_CASE("similar items are those of the largest cosines, in every model that has item vectors") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    const Session session = make_session(info.name);
    if (info.fit) {
      CHECK_THROWS_WITH_AS(similar(session, {.items = {"i1"}}),
                           ("a " + info.name + " has no item vectors to compare").c_str(), UsageError);
      continue;
    }
    std::vector<double> direction = unit(session, 3);
    const std::vector<double> other = unit(session, 9);
    for (std::size_t i = 0; i < other.size(); ++i) direction[i] += other[i];
    std::vector<std::pair<double, std::int32_t>> expected;
    for (std::int32_t item = 1; item <= 20; ++item)
      if (item != 3 && item != 9) expected.emplace_back(-cosine(direction, unit(session, item)), item);
    std::ranges::sort(expected);
    const Answer answer = similar(session, {.items = {"i3", "i9", "i3", "?"}, .k = 100});
    CHECK(answer.unknown_items == 1);
    REQUIRE(answer.items.size() == 18);
    for (std::size_t i = 0; i < 18; ++i) {
      CHECK(answer.items[i].score == doctest::Approx(-expected[i].first).epsilon(1e-5));
      CHECK(answer.items[i].id == expected[i].second);
    }
    std::vector<std::int32_t> five = ids_of(answer);
    five.resize(5);
    CHECK(ids_of(similar(session, {.items = {"i9", "i3"}, .k = 5})) == five);
  }
}

TEST_CASE("similar items keep within candidates and exclusions, of a catalogue of several blocks") {
  const Session session = make_session("SHAN", DType::F64, 9000);
  const Answer all = similar(session, {.items = {"i1"}, .k = 9000});
  REQUIRE(all.items.size() == 8999);
  CHECK(std::ranges::is_sorted(all.items, std::greater<>(), &ScoredItem::score));
  CHECK(std::ranges::max(ids_of(all)) == 9000);
  const auto token = [&](std::size_t i) { return std::string(all.items[i].token); };
  const auto exclude = session.items(Tokens{token(0), token(2), "?"});
  const auto candidates = session.items(Tokens{"i1", token(8000), token(2), token(50)});
  const Answer left = similar(session, {.items = {"i1"}, .k = 3, .exclude = exclude});
  CHECK(ids_of(left) == std::vector{all.items[1].id, all.items[3].id, all.items[4].id});
  const Answer among = similar(session, {.items = {"i1"}, .k = 9, .exclude = exclude, .candidates = candidates});
  CHECK(ids_of(among) == std::vector{all.items[50].id, all.items[8000].id});
  CHECK(among.items[0].score == all.items[50].score);
}

TEST_CASE("similar says what it can't compare") {
  const Session session = make_session("SHAN");
  CHECK_THROWS_WITH_AS(similar(session, {.items = {"i1"}, .k = 0}), "k must be at least 1, got 0", UsageError);
  for (const Tokens& items : {Tokens{}, Tokens{"?", "[PAD]"}})
    CHECK_THROWS_WITH_AS(similar(session, {.items = items}), "no item that was given is known to the model",
                         UsageError);
  CHECK(similar(make_session("SHAN", DType::F32, 1), {.items = {"i1"}}).items.empty());
}

TEST_CASE("a vector of zeros is like nothing, one that is too long is an error") {
  models::LoadedModel loaded{models::tiny_file(), nullptr};
  loaded.model = models::tiny_model(loaded.file);
  const Tensor table = loaded.model->item_vectors(0, 21);
  std::ranges::fill(table.slice(0, 2, 3).span<float>(), 0.0F);
  for (const std::int64_t row : {4, 5})
    std::ranges::transform(table.slice(0, 3, 4).span<float>(), table.slice(0, row, row + 1).span<float>().begin(),
                           [&](float value) { return row == 4 ? 2 * value : -value; });
  const Session session(std::move(loaded));
  const Answer answer = similar(session, {.items = {"i3"}, .k = 20});
  CHECK(answer.items.front().id == 4);
  CHECK(answer.items.front().score == doctest::Approx(1));
  CHECK(answer.items.back().id == 5);
  CHECK(answer.items.back().score == doctest::Approx(-1));
  CHECK(std::ranges::find(answer.items, 2, &ScoredItem::id)->score == 0);
  for (const Tokens& items : {Tokens{"i2"}, Tokens{"i3", "i5"}})
    CHECK_THROWS_WITH_AS(similar(session, {.items = items}), "the vectors of the given items point nowhere",
                         UsageError);
  std::ranges::fill(session.item_vectors(7, 8).span<float>(), 3e38F);
  CHECK_THROWS_WITH_AS(similar(session, {.items = {"i7"}, .k = 20}), "an item's vector is too long to compare",
                       NumericError);
}

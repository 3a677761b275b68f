#include "nn/feature_embedding.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "autograd/ops/reduce.h"
#include "core/error.h"

using namespace seqrec;
using namespace seqrec::nn;

namespace {

Feature feature(const char* name, FieldType type, std::int64_t tokens, std::vector<std::int32_t> offsets,
                std::vector<std::int32_t> ids, std::vector<float> numbers) {
  return {name, type, tokens, Windows::adjacent(std::move(offsets)), Index(std::move(ids)), std::move(numbers)};
}

/// Four ids: a token, a sequence of tokens (with a missing one, and nothing), a number, a sequence of numbers.
std::vector<Feature> features() {
  return {feature("year", FieldType::Float, 0, {0, 1, 2, 3, 4}, {}, {0, 0.5, 2, -1}), identity_feature("item_id", 4),
          feature("class", FieldType::TokenSeq, 3, {0, 0, 2, 5, 5}, {1, 2, 2, 0, 1}, {}),
          feature("kind", FieldType::Token, 2, {0, 1, 2, 3, 4}, {0, 1, 0, 1}, {}),
          feature("prices", FieldType::FloatSeq, 0, {0, 0, 1, 3, 3}, {}, {2, 1, 3})};
}

double at(const Tensor& tensor, std::int64_t row, std::int64_t column) { return tensor.at<double>({row, column}); }

}  // namespace

TEST_CASE("features become vectors, in RecBole's order and under its names") {
  for (const Pooling pooling : {Pooling::Mean, Pooling::Max, Pooling::Sum}) {
    const FeatureEmbedding layer(Root(3, DType::F64), "item", features(), 2, pooling);
    const auto state = layer.state();
    const auto table = [&](const std::string& name) {
      for (const auto& [known, tensor] : state)
        if (known == name) return tensor;
      FAIL("no parameter ", name);
      return Tensor();
    };
    CHECK(state.size() == 4);
    const Tensor tokens = table("token_embedding_table.item.embedding.weight");  // item_id, then kind
    const Tensor classes = table("token_seq_embedding_table.item.0.weight");
    const Tensor years = table("float_embedding_table.item.embedding.weight");
    const Tensor prices = table("float_seq_embedding_table.item.0.weight");
    CHECK(tokens.shape() == Shape{6, 2});
    CHECK(years.shape() == Shape{2, 2});
    REQUIRE(layer.width() == 10);

    const Tensor out = layer(Index({2, 0, 2, 1})).value();
    REQUIRE(out.shape() == Shape{4, 10});
    for (std::int64_t j = 0; j < 2; ++j) {
      const double one = at(classes, 1, j), two = at(classes, 2, j), price = at(prices, 1, j);
      CHECK(at(out, 0, j) == at(tokens, 2, j));
      CHECK(at(out, 0, 2 + j) == at(tokens, 4, j));
      CHECK(at(out, 3, 2 + j) == at(tokens, 5, j));
      CHECK(at(out, 0, 6 + j) == doctest::Approx(2 * at(years, 1, j)));
      CHECK(at(out, 1, 4 + j) == 0);  // nothing
      CHECK(at(out, 1, 8 + j) == 0);
      const double classes_of_2 = pooling == Pooling::Mean  ? (one + two) / 2
                                  : pooling == Pooling::Sum ? one + two
                                                            : std::max(one, two);
      const double prices_of_2 = pooling == Pooling::Mean  ? 2 * price
                                 : pooling == Pooling::Sum ? 4 * price
                                                           : std::max(price, 3 * price);
      CHECK(at(out, 0, 4 + j) == doctest::Approx(classes_of_2));
      CHECK(at(out, 0, 8 + j) == doctest::Approx(prices_of_2));
      CHECK(at(out, 2, j) == at(out, 0, j));
    }
    // Gradients arrive in every table.
    autograd::backward(autograd::sum(layer(Index({2, 1}))));
    for (const auto& [name, parameter] : layer.parameters()) CHECK(parameter.grad().defined());
  }
}

TEST_CASE("RecBole's maximum of nothing is the first row less 1e9") {
  const FeatureEmbedding layer(Root(3, DType::F64), "item", {features()[2], features()[4]}, 1, Pooling::RecBoleMax);
  const auto state = layer.state();
  const double missing = at(state[0].second, 0, 0), one = at(state[0].second, 1, 0), two = at(state[0].second, 2, 0);
  const double price = at(state[1].second, 1, 0);
  const Variable out = layer(Index({3, 2}));
  CHECK(at(out.value(), 0, 0) == missing - 1e9);
  CHECK(at(out.value(), 0, 1) == -1e9);
  CHECK(at(out.value(), 1, 0) == std::max(one, two));
  CHECK(at(out.value(), 1, 1) == doctest::Approx(std::max(price, 3 * price)));
  autograd::backward(autograd::sum(out));
  CHECK(at(layer.parameters()[0].second.grad().dense(), 0, 0) == 1);
}

TEST_CASE("a feature that doesn't fit is named") {
  CHECK_NOTHROW(check_feature(features()[2], 4));
  CHECK_THROWS_WITH_AS(check_feature(features()[2], 5), "feature 'class': expected 5 rows, got 4", ShapeError);
  CHECK_THROWS_WITH_AS(check_feature(feature("a", FieldType::Token, 2, {0, 1, 2}, {0, 2}, {}), 2),
                       "feature 'a': expected ids below 2, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(check_feature(feature("a", FieldType::Token, 2, {0, 2, 2}, {0, 1}, {}), 2),
                       "feature 'a': expected one value per row, got 2", ShapeError);
  CHECK_THROWS_WITH_AS(check_feature(feature("a", FieldType::Float, 0, {0, 1}, {}, {INFINITY}), 1),
                       "feature 'a': holds a NaN or an infinity", ShapeError);
  CHECK_THROWS_WITH_AS(FeatureEmbedding(Root(1), "user", {}, 2, Pooling::Mean),
                       "[feature_embedding] needs at least one feature", ShapeError);
}

#include "nn/feature_embedding.h"

#include <algorithm>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"

namespace seqrec::nn {

using namespace autograd;

namespace {

/// Rows of a feature's table: a number is a multiple of the second of two.
std::int64_t rows_of(const Feature& feature) { return feature.is_token() ? feature.tokens : 2; }

/// A column of constants.
Variable column(const Numbers& values, const Variable& like) {
  return Variable(values.on(like.dtype(), like.device()).reshape({values.size(), 1}));
}

}  // namespace

FeatureEmbedding::FeatureEmbedding(Scope at, const std::string& side, const std::vector<Feature>& features,
                                   std::int64_t width, Pooling pooling)
    : Module(at), width_(width), fields_(features.size()), pooling_(pooling) {
  require<ShapeError>(!features.empty(), "[feature_embedding] needs at least one feature");
  std::int64_t token_rows = 0, float_rows = 0;
  for (const Feature& feature : features) {
    if (feature.is_sequence()) {
      auto& sequences = feature.is_token() ? token_sequences_ : float_sequences_;
      const std::string name = feature.is_token()
                                   ? token_seq_table(side, sequences.size())
                                   : concat("float_seq_embedding_table.", side, ".", sequences.size(), ".weight");
      sequences.push_back({feature, at.parameter(name, {rows_of(feature), width}, xavier_normal())});
    } else {
      (feature.is_token() ? tokens_ : floats_).push_back(feature);
      (feature.is_token() ? token_rows : float_rows) += rows_of(feature);
    }
  }
  if (token_rows > 0) token_table_ = at.parameter(token_table(side), {token_rows, width}, xavier_normal());
  if (float_rows > 0)
    float_table_ =
        at.parameter(concat("float_embedding_table.", side, ".embedding.weight"), {float_rows, width}, xavier_normal());
}

std::string FeatureEmbedding::token_table(const std::string& side) {
  return concat("token_embedding_table.", side, ".embedding.weight");
}

std::string FeatureEmbedding::token_seq_table(const std::string& side, std::size_t number) {
  return concat("token_seq_embedding_table.", side, ".", number, ".weight");
}

namespace {

/// All fields of one value, by one look-up in their stacked tables.
FeatureEmbedding::Rows::Field single_rows(const std::vector<Feature>& features, const Index& ids) {
  std::vector<std::int32_t> rows(ids.size() * features.size());
  std::vector<double> numbers;
  for (std::int64_t i = 0, place = 0; i < ids.size(); ++i) {
    std::int64_t offset = 0;
    for (const Feature& feature : features) {
      const std::int64_t row = feature.is_token() ? feature.ids[ids[i]] : 1;
      rows[place++] = static_cast<std::int32_t>(offset + row);
      if (!feature.is_token()) numbers.push_back(feature.numbers[ids[i]]);
      offset += rows_of(feature);
    }
  }
  return {{}, Index(std::move(rows)), Numbers(std::move(numbers)), {}, {}};
}

}  // namespace

FeatureEmbedding::Rows FeatureEmbedding::rows(const Index& ids) const {
  Rows out{ids.size(), {}};
  if (token_table_.defined()) out.fields.push_back(single_rows(tokens_, ids));
  for (const Sequence& sequence : token_sequences_) out.fields.push_back(sequence_rows(sequence.feature, ids));
  if (float_table_.defined()) out.fields.push_back(single_rows(floats_, ids));
  for (const Sequence& sequence : float_sequences_) out.fields.push_back(sequence_rows(sequence.feature, ids));
  return out;
}

FeatureEmbedding::Rows::Field FeatureEmbedding::sequence_rows(const Feature& feature, const Index& ids) const {
  std::vector<std::int32_t> rows, offsets{0};
  std::vector<double> numbers, shares, masks;
  for (std::int64_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(ids[i]);
    for (std::int32_t v = feature.rows.begin()[id]; v < feature.rows.end()[id]; ++v) {
      if (feature.is_token() && feature.ids[v] == 0) continue;  // missing
      rows.push_back(feature.is_token() ? feature.ids[v] : 1);
      if (!feature.is_token()) numbers.push_back(feature.numbers[v]);
    }
    const auto count = static_cast<std::int32_t>(rows.size()) - offsets.back();
    shares.push_back(1 / (static_cast<double>(count) + 1e-8));
    if (pooling_ == Pooling::RecBoleMax && count == 0) {
      masks.resize(rows.size());
      rows.push_back(0);
      if (!feature.is_token()) numbers.push_back(0);
      masks.push_back(-1e9);
    }
    offsets.push_back(static_cast<std::int32_t>(rows.size()));
  }
  if (!masks.empty()) masks.resize(rows.size());
  return {Windows::adjacent(std::move(offsets)), Index(std::move(rows)), Numbers(std::move(numbers)),
          Numbers(std::move(shares)), Numbers(std::move(masks))};
}

Variable FeatureEmbedding::operator()(const Rows& rows) const {
  std::vector<Variable> parts;
  auto field = rows.fields.begin();
  if (token_table_.defined()) parts.push_back(embed_single(tokens_.size(), token_table_, rows, *field++));
  for (const Sequence& sequence : token_sequences_) parts.push_back(embed_sequence(sequence.table, *field++));
  if (float_table_.defined()) parts.push_back(embed_single(floats_.size(), float_table_, rows, *field++));
  for (const Sequence& sequence : float_sequences_) parts.push_back(embed_sequence(sequence.table, *field++));
  return parts.size() == 1 ? parts[0] : concat(parts, 1);
}

Variable FeatureEmbedding::embed_single(std::size_t fields, const Variable& table, const Rows& ids,
                                        const Rows::Field& field) const {
  Variable vectors = embedding(table, field.rows);
  if (field.numbers.size() > 0) vectors = vectors * column(field.numbers, table);
  return reshape(vectors, {ids.size, static_cast<std::int64_t>(fields) * width_});
}

Variable FeatureEmbedding::embed_sequence(const Variable& table, const Rows::Field& field) const {
  Variable values = embedding(table, field.rows);
  if (field.numbers.size() > 0) values = values * column(field.numbers, table);
  if (field.masks.size() > 0) values = values + column(field.masks, table);
  if (pooling_ == Pooling::Max || pooling_ == Pooling::RecBoleMax) return window_max(values, field.windows);
  const Variable sums = window_sum(values, field.windows);
  return pooling_ == Pooling::Sum ? sums : sums * column(field.shares, table);  // RecBole's mean: its eps too
}

}  // namespace seqrec::nn

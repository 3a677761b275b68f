#include "core/feature.h"

#include <cmath>
#include <numeric>

namespace seqrec {

const char* name_of(FieldType type) {
  constexpr const char* kNames[] = {"token", "token_seq", "float", "float_seq"};
  return kNames[static_cast<int>(type)];
}

std::optional<FieldType> field_type(std::string_view name) {
  for (const FieldType type : {FieldType::Token, FieldType::TokenSeq, FieldType::Float, FieldType::FloatSeq})
    if (name == name_of(type)) return type;
  return std::nullopt;
}

Feature identity_feature(std::string name, std::int64_t rows) {
  std::vector<std::int32_t> offsets(static_cast<std::size_t>(rows) + 1);
  std::iota(offsets.begin(), offsets.end(), 0);
  std::vector<std::int32_t> ids(offsets.begin(), offsets.end() - 1);
  return {.name = std::move(name),
          .type = FieldType::Token,
          .tokens = rows,
          .rows = Windows::adjacent(std::move(offsets)),
          .ids = Index(std::move(ids)),
          .numbers = {}};
}

void check_feature(const Feature& feature, std::int64_t rows) {
  const auto check = [&](bool ok, const auto&... what) {
    require<ShapeError>(ok, "feature '", feature.name, "': ", what...);
  };
  check(feature.rows.size() == rows, "expected ", rows, " rows, got ", feature.rows.size());
  check(feature.rows.entries() == feature.rows.values(), "the rows must be adjacent");
  check(feature.is_sequence() || feature.rows.values() == rows, "expected one value per row, got ",
        feature.rows.values(), " for ", rows, " rows");
  for (std::int64_t row = 0; !feature.is_sequence() && row < rows; ++row)
    check(feature.rows.length(row) == 1, "expected one value per row, got ", feature.rows.length(row));
  const auto values = feature.is_token() ? feature.ids.size() : std::ssize(feature.numbers);
  check(values == feature.rows.values(), "expected ", feature.rows.values(), " values, got ", values);
  if (feature.is_token())
    check(feature.tokens >= 1 && feature.ids.bound() <= feature.tokens, "expected ids below ", feature.tokens, ", got ",
          feature.ids.bound() - 1);
  check(!feature.vocabulary || feature.vocabulary->size() == feature.tokens, "expected ", feature.tokens,
        " tokens in its vocabulary, got ", feature.vocabulary ? feature.vocabulary->size() : 0);
  for (const float number : feature.numbers) check(std::isfinite(number), "holds a NaN or an infinity");
}

}  // namespace seqrec

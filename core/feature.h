#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/vocabulary.h"
#include "core/windows.h"

namespace seqrec {

/// Types of a field in RecBole's atomic files.
enum class FieldType : std::uint8_t { Token, TokenSeq, Float, FloatSeq };
constexpr bool is_token(FieldType type) { return type == FieldType::Token || type == FieldType::TokenSeq; }
constexpr bool is_sequence(FieldType type) { return type == FieldType::TokenSeq || type == FieldType::FloatSeq; }
/// "token", "token_seq", "float", "float_seq".
const char* name_of(FieldType type);
/// The type of that name; nothing for another text.
std::optional<FieldType> field_type(std::string_view name);

/// A feature of all users or all items, by id (row 0 is padding): what a model embeds. Every row is a window over the
/// values, of one value unless the type is a sequence.
struct Feature {
  std::string name;
  FieldType type = FieldType::Token;
  std::int64_t tokens = 0;     ///< token types: how many there are, 0 (missing) included
  Windows rows;                ///< adjacent
  Index ids;                   ///< token types: [values], below `tokens`
  std::vector<float> numbers;  ///< float types: [values], finite
  /// Token types: what the ids mean, `tokens` of them; null where no one knows.
  std::shared_ptr<const Vocabulary> vocabulary = nullptr;

  bool is_token() const { return seqrec::is_token(type); }
  bool is_sequence() const { return seqrec::is_sequence(type); }
};

/// The feature whose row r holds the token r: the id itself.
Feature identity_feature(std::string name, std::int64_t rows);
/// ShapeError naming the feature, unless it has `rows` rows and what it holds fits together.
void check_feature(const Feature& feature, std::int64_t rows);

}  // namespace seqrec

#pragma once

#include <string>
#include <vector>

#include "models/model_spec.h"

namespace seqrec::models {

/// Rows of a parameter that belong to the tokens of a vocabulary, one each, in order of their ids.
struct TokenRows {
  static constexpr const char* kUsers = "users";
  static constexpr const char* kItems = "items";

  std::string of;  ///< kUsers, kItems, "tokens of 'age'", no two of a table; "" for rows of no token (a mask's)
  std::int64_t rows = 0;
  const Vocabulary* tokens = nullptr;  ///< the spec's; null where no one knows them, and for users and items
  std::int32_t first = 0;              ///< the first row's id: 1 in a table without a row for padding
};
/// A parameter that is made of such rows, part by part.
struct TokenTable {
  std::string parameter;
  std::vector<TokenRows> parts;
};
/// Those of a table of the items' attributes.
std::vector<TokenRows> attribute_rows(const ModelSpec& spec);
/// The tables that most models have: `user_embedding.weight` and `item_embedding.weight`.
std::vector<TokenTable> id_tables(const ModelSpec& spec);

}  // namespace seqrec::models

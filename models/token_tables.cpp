#include "models/token_tables.h"

#include "core/error.h"

namespace seqrec::models {

std::vector<TokenTable> id_tables(const ModelSpec& spec) {
  return {{"user_embedding.weight", {{TokenRows::kUsers, spec.n_users}}},
          {"item_embedding.weight", {{TokenRows::kItems, spec.n_items}}}};
}

std::vector<TokenRows> attribute_rows(const ModelSpec& spec) {
  std::vector<TokenRows> out;
  for (const AttributeColumn& column : spec.attribute_columns)
    out.push_back({concat("tokens of '", column.name, "'"), column.size, column.vocabulary.get(), 1});
  return out;
}

}  // namespace seqrec::models

#include "models/token_tables.h"

namespace seqrec::models {

std::vector<TokenTable> id_tables(const ModelSpec& spec) {
  return {{"user_embedding.weight", {{TokenRows::kUsers, spec.n_users}}},
          {"item_embedding.weight", {{TokenRows::kItems, spec.n_items}}}};
}

}  // namespace seqrec::models

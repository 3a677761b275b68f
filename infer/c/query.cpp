#include "infer/c/query.h"

#include "infer/c/given.h"

namespace seqrec::c {

void check_id(const Vocabulary& vocabulary, std::int32_t id, std::int32_t first, const char* name) {
  require<UsageError>(id >= first && id < vocabulary.size(), name, " must be from ", first, " to ",
                      vocabulary.size() - 1, ", got ", id);
}

void GivenItems::check() const {
  check_count(n, name_of_n);
  require<UsageError>(tokens == nullptr || ids == nullptr, name, " and ", name_of_ids, " can't both be given");
  if (n > 0 && absent()) check_not_null(tokens, name);
}

std::int32_t GivenItems::id(const Model& model, std::int64_t i) const {
  if (tokens != nullptr) {
    require<UsageError>(tokens[i] != nullptr, name, "[", i, "] must not be NULL");
    return id_of(model.items(), tokens[i]);
  }
  const std::int32_t id = ids[i];
  require<UsageError>(id >= 0 && id < model.items().size(), name_of_ids, "[", i, "] must be from 0 to ",
                      model.items().size() - 1, ", got ", id);
  return id;
}

void read_query(const Model& model, const seqrec_query& query, Asked& asked) {
  require<UsageError>(query.user == nullptr || query.user_id == 0, "user and user_id can't both be given");
  check_id(model.users(), query.user_id, 0, "user_id");
  asked.has_user = query.user != nullptr || query.user_id > 0;
  asked.user = query.user != nullptr ? std::string_view(query.user) : model.users().token(query.user_id);

  const GivenItems given{query.history, query.history_ids, query.n_history, "history", "history_ids", "n_history"};
  given.check();
  asked.has_history = !given.absent();
  asked.history.clear();
  for (std::int64_t i = 0; i < given.n; ++i) asked.history.push_back(given.id(model, i));
}

}  // namespace seqrec::c

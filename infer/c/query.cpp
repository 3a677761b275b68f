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

void Asked::clear() {
  has_user_ = false;
  has_history_ = true;
  user_ = 0;
  name_.clear();
  history_.clear();
  unknown_items_ = 0;
}

void Asked::read(const Model& model, const seqrec_query& query) {
  require<UsageError>(query.user == nullptr || query.user_id == 0, "user and user_id can't both be given");
  check_id(model.users(), query.user_id, 0, "user_id");
  has_user_ = query.user != nullptr || query.user_id > 0;
  user_ = query.user != nullptr ? id_of(model.users(), query.user) : query.user_id;
  name_ = unknown_user() ? query.user : "";

  const GivenItems given{query.history, query.history_ids, query.n_history, "history", "history_ids", "n_history"};
  given.check();
  has_history_ = !given.absent();
  unknown_items_ = 0;
  history_.clear();
  for (std::int64_t i = 0; i < given.n; ++i) append(given.id(model, i));
}

void Asked::take_own_history(const Model& model) {
  if (has_history_) return;
  require<UsageError>(has_user_, "a request needs a user or a history");
  const models::Histories* const histories = model.session.histories();
  require<UsageError>(histories != nullptr, "a request by user alone needs the histories file");
  const auto recent = histories->recent(user_);
  history_.assign(recent.begin(), recent.end());
  has_history_ = true;
}

void Asked::append(std::int32_t item) {
  if (item > 0)
    history_.push_back(item);
  else
    ++unknown_items_;
}

infer::IdRequest Asked::request(const Model& model, std::int64_t k) const {
  infer::IdRequest out;
  if (has_history_) out.history = history_;
  out.user = user_;
  out.k = k;
  infer::Asker asker{std::nullopt, unknown_user(), unknown_items_};
  if (has_user_) asker.user = name_;
  model.session.check_asker(out, asker);
  return out;
}

}  // namespace seqrec::c

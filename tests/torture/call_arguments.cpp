#include "call_arguments.h"

#include <algorithm>
#include <cstdint>

namespace torture {

Token::Token(Choices& choices, char first, int count) : id(0), known(false), wrong(false) {
  const int which = choices.below(count + 6);
  const std::string odd[] = {"", "[PAD]", "\xff\xfe", std::string(300, 'x'), std::string(1, first)};
  if (which < count) {
    known = true;
    id = which + 1;
    text = first + std::to_string(id);
  } else if (which - count < 5) {
    text = odd[which - count];
  } else if (choices.rarely()) {
    wrong = true;
    id = choices.below(2) == 0 ? -1 : count + 1;
  }
}

DrawnItems::DrawnItems(Choices& choices, int count, int most) {
  absent_ = choices.below(4) == 0;
  if (absent_) {
    if (choices.rarely()) n_ = 1;
    wrong_ = n_ != 0;
    return;
  }
  as_ids_ = choices.below(3) == 0;
  both_ = choices.rarely();
  for (int i = choices.below(most); i > 0; --i) items_.emplace_back(choices, 'i', count);
  for (const Token& token : items_) {
    pointers_.push_back(token.wrong ? nullptr : token.text.c_str());
    ids_.push_back(token.id);
  }
  pointers_.push_back("i1");  // so that there is an address without items, too
  ids_.push_back(1);
  const std::int64_t sizes[] = {-1, std::int64_t{1} << 31, INT64_MIN, INT64_MAX};
  n_ = choices.rarely() ? sizes[choices.below(4)] : static_cast<std::int64_t>(items_.size());
  const bool wrong_item = std::any_of(items_.begin(), items_.end(), [](const Token& t) { return t.wrong; });
  wrong_ = (both_ && !as_ids_) || wrong_item || n_ != static_cast<std::int64_t>(items_.size());
}

std::int64_t DrawnItems::unknown() const {
  return std::count_if(items_.begin(), items_.end(), [](const Token& t) { return !t.known; });
}

bool DrawnItems::holds(std::int32_t id) const {
  return std::any_of(items_.begin(), items_.end(), [&](const Token& t) { return t.id == id; });
}

DrawnQuery::DrawnQuery(Choices& choices, int users, int items) {
  has_user = choices.below(2) == 0;
  if (has_user) {
    const Token token(choices, 'u', users);
    user_known = token.known;
    by_id_ = token.wrong || (token.known && choices.below(3) == 0);
    user_ = token.text;
    user_id_ = by_id_ ? token.id : choices.rarely() ? 1 : 0;  // the last beside a token
    wrong_ = token.wrong || (!by_id_ && user_id_ != 0);
  }
  history = DrawnItems(choices, items, 8);
  own_history = history.absent();
  wrong_size_ = choices.rarely() && choices.rarely();
  wrong_ = wrong_ || wrong_size_;
}

seqrec_query DrawnQuery::query() const {
  static const char* const kNothing = "";
  seqrec_query out = SEQREC_QUERY_INIT;
  out.user = has_user && !by_id_ ? user_.c_str() : nullptr;
  out.user_id = user_id_;
  out.history = history.tokens();
  out.history_ids = history.ids();
  out.n_history = history.n();
  if (!own_history && history.absent()) out.history = &kNothing;
  if (wrong_size_) out.size /= 2;
  return out;
}

}  // namespace torture

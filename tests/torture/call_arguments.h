#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "seqrec.h"

namespace torture {

/// Choices, drawn from bytes; all are 0 once those are used up.
class Choices {
 public:
  Choices(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}
  bool any() const { return next_ < end_; }
  int below(int n) { return next_ < end_ ? *next_++ % n : 0; }
  bool rarely() { return below(16) == 15; }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

/// A token of a model's that knows FIRST1 .. FIRSTcount, or one that it doesn't know, or none (NULL; no id).
struct Token {
  Token(Choices& choices, char first, int count);

  std::string text;
  std::int32_t id;  // 0: unknown; less, or more than count: none
  bool known, wrong;
};

/// A list of items, as tokens or as ids, or in some way that is wrong.
class DrawnItems {
 public:
  DrawnItems() = default;
  DrawnItems(Choices& choices, int count, int most);

  const char* const* tokens() const { return as_ids_ || absent_ ? nullptr : pointers_.data(); }
  const std::int32_t* ids() const { return (as_ids_ || both_) && !absent_ ? ids_.data() : nullptr; }
  std::int64_t n() const { return n_; }

  bool absent() const { return absent_; }
  /// Whether a call must refuse it.
  bool wrong() const { return wrong_; }
  std::int64_t unknown() const;
  bool holds(std::int32_t id) const;
  const std::vector<Token>& items() const { return items_; }
  void append(const Token& token) { items_.push_back(token); }

 private:
  std::vector<Token> items_;
  std::vector<const char*> pointers_;
  std::vector<std::int32_t> ids_;
  std::int64_t n_ = 0;
  bool absent_ = true, as_ids_ = false, both_ = false, wrong_ = false;
};

/// Who is asked about.
class DrawnQuery {
 public:
  /// Nobody, and an empty history.
  DrawnQuery() = default;
  DrawnQuery(Choices& choices, int users, int items);

  seqrec_query query() const;

  bool wrong() const { return wrong_ || history.wrong(); }
  /// A user was named that the model doesn't know.
  bool stranger() const { return has_user && !user_known; }

  bool has_user = false, user_known = false;
  bool own_history = false;  // the user's, by the model's histories
  DrawnItems history;

 private:
  std::string user_;
  std::int32_t user_id_ = 0;
  bool by_id_ = false, wrong_ = false, wrong_size_ = false;
};

}  // namespace torture

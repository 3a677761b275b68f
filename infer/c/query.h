#pragma once

#include <string>
#include <vector>

#include "infer/c/model.h"

namespace seqrec::c {

/// The id of a token; 0 if the model doesn't know it.
inline std::int32_t id_of(const Vocabulary& vocabulary, const char* token) {
  return vocabulary.find(token).value_or(0);
}

/// UsageError unless `id` is from `first` on and one of the vocabulary's.
void check_id(const Vocabulary& vocabulary, std::int32_t id, std::int32_t first, const char* name);

/// A list of items as it was given: as tokens or as ids.
struct GivenItems {
  const char* const* tokens;
  const std::int32_t* ids;
  std::int64_t n;
  const char *name, *name_of_ids, *name_of_n;

  bool absent() const { return tokens == nullptr && ids == nullptr; }
  /// UsageError if it is given in both ways, or in none and not empty, or n is no count.
  void check() const;
  /// The id of the ith item; 0 if the model doesn't know it. UsageError if it is NULL or no id.
  std::int32_t id(const Model& model, std::int64_t i) const;
};

/// Who is asked about, in ids.
class Asked {
 public:
  /// Nobody, and an empty history.
  Asked() = default;

  /// Nobody, and an empty history, in the memory that it has.
  void clear();
  /// Reads a query into the memory that it has. Errors as seqrec.h's, but those by policy.
  void read(const Model& model, const seqrec_query& query);
  /// Puts what the user did, by the model's histories, in the place of no history.
  void take_own_history(const Model& model);
  void append(std::int32_t item);

  /// As a request for the k best. Errors by policy.
  infer::IdRequest request(const Model& model, std::int64_t k) const;

  std::int64_t unknown_items() const { return unknown_items_; }
  bool unknown_user() const { return has_user_ && user_ == 0; }

 private:
  bool has_user_ = false, has_history_ = true;  // without one: the user's own
  std::int32_t user_ = 0;
  std::string name_;                   // of a user that is unknown
  std::vector<std::int32_t> history_;  // known items, oldest first
  std::int64_t unknown_items_ = 0;
};

}  // namespace seqrec::c

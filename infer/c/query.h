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

/// Who is asked about: a query, read.
struct Asked {
  bool has_user = false;
  std::string user;                   // its token
  bool has_history = false;           // or else the user's own
  std::vector<std::int32_t> history;  // oldest first; 0: an item that the model doesn't know
};

/// Reads a query into `asked`, whose memory is used again.
void read_query(const Model& model, const seqrec_query& query, Asked& asked);

}  // namespace seqrec::c

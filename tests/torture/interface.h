#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "seqrec.h"

namespace torture {

/// A request's arguments, drawn from a seed, for models that know u1 .. u30 and i1 .. i40.
struct Question {
  explicit Question(std::uint64_t seed);
  /// Status, items and scores of recommend and score, to the bit, as one text.
  std::string ask(const seqrec_session* session) const;

  std::string user;
  std::vector<std::string> history;
  std::int64_t k;
  unsigned flags;
};

/// xorshift
std::uint64_t draw(std::uint64_t& state);

inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what + "; the last error: " + seqrec_last_error());
}

inline seqrec_session* opened(const char* model, const char* histories) {
  seqrec_session* session = nullptr;
  require(seqrec_open(model, histories, SEQREC_ANSWER_EMPTY_HISTORY, &session) == SEQREC_OK, "can't open the model");
  return session;
}

/// The kinds of tries; each gives how many it made and throws where something is wrong.
long try_allocations(const char* model, const char* histories, std::uint64_t seed);
long try_sequences(const char* model, const char* histories, std::uint64_t seed);
long try_threads(const char* model, const char* histories, std::uint64_t seed);

}  // namespace torture

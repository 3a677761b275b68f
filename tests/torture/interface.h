#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "seqrec.h"

namespace torture {

inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what + "; the last error: " + seqrec_last_error());
}
/// The same without an allocation where it holds, for where those fail.
inline void require(bool holds, const char* what) {
  if (!holds) require(holds, std::string(what));
}

/// A model and a session of it, which answers empty histories.
class Caller {
 public:
  Caller(const char* model, const char* histories) {
    seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
    options.histories_file = histories;
    options.empty_history = SEQREC_EMPTY_HISTORY_ANSWER;
    require(seqrec_model_open(model, &options, &this->model) == SEQREC_OK, "can't open the model");
    require(seqrec_session_open(this->model, &session) == SEQREC_OK, "can't open a session");
  }
  ~Caller() {
    seqrec_session_close(session);
    seqrec_model_close(model);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  seqrec_model* model = nullptr;
  seqrec_session* session = nullptr;
};

/// A request's arguments, drawn from a seed, for models that know u1 .. u30 and i1 .. i40.
struct Question {
  explicit Question(std::uint64_t seed);
  /// Status, items and scores of recommend and score, to the bit, as one text.
  std::string ask(const seqrec_model* model, seqrec_session* session) const;

  std::string user;
  std::vector<std::string> history;
  std::int64_t k;
  std::uint32_t flags;
};

/// xorshift
std::uint64_t draw(std::uint64_t& state);

/// The kinds of tries; each gives how many it made and throws where something is wrong.
long try_allocations(const char* model, const char* histories, std::uint64_t seed);
long try_sequences(const char* model, const char* histories, std::uint64_t seed);
long try_threads(const char* model, const char* histories, std::uint64_t seed);

}  // namespace torture

#include <climits>
#include <cstring>

#include "allocations.h"
#include "call_sequence.h"
#include "interface.h"

namespace torture {
namespace {

/// Makes one call while the allocations from `n` on, or that one alone, fail. False once `n` is more than the call
/// makes.
template <class Call>
bool with_failure(long n, bool all, Call call) {
  allocations_fail(n, all ? LONG_MAX - 1 : n);
  const seqrec_status status = call();
  const bool reached = allocations_counted() >= n;
  allocations_fail(LONG_MAX, LONG_MAX);
  require(status == SEQREC_OK || status == SEQREC_ERROR_MEMORY, "no memory gave status " + std::to_string(status));
  require(reached || status == SEQREC_OK, "a call failed with all the memory that it asked for");
  return reached;
}

/// `open` opens a model.
template <class Open>
long try_open(Open open, long first, long step, bool all) {
  long tries = 0;
  for (long n = first;; n += step, ++tries) {
    seqrec_model* model = nullptr;
    const bool reached = with_failure(n, all, [&] { return open(&model); });
    const std::string error = model ? "" : seqrec_last_error();
    require(model || error.starts_with("out of memory") || error.empty(), "no memory was told as '" + error + "'");
    seqrec_model_close(model);
    if (!reached) return tries;
  }
}

// What one asks of a session that has no memory yet: each call writes all of its results or none.

seqrec_item items[3];

seqrec_answer blank() {
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  answer.items = items;
  answer.room = 3;
  answer.count = -7;
  items[0].token = nullptr;
  return answer;
}

void check(const seqrec_answer& answer, seqrec_status status) {
  require(status == SEQREC_OK ? answer.count == 3 : answer.count == -7 && !items[0].token,
          "results were written without memory");
}

seqrec_status recommend(seqrec_session* session, const seqrec_request* request, const seqrec_query* query) {
  seqrec_answer answer = blank();
  const seqrec_status status = seqrec_session_recommend(session, request, query, &answer);
  check(answer, status);
  return status;
}

seqrec_status batch(seqrec_session* session, const seqrec_request* request, const seqrec_query* query) {
  seqrec_answer answer = blank();
  const seqrec_status status = seqrec_session_recommend_batch(session, request, query, 1, &answer);
  if (status == SEQREC_OK) check(answer, answer.status);
  return status;
}

seqrec_status score(seqrec_session* session, const seqrec_request*, const seqrec_query* query) {
  const std::int32_t ids[] = {1, 2, 9};
  double scores[] = {7, 7, 7};
  const seqrec_status status = seqrec_session_score_ids(session, query, ids, 3, scores);
  require((scores[0] == 7) == (scores[2] == 7), "some scores were written without memory");
  return status;
}

seqrec_status grow(seqrec_session* session, const seqrec_request* request, const seqrec_query* query) {
  seqrec_status status = seqrec_session_start(session, query);
  if (status == SEQREC_OK) status = seqrec_session_append(session, "i9");
  return status == SEQREC_OK ? recommend(session, request, nullptr) : status;
}

long try_requests(const char* model, const char* histories, const Question& question, bool all) {
  const Caller caller(model, histories);
  const std::string answer = question.ask(caller.model, caller.session);
  const char* const history[] = {"i1", "i2", "i9"};
  seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
  options.flags = SEQREC_EXCLUDE_SEEN;
  options.exclude = history;
  options.n_exclude = 3;
  long tries = 0;
  for (const auto& call : {recommend, batch, score, grow}) {
    bool reached = true;
    for (long n = 1; reached; ++n, ++tries) {
      seqrec_query query = SEQREC_QUERY_INIT;  // in turn what was given, and what the user did
      query.user = "u1";
      query.history = n % 2 ? history : nullptr;
      query.n_history = n % 2 ? 3 : 0;
      reached = with_failure(n, all, [&] {
        seqrec_request* request = nullptr;
        seqrec_session* session = nullptr;
        seqrec_status status = seqrec_request_open(caller.model, &options, &request);
        if (status == SEQREC_OK) status = seqrec_session_open(caller.model, &session);
        if (status == SEQREC_OK) status = call(session, request, &query);
        seqrec_session_close(session);
        seqrec_request_close(request);
        return status;
      });
      require(question.ask(caller.model, caller.session) == answer, "a session answers otherwise after a failed call");
    }
  }
  return tries;
}

}  // namespace

/// Every allocation of what sessions are asked fails, and of opening a model a part that the seed chooses: alone, and
/// all from there on.
long try_allocations(const char* model, const char* histories, std::uint64_t seed) {
  constexpr long kStep = 50;
  const long first = 1 + static_cast<long>(seed % kStep);
  const std::vector<char> bytes = content(model), histories_bytes = content(histories);
  seqrec_model_options files = SEQREC_MODEL_OPTIONS_INIT, memory = files;
  files.histories_file = histories;
  memory.histories = histories_bytes.data();
  memory.histories_bytes = histories_bytes.size();
  const auto from_files = [&](seqrec_model** opened) { return seqrec_model_open(model, &files, opened); };
  const auto from_memory = [&](seqrec_model** opened) {
    return seqrec_model_open_memory(bytes.data(), bytes.size(), &memory, opened);
  };
  long tries = 0;
  for (const bool all : {false, true}) {
    tries += try_open(from_files, first, kStep, all) + try_open(from_memory, first, kStep, all);
    tries += try_requests(model, histories, Question(seed), all);
  }
  return tries;
}

}  // namespace torture

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
  require(status == SEQREC_OK || status == SEQREC_ERROR, "no memory gave status " + std::to_string(status));
  require(reached || status == SEQREC_OK, "a call failed with all the memory that it asked for");
  return reached;
}

/// `open` opens a session.
template <class Open>
long try_open(Open open, long first, long step, bool all) {
  long tries = 0;
  for (long n = first;; n += step, ++tries) {
    seqrec_session* session = nullptr;
    const bool reached = with_failure(n, all, [&] { return open(&session); });
    const std::string error = session ? "" : seqrec_last_error();
    require(session || error == "out of memory" || error.empty(), "no memory was told as '" + error + "'");
    seqrec_close(session);
    if (!reached) return tries;
  }
}

long try_requests(const char* model, const char* histories, const Question& question, bool all) {
  seqrec_session* session = opened(model, histories);
  const std::string answer = question.ask(session);
  const char* const history[] = {"i1", "i2", "i9"};
  long tries = 0;
  bool reached = true;
  for (long n = 1; reached; ++n, ++tries) {
    seqrec_item items[3] = {};
    std::int64_t count = -7;
    double scores[3] = {7, 7, 7};
    const bool first = with_failure(n, all, [&] {
      return seqrec_recommend(session, "u1", n % 2 ? history : nullptr, n % 2 ? 3 : 0, 3, 1, items, &count, nullptr);
    });
    require(count == 3 || (count == -7 && !items[0].token), "results were written without memory");
    const bool second =
        with_failure(n, all, [&] { return seqrec_score(session, "u1", history, 3, history, 3, scores); });
    require((scores[0] == 7) == (scores[2] == 7), "some scores were written without memory");
    require(question.ask(session) == answer, "the session answers otherwise after a failed request");
    reached = first || second;
  }
  seqrec_close(session);
  return tries;
}

}  // namespace

/// Every allocation of recommend and score fails, and of open a part that the seed chooses: alone, and all from there
/// on.
long try_allocations(const char* model, const char* histories, std::uint64_t seed) {
  constexpr long kStep = 50;
  const long first = 1 + static_cast<long>(seed % kStep);
  const std::vector<char> bytes = content(model), histories_bytes = content(histories);
  const auto from_files = [&](seqrec_session** session) { return seqrec_open(model, histories, 0, session); };
  const auto from_memory = [&](seqrec_session** session) {
    return seqrec_open_memory(bytes.data(), bytes.size(), histories_bytes.data(), histories_bytes.size(), 0, session);
  };
  long tries = 0;
  for (const bool all : {false, true}) {
    tries += try_open(from_files, first, kStep, all) + try_open(from_memory, first, kStep, all);
    tries += try_requests(model, histories, Question(seed), all);
  }
  return tries;
}

}  // namespace torture

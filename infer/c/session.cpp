#include <algorithm>
#include <atomic>
#include <limits>

#include "infer/c/given.h"
#include "infer/c/query.h"
#include "infer/c/request.h"

struct seqrec_session {
  explicit seqrec_session(seqrec::c::ModelHold of) : model(std::move(of)) { own.has_history = true; }

  seqrec::c::ModelHold model;
  std::atomic<bool> busy = false;
  seqrec::c::Asked asked;  // scratch
  seqrec::c::Asked own;    // the session's own
};

namespace seqrec::c {
namespace {

/// No token holds a byte 0.
const std::string kUnknownItem(1, '\0');

/// A call's use of a session. UsageError if it is NULL, or in use by another call.
class Turn {
 public:
  explicit Turn(seqrec_session* session) : session_(session) {
    check_not_null(session, "session");
    require<UsageError>(!session->busy.exchange(true, std::memory_order_acquire),
                        "the session is in use by another thread");
  }
  ~Turn() { session_->busy.store(false, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  seqrec_session* session_;
};

/// The query that was given, or else the session's own.
const Asked& asked_of(seqrec_session& session, const seqrec_query* query) {
  if (query == nullptr) return session.own;
  read_query(*session.model, read_struct(query, SEQREC_QUERY_INIT, "query"), session.asked);
  return session.asked;
}

std::string token_of(const Model& model, std::int32_t item) {
  return item > 0 ? std::string(model.items().token(item)) : kUnknownItem;
}

infer::Request request_of(const seqrec_session& session, const Asked& asked) {
  infer::Request out;
  if (asked.has_user) out.user = asked.user;
  if (!asked.has_history) return out;
  out.history.emplace();
  for (const std::int32_t item : asked.history) out.history->push_back(token_of(*session.model, item));
  return out;
}

/// The same with what a request wants, for an answer with so much room.
infer::Request request_of(const seqrec_session& session, const Asked& asked, const seqrec_request* request,
                          std::int64_t room) {
  infer::Request out = request_of(session, asked);
  out.k = room;
  if (request == nullptr) return out;
  if (request->k > 0) out.k = std::min(out.k, request->k);
  out.exclude_seen = request->exclude_seen;
  out.exclude = request->exclude;
  out.candidates = request->candidates;
  return out;
}

void check_request(const seqrec_session& session, const seqrec_request* request) {
  require<UsageError>(request == nullptr || request->model == session.model, "the request is of another model");
}

void check_answer(const seqrec_answer& answer) {
  check_not_null(answer.items, "answer.items");
  require<UsageError>(answer.room >= 1, "answer.room must be at least 1, got ", answer.room);
}

void write_answer(const Model& model, const infer::Answer& from, seqrec_answer& to) {
  for (std::size_t i = 0; i < from.items.size(); ++i) {
    const infer::ScoredItem& item = from.items[i];
    to.items[i] = {item.token.data(), model.title(item.id), item.score, item.id, 0};
  }
  to.count = std::ssize(from.items);
  to.unknown_items = from.unknown_items;
  to.unknown_user = from.unknown_user ? 1 : 0;
  to.status = SEQREC_OK;
}

void write_failure(seqrec_status status, seqrec_answer& to) {
  to.count = to.unknown_items = 0;
  to.unknown_user = 0;
  to.status = status;
}

/// Scores of n items, by the ids that `id(i)` gives.
template <class Id>
void score(seqrec_session& session, const seqrec_query* query, std::int64_t n, double* scores, Id&& id) {
  const Model& model = *session.model;
  std::vector<std::string> tokens;
  for (std::int64_t i = 0; i < n; ++i) tokens.push_back(token_of(model, id(model, i)));
  const auto found = model.session.score(request_of(session, asked_of(session, query)), tokens);
  for (std::size_t i = 0; i < found.size(); ++i)
    scores[i] = found[i].value_or(std::numeric_limits<double>::quiet_NaN());
}

seqrec_status score(seqrec_session* session, const seqrec_query* query, const GivenItems& items, double* scores) {
  return guard([&] {
    const Turn turn(session);
    items.check();
    if (items.n > 0) check_not_null(scores, "scores");
    score(*session, query, items.n, scores, [&](const Model& model, std::int64_t i) { return items.id(model, i); });
  });
}

/// The items that a user did last, by the histories. Errors as recommend's.
std::vector<std::int32_t> own_history(const Model& model, const Asked& asked) {
  require<UsageError>(asked.has_user, "a query needs a user or a history");
  require<UsageError>(model.session.histories() != nullptr, "a query by user alone needs the histories file");
  const auto recent = model.session.histories()->recent(id_of(model.users(), asked.user.c_str()));
  return {recent.begin(), recent.end()};
}

seqrec_status append(seqrec_session* session, const char* token, std::int32_t id, bool by_token) {
  return guard([&] {
    const Turn turn(session);
    if (by_token)
      check_not_null(token, "item");
    else
      check_id(session->model->items(), id, 0, "item");
    session->own.history.push_back(by_token ? id_of(session->model->items(), token) : id);
  });
}

}  // namespace
}  // namespace seqrec::c

using namespace seqrec;
using namespace seqrec::c;

seqrec_status seqrec_session_open(const seqrec_model* model, seqrec_session** session) {
  if (session != nullptr) *session = nullptr;
  return guard([&] {
    check_not_null(model, "model");
    check_not_null(session, "session");
    *session = new seqrec_session(model->held);
  });
}

void seqrec_session_close(seqrec_session* session) { delete session; }

seqrec_status seqrec_session_recommend(seqrec_session* session, const seqrec_request* request,
                                       const seqrec_query* query, seqrec_answer* answer) {
  return guard([&] {
    const Turn turn(session);
    check_request(*session, request);
    check_not_null(answer, "answer");
    check_struct(answer, sizeof *answer, "answer");
    check_answer(*answer);
    const Model& model = *session->model;
    write_answer(model, model.session.recommend(request_of(*session, asked_of(*session, query), request, answer->room)),
                 *answer);
  });
}

seqrec_status seqrec_session_recommend_batch(seqrec_session* session, const seqrec_request* request,
                                             const seqrec_query* queries, int64_t n, seqrec_answer* answers) {
  return guard([&] {
    const Turn turn(session);
    check_request(*session, request);
    const Structs in(queries, n, "queries");
    const Structs out(answers, n, "answers");
    for (std::int64_t i = 0; i < n; ++i) {
      static_cast<void>(in[i]);  // its size is checked
      check_answer(out[i]);
    }
    constexpr std::int64_t kAtOnce = 256;  // so that memory is bounded
    const Model& model = *session->model;
    for (std::int64_t begin = 0; begin < n; begin += kAtOnce) {
      const std::int64_t end = std::min(begin + kAtOnce, n);
      std::vector<infer::Request> requests;
      std::vector<std::int64_t> places;
      for (std::int64_t i = begin; i < end; ++i) {
        const seqrec_status status = guard([&] {
          read_query(model, in[i], session->asked);
          requests.push_back(request_of(*session, session->asked, request, out[i].room));
        });
        if (status == SEQREC_ERROR_MEMORY) throw std::bad_alloc();
        if (status == SEQREC_OK)
          places.push_back(i);
        else
          write_failure(status, out[i]);
      }
      const std::vector<infer::Answer> found = model.session.recommend(requests);
      for (std::size_t i = 0; i < found.size(); ++i) {
        seqrec_answer& answer = out[places[i]];
        if (found[i].error.empty()) {
          write_answer(model, found[i], answer);
          continue;
        }
        // Alone it fails once more, and says how.
        const seqrec_status status = guard([&] { write_answer(model, model.session.recommend(requests[i]), answer); });
        if (status != SEQREC_OK) write_failure(status, answer);
      }
    }
  });
}

seqrec_status seqrec_session_score(seqrec_session* session, const seqrec_query* query, const char* const* items,
                                   int64_t n, double* scores) {
  return score(session, query, {items, nullptr, n, "items", "items", "n"}, scores);
}

seqrec_status seqrec_session_score_ids(seqrec_session* session, const seqrec_query* query, const int32_t* items,
                                       int64_t n, double* scores) {
  return score(session, query, {nullptr, items, n, "items", "items", "n"}, scores);
}

seqrec_status seqrec_session_vector(seqrec_session* session, const seqrec_query* query, int64_t width, float* vector) {
  return guard([&] {
    const Turn turn(session);
    const Model& model = *session->model;
    const Tensor scored = model.session.scoring_vectors(0, 1);
    check_width(model, scored.defined() ? scored.size(1) : 0, width, "vector of a history");
    check_not_null(vector, "vector");
    const auto values =
        model.session.history_vector(request_of(*session, asked_of(*session, query))).to_vector<float>();
    std::copy(values.begin(), values.end(), vector);
  });
}

seqrec_status seqrec_session_start(seqrec_session* session, const seqrec_query* query) {
  return guard([&] {
    const Turn turn(session);
    Asked started;
    started.has_history = true;
    if (query != nullptr) {
      const Model& model = *session->model;
      started = asked_of(*session, query);
      if (!started.has_history) started.history = own_history(model, started);
      started.has_history = true;
    }
    session->own = std::move(started);
  });
}

seqrec_status seqrec_session_append(seqrec_session* session, const char* item) {
  return append(session, item, 0, true);
}

seqrec_status seqrec_session_append_id(seqrec_session* session, int32_t item) {
  return append(session, nullptr, item, false);
}

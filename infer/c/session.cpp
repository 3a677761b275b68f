#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <vector>

#include "infer/c/given.h"
#include "infer/c/query.h"
#include "infer/c/request.h"

struct seqrec_session {
  explicit seqrec_session(seqrec::c::ModelHold of) : model(std::move(of)) {}

  seqrec::c::ModelHold model;
  std::atomic<bool> busy = false;
  seqrec::infer::Workspace workspace;
  seqrec::c::Asked asked;           // the query of the call
  seqrec::c::Asked own;             // the session's own
  seqrec::models::LastWindow last;  // of the session's own
  // Some queries of a batch, in memory that stays; of those that can be answered what is asked for, and where they are.
  std::vector<seqrec::c::Asked> of_batch;
  std::vector<seqrec::infer::IdRequest> requests;
  std::vector<seqrec::infer::IdAnswer> found;
  std::vector<std::int64_t> places;
};

namespace seqrec::c {
namespace {

Memory* memory_of(const seqrec_session* session) {
  check_not_null(session, "session");
  return session->model->memory.get();
}

/// A call's use of a session, in the memory of its model. UsageError if it is NULL, or in use by another call.
class Turn {
 public:
  explicit Turn(seqrec_session* session) : scope_(memory_of(session)), session_(session) {
    require<UsageError>(!session->busy.exchange(true, std::memory_order_acquire),
                        "the session is in use by another thread");
  }
  ~Turn() { session_->busy.store(false, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  MemoryScope scope_;
  seqrec_session* session_;
};

/// The query that was given, or else the session's own.
const Asked& asked_of(seqrec_session& session, const seqrec_query* query) {
  if (query == nullptr) return session.own;
  session.asked.read(*session.model, read_struct(query, SEQREC_QUERY_INIT, "query"));
  return session.asked;
}

void check_request(const seqrec_session& session, const seqrec_request* request) {
  require<UsageError>(request == nullptr || request->model == session.model, "the request is of another model");
}

void check_answer(const seqrec_answer& answer) {
  check_not_null(answer.items, "answer.items");
  require<UsageError>(answer.room >= 1, "answer.room must be at least 1, got ", answer.room);
}

/// What is asked about the query, or else the session's own.
infer::IdRequest request_of(seqrec_session& session, const Asked& asked, std::int64_t k) {
  infer::IdRequest out = asked.request(*session.model, k);
  if (&asked == &session.own) out.last = &session.last;
  return out;
}

/// Who is asked about with what is wanted, for an answer with so much room.
infer::IdRequest id_request(seqrec_session& session, const Asked& asked, const seqrec_request* wanted,
                            std::int64_t room) {
  infer::IdRequest out =
      request_of(session, asked, wanted != nullptr && wanted->k > 0 ? std::min(wanted->k, room) : room);
  if (wanted == nullptr) return out;
  out.exclude_seen = wanted->exclude_seen;
  out.exclude = wanted->exclude.get();
  out.candidates = wanted->candidates.get();
  return out;
}

/// Memory for a request's answer.
std::span<infer::ScoredId> room_for(const infer::IdRequest& request, const Model& model, Arena& arena) {
  return arena.take<infer::ScoredId>(std::min<std::int64_t>(request.k, model.items().size() - 1));
}

void write(const Model& model, const Asked& asked, std::span<const infer::ScoredId> best, seqrec_answer& answer) {
  for (std::size_t i = 0; i < best.size(); ++i) {
    const auto [id, score] = best[i];
    answer.items[i] = {model.items().token(id).data(), model.title(id), score, id, 0};
  }
  answer.count = std::ssize(best);
  answer.unknown_items = asked.unknown_items();
  answer.unknown_user = asked.unknown_user() ? 1 : 0;
  answer.status = SEQREC_OK;
}

void write_failure(seqrec_status status, seqrec_answer& answer) {
  if (status == SEQREC_ERROR_MEMORY) throw std::bad_alloc();  // which is the batch's
  answer.count = answer.unknown_items = 0;
  answer.unknown_user = 0;
  answer.status = status;
}

/// Some queries of a batch, in bounded memory.
void answer_block(seqrec_session& session, const seqrec_request* request, const Structs<const seqrec_query>& queries,
                  const Structs<seqrec_answer>& answers, std::int64_t begin, std::int64_t end) {
  const Model& model = *session.model;
  Arena& arena = session.workspace.arena();
  const Arena::Scope scope(arena);
  auto& asked = session.of_batch;
  auto& requests = session.requests;
  auto& found = session.found;
  auto& places = session.places;
  requests.clear();
  found.clear();
  places.clear();
  if (std::ssize(asked) < end - begin) asked.resize(static_cast<std::size_t>(end - begin));
  for (std::int64_t i = begin; i < end; ++i) {
    const seqrec_status status = guard([&] {
      Asked& one = asked[static_cast<std::size_t>(i - begin)];
      one.read(model, queries[i]);
      requests.push_back(id_request(session, one, request, answers[i].room));
      found.emplace_back().best = room_for(requests.back(), model, arena);
      places.push_back(i);
    });
    if (status != SEQREC_OK) write_failure(status, answers[i]);
  }
  model.session.recommend(requests, session.workspace, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    seqrec_answer& answer = answers[places[i]];
    if (found[i].error != nullptr)
      write_failure(guard([&] { std::rethrow_exception(found[i].error); }), answer);
    else
      write(model, asked[static_cast<std::size_t>(places[i] - begin)],
            found[i].best.first(static_cast<std::size_t>(found[i].found)), answer);
  }
}

seqrec_status score_items(seqrec_session* session, const seqrec_query* query, const GivenItems& items, double* scores) {
  return guard([&] {
    const Turn turn(session);
    items.check();
    if (items.n > 0) check_not_null(scores, "scores");
    const Model& model = *session->model;
    Arena& arena = session->workspace.arena();
    const Arena::Scope scope(arena);
    const std::span<std::int32_t> ids = arena.take<std::int32_t>(items.n), known = arena.take<std::int32_t>(items.n);
    std::size_t n_known = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = items.id(model, static_cast<std::int64_t>(i));
      if (ids[i] > 0) known[n_known++] = ids[i];
    }
    const std::span<double> found = arena.take<double>(static_cast<std::int64_t>(n_known));
    const infer::IdRequest request = request_of(*session, asked_of(*session, query), 1);
    model.session.score(request, known.first(n_known), session->workspace, found);
    const double* next = found.data();
    for (std::size_t i = 0; i < ids.size(); ++i)
      scores[i] = ids[i] > 0 ? *next++ : std::numeric_limits<double>::quiet_NaN();
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

void seqrec_session_close(seqrec_session* session) {
  if (session == nullptr) return;
  const ModelHold model = session->model;  // is there when its memory is given back
  const MemoryScope scope(model->memory.get());
  delete session;
}

seqrec_status seqrec_session_recommend(seqrec_session* session, const seqrec_request* request,
                                       const seqrec_query* query, seqrec_answer* answer) {
  return guard([&] {
    const Turn turn(session);
    check_request(*session, request);
    check_not_null(answer, "answer");
    check_struct(answer, sizeof *answer, "answer");
    check_answer(*answer);
    const Model& model = *session->model;
    Arena& arena = session->workspace.arena();
    const Arena::Scope scope(arena);
    const Asked& asked = asked_of(*session, query);
    const infer::IdRequest wanted = id_request(*session, asked, request, answer->room);
    const std::span<infer::ScoredId> best = room_for(wanted, model, arena);
    const std::int64_t found = model.session.recommend(wanted, session->workspace, best);
    write(model, asked, best.first(static_cast<std::size_t>(found)), *answer);
  });
}

seqrec_status seqrec_session_recommend_batch(seqrec_session* session, const seqrec_request* request,
                                             const seqrec_query* queries, int64_t n, seqrec_answer* answers) {
  return guard([&] {
    const Turn turn(session);
    check_request(*session, request);
    const Structs<const seqrec_query> in(queries, n, "queries");
    const Structs<seqrec_answer> out(answers, n, "answers");
    for (std::int64_t i = 0; i < n; ++i) {
      static_cast<void>(in[i]);  // its size is checked
      check_answer(out[i]);
    }
    constexpr std::int64_t kAtOnce = 256;
    for (std::int64_t begin = 0; begin < n; begin += kAtOnce)
      answer_block(*session, request, in, out, begin, std::min(begin + kAtOnce, n));
  });
}

seqrec_status seqrec_session_score(seqrec_session* session, const seqrec_query* query, const char* const* items,
                                   int64_t n, double* scores) {
  return score_items(session, query, {items, nullptr, n, "items", "items", "n"}, scores);
}

seqrec_status seqrec_session_score_ids(seqrec_session* session, const seqrec_query* query, const int32_t* items,
                                       int64_t n, double* scores) {
  return score_items(session, query, {nullptr, items, n, "items", "items", "n"}, scores);
}

seqrec_status seqrec_session_vector(seqrec_session* session, const seqrec_query* query, int64_t width, float* vector) {
  return guard([&] {
    const Turn turn(session);
    const Model& model = *session->model;
    check_width(model, model.history_vector_width, width, "vector of a history");
    check_not_null(vector, "vector");
    const infer::IdRequest request = request_of(*session, asked_of(*session, query), 1);
    model.session.history_vector(request, session->workspace, {vector, static_cast<std::size_t>(width)});
  });
}

seqrec_status seqrec_session_start(seqrec_session* session, const seqrec_query* query) {
  return guard([&] {
    const Turn turn(session);
    session->asked.clear();
    if (query != nullptr) {
      static_cast<void>(asked_of(*session, query));
      session->asked.take_own_history(*session->model);
    }
    std::swap(session->own, session->asked);
  });
}

seqrec_status seqrec_session_append(seqrec_session* session, const char* item) {
  return guard([&] {
    const Turn turn(session);
    check_not_null(item, "item");
    session->own.append(id_of(session->model->items(), item));
  });
}

seqrec_status seqrec_session_append_id(seqrec_session* session, int32_t item) {
  return guard([&] {
    const Turn turn(session);
    check_id(session->model->items(), item, 0, "item");
    session->own.append(item);
  });
}

/* What main.js calls: one model at a time, of its file's bytes, and a history that grows. */
#include <emscripten.h>
#include <seqrec.h>
#include <stddef.h>

enum { kRoom = 100 };
static seqrec_model* model = NULL;
static seqrec_session* session = NULL;
static seqrec_item items[kRoom];
static seqrec_answer answer = SEQREC_ANSWER_INIT;

/* What was wrong in the last of these that failed. */
EMSCRIPTEN_KEEPALIVE const char* last_error(void) { return seqrec_last_error(); }

EMSCRIPTEN_KEEPALIVE seqrec_status open_model(const void* bytes, size_t n_bytes) {
  seqrec_session_close(session);
  seqrec_model_close(model);
  session = NULL;
  model = NULL;
  const seqrec_status status = seqrec_model_open_memory(bytes, n_bytes, NULL, &model);
  return status == SEQREC_OK ? seqrec_session_open(model, &session) : status;
}

EMSCRIPTEN_KEEPALIVE seqrec_status append_item(const char* token) { return seqrec_session_append(session, token); }

/* The number of items, at most `most` and kRoom, or -1. */
EMSCRIPTEN_KEEPALIVE int recommend(int most) {
  answer.items = items;
  answer.room = most < kRoom ? most : kRoom;
  return seqrec_session_recommend(session, NULL, NULL, &answer) == SEQREC_OK ? (int)answer.count : -1;
}
EMSCRIPTEN_KEEPALIVE const char* token_of(int place) { return items[place].token; }
EMSCRIPTEN_KEEPALIVE const char* title_of(int place) { return items[place].title; }
EMSCRIPTEN_KEEPALIVE double score_of(int place) { return items[place].score; }
/* Of the history. */
EMSCRIPTEN_KEEPALIVE int unknown_items(void) { return (int)answer.unknown_items; }

/* What bench/compare_onnx times seqrec with: requests through the C interface (seqrec.h), each by itself.
 *
 * A library for Python's ctypes, so that seqrec and its peers take turns in one process. */
#include <seqrec.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct timer {
  seqrec_model* model;
  seqrec_request* request;
  seqrec_session* session;
};

void timer_close(struct timer* timer) {
  if (timer == NULL) return;
  seqrec_session_close(timer->session);
  seqrec_request_close(timer->request);
  seqrec_model_close(timer->model);
  free(timer);
}

/* NULL, and a text in seqrec_last_error(), if it can't. */
struct timer* timer_open(const char* model_file, int64_t k) {
  struct timer* timer = calloc(1, sizeof *timer);
  seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
  options.k = k;
  if (timer != NULL && seqrec_model_open(model_file, NULL, &timer->model) == SEQREC_OK &&
      seqrec_request_open(timer->model, &options, &timer->request) == SEQREC_OK &&
      seqrec_session_open(timer->model, &timer->session) == SEQREC_OK)
    return timer;
  timer_close(timer);
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* n requests with histories [n, length] of ids for a user: the ids and scores of the k best of each, and how many
 * seconds each took. 0, or the status that one had. */
int timer_run(struct timer* timer, int64_t n, int64_t length, const int32_t* histories, int32_t user, int64_t k,
              int32_t* ids, double* scores, double* seconds) {
  seqrec_query query = SEQREC_QUERY_INIT;
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  seqrec_item* items = malloc((size_t)k * sizeof *items);
  seqrec_status status = items == NULL ? SEQREC_ERROR_MEMORY : SEQREC_OK;
  answer.items = items;
  answer.room = k;
  query.user_id = user;
  query.n_history = length;
  for (int64_t i = 0; i < n && status == SEQREC_OK; ++i) {
    query.history_ids = histories + i * length;
    const double begin = now();
    status = seqrec_session_recommend(timer->session, timer->request, &query, &answer);
    seconds[i] = now() - begin;
    for (int64_t j = 0; j < k && status == SEQREC_OK; ++j) {
      ids[i * k + j] = j < answer.count ? items[j].id : 0;
      scores[i * k + j] = j < answer.count ? items[j].score : 0;
    }
  }
  free(items);
  return (int)status;
}

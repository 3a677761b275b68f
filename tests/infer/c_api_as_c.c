/* seqrec.h is C: this file is compiled as C, and used by c_session_test.cpp. */
#include "infer/seqrec.h"

int64_t count_recommendations_in_c(const char* model_file, const char* token, const char** first) {
  static char name[64];
  seqrec_model* model = NULL;
  seqrec_request* request = NULL;
  seqrec_session* session = NULL;
  seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
  seqrec_query query = SEQREC_QUERY_INIT;
  seqrec_item items[3];
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  int i = 0;
  options.flags = SEQREC_EXCLUDE_SEEN;
  query.history = &token;
  query.n_history = 1;
  answer.items = items;
  answer.room = 3;
  answer.count = -1;
  if (seqrec_model_open(model_file, NULL, &model) != SEQREC_OK) return -1;
  if (seqrec_request_open(model, &options, &request) != SEQREC_OK ||
      seqrec_session_open(model, &session) != SEQREC_OK ||
      seqrec_session_recommend(session, request, &query, &answer) != SEQREC_OK)
    answer.count = -2;
  for (; answer.count > 0 && items[0].token[i] != 0 && i < 63; ++i) name[i] = items[0].token[i];
  name[i] = 0;
  *first = name;
  seqrec_session_close(session);
  seqrec_request_close(request);
  seqrec_model_close(model);
  return answer.count;
}

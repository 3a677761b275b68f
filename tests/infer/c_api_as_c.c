/* seqrec.h is C: this file is compiled as C, and used by c_api_test.cpp. */
#include "infer/seqrec.h"

int64_t count_recommendations_in_c(const char* model_file, const char* token, const char** first) {
  static char name[64];
  const char* history[1];
  seqrec_session* session = NULL;
  seqrec_item items[3];
  int64_t count = -1;
  int i = 0;
  history[0] = token;
  if (seqrec_open(model_file, NULL, 0, &session) != SEQREC_OK) return -1;
  if (seqrec_recommend(session, NULL, history, 1, 3, SEQREC_EXCLUDE_SEEN, items, &count, NULL) != SEQREC_OK) count = -2;
  for (; count > 0 && items[0].token[i] != 0 && i < 63; ++i) name[i] = items[0].token[i];
  name[i] = 0;
  *first = name;
  seqrec_close(session);
  return count;
}

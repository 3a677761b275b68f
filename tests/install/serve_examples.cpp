// A program that serves the examples' models through the C interface: serve_examples MODEL_FILE TOKEN... prints the ten
// items that most likely come next. For scripts/check_examples.
#include <cstdio>

#include "infer/seqrec.h"
#include "tests/examples.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: serve_examples MODEL_FILE TOKEN...\n");
    return 2;
  }
  seqrec::add_examples();
  seqrec_model* model = nullptr;
  seqrec_session* session = nullptr;
  seqrec_query query = SEQREC_QUERY_INIT;
  query.history = argv + 2;
  query.n_history = argc - 2;
  seqrec_item items[10];
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  answer.items = items;
  answer.room = 10;
  seqrec_status status = seqrec_model_open(argv[1], nullptr, &model);
  if (status == SEQREC_OK) status = seqrec_session_open(model, &session);
  if (status == SEQREC_OK) status = seqrec_session_recommend(session, nullptr, &query, &answer);
  if (status != SEQREC_OK) std::fprintf(stderr, "serve_examples: %s\n", seqrec_last_error());
  for (int64_t i = 0; i < answer.count; ++i) std::printf("%s\n", items[i].token);
  seqrec_session_close(session);
  seqrec_model_close(model);
  return status == SEQREC_OK ? 0 : 1;
}

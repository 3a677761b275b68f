/* Prints the ten items that most likely come next: embed_c MODEL_FILE TOKEN... (the history, oldest first). */
#include <seqrec.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: embed_c MODEL_FILE TOKEN...\n");
    return 2;
  }
  seqrec_model* model = NULL;
  seqrec_session* session = NULL;
  seqrec_query query = SEQREC_QUERY_INIT;
  query.history = (const char* const*)argv + 2;
  query.n_history = argc - 2;
  seqrec_item items[10];
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  answer.items = items;
  answer.room = 10;

  seqrec_status status = seqrec_model_open(argv[1], NULL, &model);
  if (status == SEQREC_OK) status = seqrec_session_open(model, &session);
  if (status == SEQREC_OK) status = seqrec_session_recommend(session, NULL, &query, &answer);
  if (status != SEQREC_OK) fprintf(stderr, "embed_c: %s\n", seqrec_last_error());
  if (answer.unknown_items > 0)
    fprintf(stderr, "embed_c: %lld unknown items were skipped\n", (long long)answer.unknown_items);
  for (int64_t i = 0; i < answer.count; ++i) {
    const char* title = items[i].title;
    printf("%s\t%.6f%s%s\n", items[i].token, items[i].score, *title ? "\t" : "", title);
  }
  seqrec_session_close(session);
  seqrec_model_close(model);
  return status == SEQREC_OK ? 0 : status == SEQREC_ERROR_USAGE ? 2 : 1;
}

/* examples/embed_c as it was before version 1 of the C interface: scripts/check_header sees it fail. */
#include <seqrec.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: embed_c MODEL_FILE TOKEN...\n");
    return 2;
  }
  seqrec_session* session = NULL;
  seqrec_item items[10];
  int64_t count = 0, unknown = 0;
  seqrec_status status = seqrec_open(argv[1], NULL, 0, &session);
  if (status == SEQREC_OK) {
    status = seqrec_recommend(session, NULL, (const char* const*)argv + 2, argc - 2, 10, 0, items, &count, &unknown);
  }
  if (status != SEQREC_OK) {
    fprintf(stderr, "embed_c: %s\n", seqrec_last_error());
  } else {
    if (unknown > 0) fprintf(stderr, "embed_c: %lld unknown items were skipped\n", (long long)unknown);
    for (int64_t i = 0; i < count; ++i) {
      const char* title = items[i].title;
      printf("%s\t%.6f%s%s\n", items[i].token, items[i].score, *title ? "\t" : "", title);
    }
  }
  seqrec_close(session);
  return status == SEQREC_OK ? 0 : status == SEQREC_ERROR_USAGE ? 2 : 1;
}

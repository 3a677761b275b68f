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
  seqrec_session* session = nullptr;
  seqrec_item items[10];
  int64_t count = 0;
  seqrec_status status = seqrec_open(argv[1], nullptr, 0, &session);
  if (status == SEQREC_OK)
    status = seqrec_recommend(session, nullptr, argv + 2, argc - 2, 10, 0, items, &count, nullptr);
  if (status != SEQREC_OK) std::fprintf(stderr, "serve_examples: %s\n", seqrec_last_error());
  for (int64_t i = 0; i < count; ++i) std::printf("%s\n", items[i].token);
  seqrec_close(session);
  return status == SEQREC_OK ? 0 : 1;
}

// Ranks again after every item that is appended: embed_cpp MODEL_FILE TOKEN... prints what is best after each of them,
// and the ten best items at the end.
#include <cstdio>
#include <exception>
#include <seqrec.hpp>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: embed_cpp MODEL_FILE TOKEN...\n");
    return 2;
  }
  try {
    const seqrec::Model model(argv[1]);
    seqrec::Session session(model);
    seqrec::Answer answer;
    for (int i = 2; i < argc; ++i) {
      session.append(argv[i]);
      answer = session.recommend(10);
      std::fprintf(stderr, "after %s: %s\n", argv[i], answer.items.empty() ? "nothing" : answer.items[0].token);
    }
    for (const seqrec_item& item : answer.items)
      std::printf("%s\t%.6f%s%s\n", item.token, item.score, *item.title ? "\t" : "", item.title);
  } catch (const seqrec::StatusError& error) {
    std::fprintf(stderr, "embed_cpp: %s\n", error.what());
    return error.status() == SEQREC_ERROR_USAGE ? 2 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed_cpp: %s\n", error.what());
    return 1;
  }
  return 0;
}

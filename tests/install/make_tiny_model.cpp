// Writes a model file for scripts/check_install: make_tiny_model PATH. Its items are "i1" to "i20".
#include <iostream>

#include "tests/models/tiny_model.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_tiny_model PATH\n";
    return 2;
  }
  const seqrec::models::ModelFile file = seqrec::models::tiny_file();
  seqrec::models::save_model_file(argv[1], file, *seqrec::models::tiny_model(file));
}

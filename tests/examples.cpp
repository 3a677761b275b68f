#include "tests/examples.h"

// The examples are programs of one file, as a user writes them: here without their main().
#define main sasrec_main
#include "examples/sasrec/sasrec.cpp"
#undef main
#define main gru4rec_main
#include "examples/gru4rec/gru4rec.cpp"
#undef main

void seqrec::add_examples() {
  [[maybe_unused]] static const bool added = [] {
    models::add(SasRec::info());
    models::add(Gru4Rec::info());
    return true;
  }();
}

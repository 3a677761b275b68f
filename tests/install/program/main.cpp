// The whole program from an installed copy, with one model more: SHAN under another name.
#include <seqrec/models.h>
#include <seqrec/program.h>

int main(int argc, char** argv) {
  seqrec::models::ModelInfo info = seqrec::models::shan_info();
  info.name = "Mine";
  seqrec::models::add(info);
  return seqrec::program(argc, argv);
}

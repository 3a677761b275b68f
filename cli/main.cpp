#include "cli/program.h"

int main(int argc, char** argv) { return seqrec::program(argc, argv); }

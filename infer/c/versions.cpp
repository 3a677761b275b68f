#include "infer/seqrec.h"

uint32_t seqrec_abi_version(void) { return SEQREC_ABI_VERSION; }

const char* seqrec_version(void) { return SEQREC_VERSION; }

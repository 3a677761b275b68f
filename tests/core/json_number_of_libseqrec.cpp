// core/json_number.cpp as libseqrec has it, under other names.
#define SEQREC_INFERENCE
#define append_json_number append_json_number_of_libseqrec
#define read_json_number read_json_number_of_libseqrec
#include "core/json_number.cpp"

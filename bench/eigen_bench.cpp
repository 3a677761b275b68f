// eigen_bench: what the fast kernels would be on Eigen: the bits, the exactness and the speed of both, on one thread,
// with the instruction set in use (SEQREC_CPU names another). docs/architecture.md shows its tables.
#include "bench/eigen_bench.h"

#include <cstdio>

#include "core/parallel.h"
#include "kernels/cpu/simd.h"

int main() {
  seqrec::set_num_threads(1);
  std::printf("Eigen 3.4 and seqrec, both compiled for %s\n", seqrec::kernels::cpu::simd_variant_name());
  seqrec::bench::print_bits();
  seqrec::bench::print_accuracy();
  seqrec::bench::print_speed();
}

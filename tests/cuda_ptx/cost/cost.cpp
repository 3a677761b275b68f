// cuda_cost_on_ptx: what each case of the benchmarks (bench/kernel_cases.h) asks of memory, one line a case, columns
// separated by tabs (the first line names them). scripts/cuda_cost makes the table of docs/cuda.md of it.
#include <algorithm>
#include <iostream>
#include <set>
#include <tuple>

#include "bench/kernel_cases.h"
#include "kernels/cuda.h"
#include "kernels/kernel.h"
#include "tests/cuda_ptx/counting.h"

using namespace seqrec;
using namespace seqrec::bench;

namespace {

// What a minute allows: the CPU stands in for the GPU, and for cuBLAS.
constexpr double kMostBytes = 45e6, kMostFlops = 1e9;

void count(const Case& entry, Device device) {
  const auto call = entry.prepare();
  call();  // allocates and uploads
  kernels::cuda::synchronize(device);
  const cuda_ptx::Counting counting;
  call();
  kernels::cuda::synchronize(device);
  const cuda_ptx::Counts& c = counting.counts();
  std::cout << entry.kernel << "\t" << entry.shape << "\t" << entry.bytes << "\t" << entry.flops << "\t" << c.launches
            << "\t" << c.sectors_read << "\t" << c.sectors_written << "\t" << c.least_read << "\t" << c.least_written
            << "\t" << c.accesses << "\t" << c.lanes << "\t" << c.shared_turns << "\t" << c.least_shared_turns << "\t"
            << c.worst_conflict << "\t" << c.block_threads << "\t" << c.block_shared << "\t" << c.kernel << std::endl;
}

}  // namespace

int main() try {
  const Device device{Device::Kind::Cuda, 0};
  kernels::cuda::open(device);
  set_device(device);
  std::cout << "case\tshape\tbytes\tflops\tlaunches\tsectors_read\tsectors_written\tleast_read\tleast_written\t"
               "accesses\tlanes\tshared_turns\tleast_shared_turns\tworst_conflict\tblock_threads\tblock_shared\tkernel"
            << std::endl;
  const auto& present = kernels::cuda_kernel_names();
  std::set<std::tuple<std::string_view, double, double>> counted;  // as large: the same kernel with another function
  for (const Case& entry : all_cases()) {
    if (std::find(present.begin(), present.end(), entry.kernel) == present.end() || entry.kernel == "matmul") continue;
    if (entry.bytes > kMostBytes || entry.flops > kMostFlops) continue;
    if (counted.emplace(entry.kernel, entry.bytes, entry.flops).second) count(entry, device);
  }
  return 0;
} catch (const Error& error) {
  std::cerr << "cuda_cost_on_ptx: " << error.what() << "\n";
  return 1;
}

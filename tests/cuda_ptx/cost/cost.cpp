// cuda_cost_on_ptx: what each case of the benchmarks (bench/kernel_cases.h) asks of memory, one line a case, columns
// separated by tabs (the first line names them). scripts/cuda_cost makes the table of docs/cuda.md of it.
// cuda_cost_on_ptx KERNEL: which of the source's lines ask for it, in this kernel's cases.
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

// What a minute allows: the CPU stands in for the GPU, and for cuBLAS. A kernel whose cases all have more bytes is
// counted by its smallest.
constexpr double kMostBytes = 45e6, kMostFlops = 1e9;

bool is_counted(const Case& entry, const Cases& all) {
  if (entry.kernel == "matmul" || entry.flops > kMostFlops) return false;
  return entry.bytes <= kMostBytes || std::none_of(all.begin(), all.end(), [&](const Case& other) {
           return other.kernel == entry.kernel && other.bytes < entry.bytes;
         });
}

constexpr const char* kColumns =
    "case\tshape\tbytes\tflops\tlaunches\tsectors_read\tsectors_written\tleast_read\tleast_written\t"
    "sectors_missed\taccesses\tlanes\tshared_turns\tleast_shared_turns\tworst_conflict\tblock_threads\t"
    "block_shared\tkernel";

void print_sites(const Case& entry, const cuda_ptx::Counts& counts) {
  std::cout << entry.kernel << " of " << entry.shape << ": sectors of global, turns of shared memory (worst)\n";
  for (const auto& [site, of] : counts.sites)
    std::cout << "  " << cuda_ptx::text(*site) << ": " << of.accesses << " accesses, " << of.sectors << " sectors, "
              << of.turns << " turns (" << of.worst_conflict << ")\n";
}

void count(const Case& entry, Device device, bool by_site) {
  const auto call = entry.prepare();
  kernels::cuda::synchronize(device);
  const cuda_ptx::Counting counting;
  call();
  kernels::cuda::synchronize(device);
  const cuda_ptx::Counts& c = counting.counts();
  if (by_site) return print_sites(entry, c);
  std::cout << entry.kernel << "\t" << entry.shape << "\t" << entry.bytes << "\t" << entry.flops << "\t" << c.launches
            << "\t" << c.sectors_read << "\t" << c.sectors_written << "\t" << c.least_read << "\t" << c.least_written
            << "\t" << c.sectors_missed << "\t" << c.accesses << "\t" << c.lanes << "\t" << c.shared_turns << "\t"
            << c.least_shared_turns << "\t" << c.worst_conflict << "\t" << c.block_threads << "\t" << c.block_shared
            << "\t" << c.kernel << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view only = argc > 1 ? argv[1] : "";
  const Device device{Device::Kind::Cuda, 0};
  kernels::cuda::open(device);
  set_device(device);
  if (only.empty()) std::cout << kColumns << std::endl;
  const auto& present = kernels::cuda_kernel_names();
  std::set<std::tuple<std::string_view, double, double>> counted;  // as large: the same kernel with another function
  const Cases cases = all_cases();
  for (const Case& entry : cases) {
    if (std::find(present.begin(), present.end(), entry.kernel) == present.end() || !is_counted(entry, cases)) continue;
    if (!only.empty() && entry.kernel != only) continue;
    if (counted.emplace(entry.kernel, entry.bytes, entry.flops).second) count(entry, device, !only.empty());
  }
  return 0;
} catch (const Error& error) {
  std::cerr << "cuda_cost_on_ptx: " << error.what() << "\n";
  return 1;
}

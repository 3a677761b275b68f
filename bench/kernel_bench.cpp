// kernel_bench [--benchmark_filter=REGEX ...]: every kernel's GFLOP/s or GB/s and its share of what the processor can
// do at most, measured in the same process. SEQREC_CPU chooses the instruction set, SEQREC_THREADS the threads.
//
// kernel_bench --on-request: for each line of its input, a case's name, one of its output: the CPU seconds of a call,
// as measured for a moment. The names come first, ended by an empty line. For bench/compare_kernels.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/kernel_cases.h"
#include "bench/peak.h"
#include "core/parallel.h"
#include "kernels/cpu/simd.h"
#include "kernels/kernel.h"

using namespace seqrec;
using namespace seqrec::bench;

static std::string name_of(const Case& entry) { return std::string(entry.kernel) + "/" + entry.shape; }

static void run(benchmark::State& state, const Case& entry) {
  const std::function<void()> call = entry.prepare();
  call();
  double seconds = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(elapsed.count());
    seconds += elapsed.count();
  }
  const double calls = static_cast<double>(state.iterations()) / seconds;
  if (entry.flops > 0) {
    state.counters["GFLOP/s"] = entry.flops * calls / 1e9;
    state.counters["peak_%"] = 100 * entry.flops * calls / peak_flops(DType::F32);
  } else {
    state.counters["GB/s"] = entry.bytes * calls / 1e9;
    state.counters["memcpy_%"] = 100 * entry.bytes * calls / peak_bandwidth(entry.bytes);
  }
}

static double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

static void serve(const Cases& cases) {
  constexpr double kMoment = 2e-3;
  for (const Case& entry : cases) std::cout << name_of(entry) << "\n";
  std::cout << std::endl;
  std::string wanted, held;
  std::function<void()> call;
  while (std::getline(std::cin, wanted)) {
    if (wanted != held) {
      const auto entry =
          std::find_if(cases.begin(), cases.end(), [&](const Case& one) { return name_of(one) == wanted; });
      require<UsageError>(entry != cases.end(), "no case ", wanted);
      call = entry->prepare();
      held = wanted;
    }
    call();  // what the other program's turn threw out of the cache comes back
    const double start = cpu_seconds();
    double end = start;
    int calls = 0;
    for (; end < start + kMoment; end = cpu_seconds(), ++calls) call();
    std::cout << (end - start) / calls << std::endl;
  }
}

// A kernel without an entry is an error: the table is complete.
static bool complete(const Cases& cases) {
  bool all = true;
  for (const std::string_view name : kernels::kernel_names())
    if (std::none_of(cases.begin(), cases.end(), [&](const Case& entry) { return entry.kernel == name; })) {
      std::cerr << "kernel_bench: no case for " << name << "\n";
      all = false;
    }
  return all;
}

int main(int argc, char** argv) try {
  const bool on_request = argc == 2 && std::string_view(argv[1]) == "--on-request";
  benchmark::Initialize(&argc, argv);
  if (!on_request && benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (const char* threads = std::getenv("SEQREC_THREADS")) set_num_threads(std::atoi(threads));
  const Cases cases = all_cases();
  if (!complete(cases)) return 1;
  if (on_request) return serve(cases), 0;
  std::cout << kernels::cpu::simd_variant_name() << ", " << num_threads() << " threads, peak "
            << peak_flops(DType::F32) / 1e9 << " GFLOP/s f32, " << peak_flops(DType::F64) / 1e9 << " f64; memcpy "
            << peak_bandwidth(1 << 28) / 1e9 << " GB/s (256 MiB), " << peak_bandwidth(1 << 20) / 1e9 << " (1 MiB)"
            << std::endl;
  for (const Case& entry : cases)
    benchmark::RegisterBenchmark(name_of(entry).c_str(), [&entry](benchmark::State& state) { run(state, entry); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const Error& error) {
  std::cerr << "kernel_bench: " << error.what() << "\n";
  return 1;
}

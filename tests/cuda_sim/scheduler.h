#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <cuda_runtime.h>

/// Runs the threads of a grid as fibers: one block after the other, within it one thread until it waits, then another.
/// What a kernel does wrong ends the program with a message that names kernel, block and thread.
namespace cuda_sim {

/// A launch and where it stands in the source; the kernel's name and line 0 where that isn't known (tests/cuda_ptx).
struct LaunchShape {
  dim3 grid;
  dim3 block;
  std::size_t shared;
  cudaStream_t stream;
  const char* file;
  int line;
};

/// Calls entry(arguments) once per thread of the grid.
void run_grid(const LaunchShape& shape, void (*entry)(const void*), const void* arguments);

/// The order in which blocks and threads run: environment variable CUDA_SIM_ORDER, "forward" (the default), "reverse"
/// or "random", the latter with a seed (":7") or one that is drawn and printed.
std::string order_name();

// What follows is called by a running CUDA thread (device.h).

/// A place in the source, to tell barriers apart.
struct Place {
  const char* file;
  int line;
};

/// How many threads of the block stand at the barrier with a predicate that isn't 0; `threads`: how many stand there.
struct Votes {
  int in_favour, threads;
};
Votes block_barrier(Place place, int predicate);

/// What a lane gives to a warp operation and gets from it. Lanes meet by equal masks and equal `operation`.
struct WarpExchange {
  const char* operation;
  unsigned mask;
  std::uint64_t word = 0;
  int source = -1;  ///< the lane whose word to take; -1: none
  int predicate = 0;
  bool orders_memory = false;
  // Results.
  std::uint64_t taken = 0;
  unsigned ballot = 0;
  unsigned arrived = 0;  ///< the lanes that took part
  unsigned rounds = 0;   ///< of them those in an odd round (TSan)
};
void exchange(WarpExchange& request);

int lane();
unsigned live_lanes();

void* dynamic_shared();
/// A block's array, the same for all its threads: `site` tells arrays apart.
void* static_shared(const void* site, std::size_t bytes, std::size_t alignment);

/// Prints a message with the running kernel, block and thread, if any, and ends the program. It allocates nothing,
/// for a signal handler may call it.
[[noreturn]] void fail(const char* message);
[[noreturn]] void fail(const std::string& message);

}  // namespace cuda_sim

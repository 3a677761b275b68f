// Every kind of bug that must be caught, planted (bugs.cu), and the same without the bug: in the simulator, and where
// nvcc compiled it (tests/cuda_ptx).
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/cuda_sim/sanitizers.h"
#include "tests/cuda_sim/scheduler.h"

namespace {

/// What `cuda_sim_bugs arguments` says on both streams, and whether it ended well.
struct Outcome {
  std::string output;
  bool ended_well;
};
Outcome run(const std::string& arguments) {
  setenv("CUDA_SIM_ORDER", cuda_sim::order_name().c_str(), 1);  // a drawn seed holds for both programs
  FILE* pipe = popen((std::string(CUDA_SIM_BUGS) + " " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  return {output, pclose(pipe) == 0};
}

enum class Needs { Nothing, Asan, Tsan };
/// Not seen: on nvcc's PTX races and what ptxas would refuse, in the simulator what takes a sanitizer that isn't there.
constexpr const char* kUnseen = "";
struct Bug {
  const char* name;
  Needs needs;
  const char* expected;                   // within what it says
  const char* expected_on_ptx = nullptr;  // where nvcc compiled it (tests/cuda_ptx); null: the same
};

constexpr const char* kBeyond = "beyond what was asked for\n  block (0, 0, 0) thread (";
const Bug kBugs[] = {
    {"out_of_bounds", Needs::Asan, "bugs.cu:", kBeyond},
    {"out_of_bounds_shared", Needs::Asan,
     "bugs.cu:", "access of 4 bytes at 0x100 of shared memory, where the block has"},
    {"out_of_bounds_dynamic", Needs::Asan,
     "bugs.cu:", "access of 4 bytes at 0x200 of shared memory, where the block has 512\n"},
    {"use_after_release", Needs::Asan, "bugs.cu:", kBeyond},
    {"out_of_bounds_wild", Needs::Nothing,
     "access to device memory that was never allocated\n  block (0, 0, 0) thread (",
     "the host's memory, or nobody's\n  block (0, 0, 0) thread ("},
    {"misaligned", Needs::Asan, "misaligned address", "ld.global.v4.f32 at bugs.cu:"},
    {"no_syncthreads", Needs::Tsan, "data race", kUnseen},
    {"no_second_syncthreads", Needs::Tsan, "data race", kUnseen},
    {"no_syncwarp", Needs::Tsan, "data race", kUnseen},
    {"no_atomic", Needs::Tsan, "data race", kUnseen},
    {"no_atomic_between_blocks", Needs::Tsan, "data race", kUnseen},
    {"divergent_barrier", Needs::Nothing, "barrier in divergent code: __syncthreads at ",
     "barrier in divergent code: __syncthreads at bugs.cu:"},
    {"shuffle_from_lane_that_left", Needs::Nothing,
     "reads lane 5, which does not take part\n  block (0, 0, 0) thread ("},
    {"deadlock", Needs::Nothing, "deadlock: 16 thread(s) wait at __syncthreads at ",
     "deadlock: 16 thread(s) wait at __syncthreads at bugs.cu:"},
    {"overlapping_masks", Needs::Nothing, "lanes of one warp meet at different operations or masks: __syncwarp",
     "lanes of one warp meet at different operations or masks: bar.warp.sync"},
    {"mask_without_self", Needs::Nothing, "__shfl_xor_sync: the mask leaves out the calling lane",
     "shfl.sync.bfly: the mask leaves out the calling lane"},
    {"too_much_shared", Needs::Nothing, "too much shared memory: 64000 bytes, 49152 are there", kUnseen},
    {"too_many_threads", Needs::Nothing, "1 x 1 x 1 blocks of 1056 x 1 x 1 threads, 0 shared bytes] failed: invalid"},
    {"host_pointer", Needs::Nothing, "gets a pointer to the host's memory", "the host's memory, or nobody's"},
    {"other_device", Needs::Nothing, "gets a pointer to device 1's memory", ": device 1's memory"},
    {"stream_of_other_device", Needs::Nothing, "failed: invalid resource handle"},
    {"default_stream", Needs::Nothing, "a kernel is launched on the default stream"},
    {"wrong_kind", Needs::Nothing, "a copy from host to device gets 4 bytes from device memory to host memory"},
    {"copy_too_long", Needs::Nothing, "a copy from device to host gets 32768 bytes from host memory to host memory"},
    {"host_read", Needs::Nothing, "the host touched device memory: only kernels and copies may"},
    {"no_synchronisation", Needs::Nothing, "wrong value: -1"},
    {"product_out_of_bounds", Needs::Nothing, "cublas: matrix C isn't within one block of the device's memory"},
    {"leading_dimension", Needs::Nothing, "[cublasSgemm_64] failed: an invalid value (code 7)"},
};

/// What `bug` must say here.
const char* expected_of(const Bug& bug) {
  if (CUDA_SIM_ON_PTX) return bug.expected_on_ptx != nullptr ? bug.expected_on_ptx : bug.expected;
  const bool seen =
      bug.needs == Needs::Nothing || (bug.needs == Needs::Asan ? cuda_sim::has_asan() : cuda_sim::has_tsan());
  return seen ? bug.expected : kUnseen;
}

}  // namespace

TEST_CASE("every planted bug is caught, and its mended twin passes") {
  for (const Bug& bug : kBugs) {
    CAPTURE(std::string(bug.name));
    const Outcome mended = run(std::string(bug.name) + " mended");
    CHECK_MESSAGE(mended.ended_well, mended.output);
    CHECK(mended.output == "");
    const std::string expected = expected_of(bug);
    if (expected == kUnseen) continue;
    const Outcome planted = run(bug.name);
    CHECK_MESSAGE(planted.output.find(expected) != std::string::npos, planted.output);
  }
}

TEST_CASE("no planted bug is forgotten") {
  const std::string all = run("").output;
  std::string tested;
  for (const Bug& bug : kBugs) tested += std::string(bug.name) + "\n";
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  CHECK(lines(all) == lines(tested));
}

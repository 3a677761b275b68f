// cuda_sim_bugs NAME plants a bug of every kind that the simulator must catch; cuda_sim_bugs NAME mended does the same
// without the bug and must end with 0 and not a word. planted_bugs_test.cpp runs it.
#include <functional>
#include <iostream>
#include <map>
#include <vector>

#include "core/tensor.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"

using namespace seqrec;
using namespace seqrec::kernels::cuda;

namespace {

constexpr Device kGpu{Device::Kind::Cuda, 0}, kOther{Device::Kind::Cuda, 1};
constexpr int kThreads = 64;

__global__ void shift_kernel(const float* x, float* out, int by) { out[threadIdx.x + by] = x[threadIdx.x] + 1; }

__global__ void shared_kernel(float* out, int by, bool dynamic) {
  SEQREC_SHARED(float, fixed, [kThreads]);
  SEQREC_DYNAMIC_SHARED(float, asked);
  float* const values = dynamic ? asked : fixed;
  values[threadIdx.x + by] = 1;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x + by];
}

__global__ void reverse_kernel(float* out, bool synchronise) {
  SEQREC_SHARED(float, values, [kThreads]);
  values[threadIdx.x] = threadIdx.x;
  if (synchronise) __syncthreads();
  out[threadIdx.x] = values[kThreads - 1 - threadIdx.x];
}

// The second round writes what slow threads still read in the first.
__global__ void rounds_kernel(float* out, bool synchronise) {
  SEQREC_SHARED(float, value, [1]);
  float sum = 0;
  for (int round = 0; round < 3; ++round) {
    if (threadIdx.x == 0) value[0] = round;
    __syncthreads();
    sum += value[0];
    if (synchronise) __syncthreads();
  }
  out[threadIdx.x] = sum;
}

__global__ void warp_kernel(float* out, bool synchronise) {
  SEQREC_SHARED(float, values, [32]);
  values[threadIdx.x] = threadIdx.x;
  if (synchronise) __syncwarp();
  out[threadIdx.x] = values[threadIdx.x ^ 1];
}

// Barriers order a block's threads, but no two blocks.
__global__ void count_kernel(float* out, bool atomic) {
  __syncthreads();
  if (atomic) {
    atomicAdd(out, 1.0f);
  } else {
    *out += 1;
  }
  __syncthreads();
}

__global__ void divergent_kernel(bool divergent) {
  if (divergent && threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

__global__ void leaving_kernel(float* out, bool leave) {
  if (leave && threadIdx.x == 5) return;
  out[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, static_cast<float>(threadIdx.x), 5);
}

__global__ void deadlock_kernel(bool dead) {
  if (threadIdx.x < 16 || !dead) __syncthreads();
  if (threadIdx.x >= 16 || !dead) __syncwarp();
}

__global__ void masks_kernel(bool wrong) {
  if (threadIdx.x < 16) {
    __syncwarp(wrong ? 0xFFFFFFFFu : 0x0000FFFFu);
  } else {
    __syncwarp(wrong ? 0xFFFFFFFEu : 0xFFFF0000u);
  }
}

__global__ void halve_kernel(float* out, bool apart) {
  float value = out[threadIdx.x];
  if (threadIdx.x < 16 || !apart) value += __shfl_xor_sync(apart ? 0xFFFF0000u : 0xFFFFFFFFu, value, 1);
  out[threadIdx.x] = value;
}

__global__ void pack_kernel(const float* x, float* out) {
  const float4 pack = reinterpret_cast<const float4*>(x)[threadIdx.x];
  out[threadIdx.x] = pack.x + pack.y + pack.z + pack.w;
}

__global__ void large_kernel(float* out, bool large) {
  SEQREC_SHARED(float, first, [8000]);
  first[threadIdx.x] = 1;
  out[threadIdx.x] = first[threadIdx.x];
  if (large) {
    SEQREC_SHARED(float, second, [8000]);
    second[threadIdx.x] = 2;
  }
}

Tensor zeros(int n, Device device = kGpu) {
  return Tensor::from(std::vector<float>(static_cast<std::size_t>(n)), {n}, device);
}
Launch shape(int blocks, int threads, std::size_t shared = 0, Device device = kGpu) {
  return {static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared, context(device).stream()};
}
void wait() { context(kGpu).synchronize(); }

void shift(const Tensor& x, const Tensor& out, int by) {
  launch(shape(1, kThreads), shift_kernel, x.data<float>(), out.data<float>(), by);
  wait();
}

const std::map<std::string, std::function<void(bool)>> kBugs{
    {"out_of_bounds", [](bool planted) { shift(zeros(kThreads), zeros(kThreads), planted); }},
    {"out_of_bounds_wild", [](bool planted) { shift(zeros(kThreads), zeros(kThreads), planted ? 1 << 30 : 0); }},
    {"use_after_release",
     [](bool planted) {
       const Tensor x = zeros(kThreads);
       Tensor out = zeros(kThreads), kept = out;
       float* const data = out.data<float>();
       out = {};
       if (planted) kept = {};
       launch(shape(1, kThreads), shift_kernel, x.data<float>(), data, 0);
       wait();
     }},
    {"out_of_bounds_shared",
     [](bool planted) {
       const Tensor out = zeros(kThreads);
       launch(shape(1, kThreads), shared_kernel, out.data<float>(), planted, false);
       wait();
     }},
    {"out_of_bounds_dynamic",
     [](bool planted) {
       const Tensor out = zeros(kThreads);
       launch(shape(1, kThreads, kThreads * sizeof(float)), shared_kernel, out.data<float>(), planted, true);
       wait();
     }},
    {"no_syncthreads",
     [](bool planted) {
       launch(shape(1, kThreads), reverse_kernel, zeros(kThreads).data<float>(), !planted);
       wait();
     }},
    {"no_second_syncthreads",
     [](bool planted) {
       launch(shape(1, kThreads), rounds_kernel, zeros(kThreads).data<float>(), !planted);
       wait();
     }},
    {"no_syncwarp",
     [](bool planted) {
       launch(shape(1, 32), warp_kernel, zeros(32).data<float>(), !planted);
       wait();
     }},
    {"no_atomic",
     [](bool planted) {
       launch(shape(1, kThreads), count_kernel, zeros(1).data<float>(), !planted);
       wait();
     }},
    {"no_atomic_between_blocks",
     [](bool planted) {
       launch(shape(kThreads, 1), count_kernel, zeros(1).data<float>(), !planted);
       wait();
     }},
    {"divergent_barrier",
     [](bool planted) {
       launch(shape(2, kThreads), divergent_kernel, planted);
       wait();
     }},
    {"shuffle_from_lane_that_left",
     [](bool planted) {
       launch(shape(1, 32), leaving_kernel, zeros(32).data<float>(), planted);
       wait();
     }},
    {"deadlock",
     [](bool planted) {
       launch(shape(1, 32), deadlock_kernel, planted);
       wait();
     }},
    {"overlapping_masks",
     [](bool planted) {
       launch(shape(1, 32), masks_kernel, planted);
       wait();
     }},
    {"mask_without_self",
     [](bool planted) {
       launch(shape(1, 32), halve_kernel, zeros(32).data<float>(), planted);
       wait();
     }},
    {"misaligned",
     [](bool planted) {
       const Tensor x = zeros(4 * kThreads + 1), out = zeros(kThreads);
       launch(shape(1, kThreads), pack_kernel, x.data<float>() + planted, out.data<float>());
       wait();
     }},
    {"too_much_shared",
     [](bool planted) {
       launch(shape(1, 32), large_kernel, zeros(32).data<float>(), planted);
       wait();
     }},
    {"too_many_threads",
     [](bool planted) {
       launch(shape(1, planted ? 1056 : 1024), divergent_kernel, false);
       wait();
     }},
    {"host_pointer",
     [](bool planted) {
       std::vector<float> host(kThreads);
       const Tensor x = zeros(kThreads), out = zeros(kThreads);
       launch(shape(1, kThreads), shift_kernel, planted ? host.data() : x.data<float>(), out.data<float>(), 0);
       wait();
     }},
    {"other_device",
     [](bool planted) {
       const Tensor x = zeros(kThreads, planted ? kOther : kGpu), out = zeros(kThreads);
       context(kGpu);
       launch(shape(1, kThreads), shift_kernel, x.data<float>(), out.data<float>(), 0);
       wait();
     }},
    {"stream_of_other_device",
     [](bool planted) {
       const Launch there = shape(1, kThreads, 0, kOther);
       context(planted ? kGpu : kOther);
       launch(there, divergent_kernel, false);
       context(kOther).synchronize();
     }},
    {"default_stream",
     [](bool planted) {
       launch({1, kThreads, 0, planted ? nullptr : context(kGpu).stream()}, divergent_kernel, false);
       wait();
     }},
    {"wrong_kind",
     [](bool planted) {
       float value = 0;
       const Tensor x = zeros(1);
       CUDA_CALL(cudaMemcpyAsync, &value, x.raw(), sizeof(value),
                 planted ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost, context(kGpu).stream());
       wait();
     }},
    {"copy_too_long",
     [](bool planted) {
       const Tensor x = zeros(4096);
       std::vector<float> host(8192);
       CUDA_CALL(cudaMemcpyAsync, host.data(), x.raw(), planted ? 32768 : 16384, cudaMemcpyDeviceToHost,
                 context(kGpu).stream());
       wait();
     }},
    {"host_read",
     [](bool planted) {
       const Tensor x = zeros(1);
       const float value = planted ? *x.data<float>() : static_cast<float>(x.item());
       if (value != 0) std::cout << "wrong value" << std::endl;
     }},
    {"no_synchronisation",
     [](bool planted) {
       float value = -1;
       const Tensor x = zeros(1);
       CUDA_CALL(cudaMemcpyAsync, &value, x.raw(), sizeof(value), cudaMemcpyDeviceToHost, context(kGpu).stream());
       if (!planted) wait();
       if (value != 0) std::cout << "wrong value: " << value << std::endl;
     }},
    {"product_out_of_bounds",
     [](bool planted) {
       const Tensor a = zeros(4096), c = zeros(4096);
       const float one = 1, zero = 0;
       CUBLAS_CALL(cublasSgemm_64, context(kGpu).cublas(), CUBLAS_OP_N, CUBLAS_OP_N, 64, 64, 64, &one, a.data<float>(),
                   64, a.data<float>(), 64, &zero, c.data<float>(), planted ? 65 : 64);
       wait();
     }},
    {"leading_dimension",
     [](bool planted) {
       const Tensor a = zeros(4096), c = zeros(4096);
       const float one = 1, zero = 0;
       CUBLAS_CALL(cublasSgemm_64, context(kGpu).cublas(), CUBLAS_OP_T, CUBLAS_OP_N, 32, 64, 64, &one, a.data<float>(),
                   planted ? 32 : 64, a.data<float>(), 64, &zero, c.data<float>(), 32);
       wait();
     }},
};

}  // namespace

int main(int argc, char** argv) {
  const auto bug = kBugs.find(argc > 1 ? argv[1] : "");
  if (bug == kBugs.end()) {
    for (const auto& [name, plant] : kBugs) std::cout << name << "\n";
    return 2;
  }
  try {
    open(kGpu);
    open(kOther);
    context(kGpu);
    bug->second(argc == 2);
  } catch (const Error& error) {
    std::cout << error.what() << std::endl;
    return 1;
  }
  return 0;
}

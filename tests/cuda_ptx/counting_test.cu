// What accesses cost, counted where it is known.
#include <vector>

#include <doctest/doctest.h>

#include "core/tensor.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"
#include "tests/cuda_ptx/counting.h"

using namespace seqrec;
using namespace seqrec::kernels::cuda;
using cuda_ptx::Counts;

namespace {

constexpr Device kGpu{Device::Kind::Cuda, 0};

__global__ void strided_copy_kernel(const float* x, float* out, int step) { out[threadIdx.x] = x[threadIdx.x * step]; }

__global__ void pack_copy_kernel(const float4* x, float4* out) { out[threadIdx.x] = x[threadIdx.x]; }

__global__ void twice_kernel(const float* x, float* out) { out[threadIdx.x] = x[threadIdx.x] + x[threadIdx.x ^ 64]; }

// Lane i goes round i + 1 times, and every other round reads once more.
__global__ void uneven_kernel(const float* x, float* out) {
  float sum = 0;
#pragma unroll 1
  for (unsigned round = 0; round <= threadIdx.x; ++round) {
    sum += x[round * 32 + threadIdx.x];
    if ((round ^ threadIdx.x) & 1) sum *= x[(round + 32) * 32 + threadIdx.x];
  }
  out[threadIdx.x] = sum;
}

template <class T, int kWidth>
__global__ void transpose_kernel(T* out) {
  SEQREC_SHARED(T, tile, [32][kWidth]);
  for (int i = 0; i < 32; ++i) tile[i][threadIdx.x] = static_cast<T>(out[i] + threadIdx.x);
  __syncthreads();
  T sum = 0;
  for (int i = 0; i < 32; ++i) sum += tile[threadIdx.x][i];
  out[threadIdx.x] = sum;
}

__global__ void tally_kernel(int* out, int bins) {
  SEQREC_SHARED(int, tally, [32]);
  atomicAdd(&tally[threadIdx.x % bins], 1);
  __syncthreads();
  out[threadIdx.x] = tally[0];
}

Tensor zeros(int n, DType dtype = DType::F32) {
  open(kGpu);
  return Tensor::zeros({n}, dtype, kGpu);
}

template <class Kernel, class... Arguments>
Counts count(int threads, Kernel kernel, Arguments... arguments) {
  context(kGpu).synchronize();
  const cuda_ptx::Counting counting;
  launch({1, static_cast<unsigned>(threads), 0, context(kGpu).stream()}, kernel, arguments...);
  context(kGpu).synchronize();
  return counting.counts();
}

}  // namespace

TEST_CASE("sectors of neighbours, of packs, and of what lies apart") {
  const Tensor x = zeros(1024), out = zeros(1024);
  const Counts neighbours = count(64, strided_copy_kernel, x.data<float>(), out.data<float>(), 1);
  CHECK(neighbours.launches == 1);
  CHECK(neighbours.sectors_read == 8);
  CHECK(neighbours.sectors_written == 8);
  CHECK(neighbours.accesses == 4);
  CHECK(neighbours.lanes == 128);
  CHECK(count(64, strided_copy_kernel, x.data<float>(), out.data<float>(), 2).sectors_read == 16);
  CHECK(count(64, strided_copy_kernel, x.data<float>(), out.data<float>(), 8).sectors_read == 64);
  CHECK(count(64, strided_copy_kernel, x.data<float>(), out.data<float>(), 0).sectors_read == 2);
  const Counts packs = count(64, pack_copy_kernel, reinterpret_cast<const float4*>(x.data<float>()),
                             reinterpret_cast<float4*>(out.data<float>()));
  CHECK(packs.sectors_read == 32);
  CHECK(packs.least_written == 32);
}

TEST_CASE("the least is each sector once") {
  const Tensor x = zeros(128), out = zeros(128);
  const Counts twice = count(128, twice_kernel, x.data<float>(), out.data<float>());
  CHECK(twice.sectors_read == 32);
  CHECK(twice.least_read == 16);
  CHECK(twice.sectors_missed == 16);  // the block's second access finds them
}

TEST_CASE("lanes that diverge wait for each other where the code goes on") {
  const Tensor x = zeros(64 * 32), out = zeros(32);
  const Counts uneven = count(32, uneven_kernel, x.data<float>(), out.data<float>());
  // 32 rounds, of which 31 read once more, and the result.
  CHECK(uneven.accesses == 32 + 31 + 1);
  CHECK(uneven.lanes == 32 * 33 / 2 + 16 * 16 + 32);
}

TEST_CASE("bank conflicts") {
  const Tensor out = zeros(32), wide = zeros(32, DType::F64);
  const Counts conflicts = count(32, transpose_kernel<float, 32>, out.data<float>());
  CHECK(conflicts.worst_conflict == 32);
  CHECK(conflicts.shared_turns == 32 + 32 * 32);
  CHECK(conflicts.least_shared_turns == 64);
  const Counts padded = count(32, transpose_kernel<float, 33>, out.data<float>());
  CHECK(padded.worst_conflict == 1);
  CHECK(padded.shared_turns == 64);
  const Counts doubles = count(32, transpose_kernel<double, 33>, wide.data<double>());
  CHECK(doubles.worst_conflict == 1);
  CHECK(doubles.shared_turns == 128);
}

TEST_CASE("atomics of one word follow each other") {
  const Tensor out = zeros(32, DType::I32);
  CHECK(count(32, tally_kernel, out.data<int>(), 32).worst_conflict == 1);
  const Counts four = count(32, tally_kernel, out.data<int>(), 4);
  CHECK(four.worst_conflict == 8);
  CHECK(four.shared_turns == 8 + 1);
}

TEST_CASE("what each instruction asked for") {
  const Tensor x = zeros(1024), out = zeros(1024);
  const Counts apart = count(64, strided_copy_kernel, x.data<float>(), out.data<float>(), 8);
  REQUIRE(apart.sites.size() == 2);
  const cuda_ptx::OfSite load = apart.sites.begin()->second, store = apart.sites.rbegin()->second;
  CHECK(load.accesses == 2);
  CHECK(load.sectors == 64);
  CHECK(store.sectors == 8);
}

// What the simulated device does right: the rules that correct kernels rely on.
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "core/tensor.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"
#include "tests/cuda_sim/runtime.h"

using namespace seqrec;
using namespace seqrec::kernels::cuda;

namespace {

constexpr Device kFirstGpu{Device::Kind::Cuda, 0};

template <class T>
Tensor on_gpu(const std::vector<T>& values) {
  open(kFirstGpu);
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())}, kFirstGpu);
}
Tensor ints(std::int64_t n) { return on_gpu(std::vector<std::int32_t>(static_cast<std::size_t>(n), 0)); }

Launch shape(dim3 grid, dim3 block, std::size_t shared = 0) {
  return {grid, block, shared, context(kFirstGpu).stream()};
}

__global__ void index_kernel(std::int32_t* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned i = block * blockDim.x * blockDim.y * blockDim.z + thread;
  atomicAdd(&out[i], static_cast<std::int32_t>(i));
}

__global__ void reverse_kernel(const std::int32_t* x, std::int32_t* out) {
  SEQREC_DYNAMIC_SHARED(std::int32_t, values);
  const unsigned n = blockDim.x, i = threadIdx.x;
  values[i] = x[blockIdx.x * n + i];
  __syncthreads();
  out[blockIdx.x * n + i] = values[n - 1 - i];
}

__global__ void large_kernel(std::int32_t* out, int n) {
  SEQREC_DYNAMIC_SHARED(std::int32_t, values);
  for (int i = threadIdx.x; i < n; i += blockDim.x) values[i] = i;
  __syncthreads();
  for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = values[i];
}

__global__ void transpose_kernel(std::int32_t* out) {
  SEQREC_SHARED(std::int32_t, tile, [8][9]);
  tile[threadIdx.y][threadIdx.x] = static_cast<std::int32_t>(threadIdx.y * 8 + threadIdx.x);
  __syncthreads();
  out[threadIdx.y * 8 + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}

__global__ void vote_kernel(std::int32_t* out) {
  const int odd = threadIdx.x % 2, last = threadIdx.x == blockDim.x - 1;
  const int count = __syncthreads_count(odd), all = __syncthreads_and(odd), any = __syncthreads_or(last);
  out[threadIdx.x] = count * 100 + all * 10 + any;
}

__global__ void shuffle_kernel(std::int32_t* out) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  std::int32_t* const mine = out + threadIdx.x * 6;
  mine[0] = __shfl_sync(0xFFFFFFFFu, lane, 5);
  mine[1] = __shfl_xor_sync(0xFFFFFFFFu, lane, 3);
  mine[2] = __shfl_down_sync(0xFFFFFFFFu, lane, 4);
  mine[3] = __shfl_up_sync(0xFFFFFFFFu, lane, 4, 8);
  mine[4] = static_cast<std::int32_t>(__ballot_sync(0xFFFFFFFFu, lane < 3));
  mine[5] = __any_sync(0xFFFFFFFFu, lane == 31) * 10 + __all_sync(0xFFFFFFFFu, lane < 31);
}

__global__ void halves_kernel(double* out) {
  const bool upper = threadIdx.x >= 16;
  double value = threadIdx.x;
  for (int step = 8; step > 0; step /= 2) value += __shfl_xor_sync(upper ? 0xFFFF0000u : 0x0000FFFFu, value, step);
  if (!upper) __syncwarp(0x0000FFFFu);
  out[threadIdx.x] = value;
}

__global__ void leave_kernel(std::int32_t* out) {
  if (threadIdx.x >= 40) return;
  __syncthreads();
  out[threadIdx.x] = __popc(__ballot_sync(0xFFFFFFFFu, 1));
}

__global__ void atomics_kernel(std::int32_t* out, float* sum) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  atomicAdd(sum, 0.5f);
  atomicMax(&out[0], i);
  atomicMin(&out[1], -i);
  atomicOr(&out[2], 1 << i % 8);
  atomicCAS(&out[3], i == 0 ? 0 : -1, 7);
}

__global__ void uninitialised_kernel(const float* given, float* out, float mark) {
  SEQREC_SHARED(float, fixed, [2]);
  SEQREC_DYNAMIC_SHARED(float, dynamic);
  out += blockIdx.x * 3;
  out[0] = given[0];
  out[1] = fixed[1];
  out[2] = dynamic[1];
  fixed[1] = dynamic[1] = mark;  // no constant: nvcc would know what fixed[1] can be
}

std::vector<std::int32_t> iota(int n) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

}  // namespace

TEST_CASE("every thread of a grid of three dimensions runs once") {
  Tensor out = ints(2 * 3 * 4 * 5 * 6 * 7);
  launch(shape({2, 3, 4}, {5, 6, 7}), index_kernel, out.data<std::int32_t>());
  CHECK(out.to_vector<std::int32_t>() == iota(5040));
}

TEST_CASE("shared memory, dynamic and fixed, with a barrier") {
  Tensor x = on_gpu(iota(96)), out = ints(96), tile = ints(64);
  launch(shape(2, 48, 48 * sizeof(std::int32_t)), reverse_kernel, x.data<std::int32_t>(), out.data<std::int32_t>());
  launch(shape(1, {8, 8}), transpose_kernel, tile.data<std::int32_t>());
  const auto reversed = out.to_vector<std::int32_t>(), transposed = tile.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < 96; ++i) CHECK(reversed[i] == static_cast<int>(i / 48 * 48 + 47 - i % 48));
  for (std::size_t i = 0; i < 64; ++i) CHECK(transposed[i] == static_cast<int>(i % 8 * 8 + i / 8));
}

TEST_CASE("all of the shared memory that a device has") {
  open(kFirstGpu);
  const std::size_t bytes = context(kFirstGpu).shared_limit(), n = bytes / sizeof(std::int32_t);
  CHECK(bytes > kSharedUnasked);
  Tensor out = ints(static_cast<std::int64_t>(n));
  launch(shape(1, 256, bytes), large_kernel, out.data<std::int32_t>(), static_cast<int>(n));
  CHECK(out.to_vector<std::int32_t>() == iota(static_cast<int>(n)));
}

TEST_CASE("barriers that vote") {
  Tensor out = ints(33);
  launch(shape(1, 33), vote_kernel, out.data<std::int32_t>());
  CHECK(out.to_vector<std::int32_t>() == std::vector<std::int32_t>(33, 16 * 100 + 0 * 10 + 1));
}

TEST_CASE("shuffles and votes of a warp") {
  Tensor out = ints(64 * 6);
  launch(shape(1, 64), shuffle_kernel, out.data<std::int32_t>());
  const auto got = out.to_vector<std::int32_t>();
  for (int thread = 0; thread < 64; ++thread) {
    const int lane = thread % 32;
    const std::vector<std::int32_t> mine(got.begin() + thread * 6, got.begin() + thread * 6 + 6);
    CHECK(mine ==
          std::vector<std::int32_t>{5, lane ^ 3, lane < 28 ? lane + 4 : lane, lane % 8 < 4 ? lane : lane - 4, 7, 10});
  }
}

TEST_CASE("halves of a warp work apart, and 64-bit values are shuffled") {
  Tensor out = on_gpu(std::vector<double>(32, 0));
  launch(shape(1, 32), halves_kernel, out.data<double>());
  const auto got = out.to_vector<double>();
  CHECK(got[0] == 120);
  CHECK(got[15] == 120);
  CHECK(got[31] == 376);
}

TEST_CASE("threads that left are not waited for") {
  Tensor out = ints(64);
  launch(shape(1, 64), leave_kernel, out.data<std::int32_t>());
  const auto got = out.to_vector<std::int32_t>();
  CHECK(got[0] == 32);
  CHECK(got[39] == 8);
  CHECK(got[40] == 0);
}

TEST_CASE("atomics") {
  Tensor out = ints(4), sum = on_gpu(std::vector<float>{0});
  launch(shape(3, 100), atomics_kernel, out.data<std::int32_t>(), sum.data<float>());
  CHECK(out.to_vector<std::int32_t>() == std::vector<std::int32_t>{299, -299, 255, 7});
  CHECK(sum.item() == 150);
}

TEST_CASE("what was never written is NaN: device memory that is used again, shared memory of every block") {
  open(kFirstGpu);
  { Tensor before = on_gpu(std::vector<float>{1, 2, 3}); }
  Tensor given({3}, DType::F32, kFirstGpu), out({6}, DType::F32, kFirstGpu);
  launch(shape(2, 1, 2 * sizeof(float)), uninitialised_kernel, given.data<float>(), out.data<float>(), 1.0f);
  for (const float value : out.to_vector<float>()) CHECK(std::isnan(value));
}

TEST_CASE("a launch that the device can't do is refused, with its place") {
  Tensor out = ints(1);
  const auto refused = [&](dim3 grid, dim3 block, std::size_t shared, const char* why) {
    CHECK_THROWS_WITH_AS(
        launch({grid, block, shared, context(kFirstGpu).stream(), "x.cu", 7}, index_kernel, out.data<std::int32_t>()),
        why, DeviceError);
  };
  refused(1, 1025, 0,
          "[kernel at x.cu:7 with 1 x 1 x 1 blocks of 1025 x 1 x 1 threads, 0 shared bytes] failed: invalid "
          "configuration argument (code 9)");
  refused({1, 65536}, 32, 0,
          "[kernel at x.cu:7 with 1 x 65536 x 1 blocks of 32 x 1 x 1 threads, 0 shared bytes] failed: invalid "
          "configuration argument (code 9)");
  refused(
      1, 32, 232449,
      "[kernel at x.cu:7 with 1 x 1 x 1 blocks of 32 x 1 x 1 threads, 232449 shared bytes] failed: invalid argument "
      "(code 1)");
  launch(shape(0, 32), index_kernel, out.data<std::int32_t>());  // no block: nothing
}

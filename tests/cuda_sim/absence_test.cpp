// What a machine without a driver, without a device or with little memory shows.
#include <doctest/doctest.h>

#include "core/tensor.h"
#include "kernels/cuda.h"
#include "tests/cuda_sim/runtime.h"

using namespace seqrec;

namespace {
constexpr Device kGpu{Device::Kind::Cuda, 0};
}

TEST_CASE("without a driver or a device, the program says so") {
  cuda_sim::set_device_count(-1);
  CHECK(kernels::cuda::device_count() == 0);
  CHECK(!kernels::cuda::available());
  CHECK_THROWS_WITH_AS(kernels::cuda::open(kGpu), "no CUDA device: no driver, or one too old for this program",
                       DeviceError);
  cuda_sim::set_device_count(0);
  CHECK_THROWS_WITH_AS(kernels::cuda::open(kGpu), "no CUDA device: the driver finds none", DeviceError);
  cuda_sim::set_device_count(2);
  CHECK(kernels::cuda::available());
}

TEST_CASE("out of memory says how much was asked for and how much is in use; what is cached is given back first") {
  kernels::cuda::open(kGpu);
  memory(kGpu).trim();
  const std::size_t in_use = memory(kGpu).stats().in_use;
  cuda_sim::set_memory_limit(in_use + (std::size_t{40} << 20) + (std::size_t{64} << 20));
  { const Tensor large({1 << 23}, DType::F32, kGpu); }
  CHECK(memory(kGpu).stats().cached == std::size_t{32} << 20);
  const Tensor other({3 << 22}, DType::F64, kGpu);  // 96 MiB: only without the cached 32
  CHECK(memory(kGpu).stats().cached == 0);
  CHECK_THROWS_WITH_AS(Tensor({1 << 23}, DType::F32, kGpu),
                       concat("out of memory on cuda:0: asked for 33554432 bytes, ", in_use + (std::size_t{96} << 20),
                              " bytes are in use")
                           .c_str(),
                       DeviceError);
  cuda_sim::set_memory_limit(std::size_t{8} << 30);
}

TEST_CASE("the counter of synchronisations misses none") {
  kernels::cuda::open(kGpu);
  const std::int64_t counted = kernels::cuda::synchronizations(), seen = cuda_sim::requests().waits;
  const Tensor x = Tensor::from(std::vector<float>{1, 2}, {2}, kGpu);
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2});
  kernels::cuda::synchronize(kGpu);
  CHECK(kernels::cuda::synchronizations() - counted == 2);
  CHECK(cuda_sim::requests().waits - seen == 2);
}

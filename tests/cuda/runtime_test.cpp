// The ground under the kernels: memory, copies, waiting, what cuBLAS and cuDNN are asked.
#include <cmath>
#include <numeric>

#include "core/windows.h"
#include "kernels/matmul.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// How often f made the host wait.
template <class F>
std::int64_t waits_of(F f) {
  const std::int64_t before = cuda::synchronizations();
  f();
  return cuda::synchronizations() - before;
}

}  // namespace

TEST_CASE("cuda: steady steps get their memory from the cache, at the same addresses") {
  if (!has_gpu()) return;
  Memory& gpu_memory = memory(gpu());
  gpu_memory.trim();  // of larger blocks, which would serve too
  const auto step = [] {
    const Tensor a({1000}, DType::F32, gpu()), b({33, 7}, DType::F64, gpu()), c({1000}, DType::F32, gpu());
    return std::vector<const void*>{a.raw(), b.raw(), c.raw()};
  };
  const auto first = step();
  const MemoryStats before = gpu_memory.stats();
  for (int i = 0; i < 10; ++i) CHECK(step() == first);
  const MemoryStats after = gpu_memory.stats();
  CHECK(after.system_allocations == before.system_allocations);
  CHECK(after.in_use == before.in_use);
  CHECK(after.peak_in_use == before.peak_in_use);
  const Tensor held({1000}, DType::F32, gpu());
  CHECK(gpu_memory.stats().in_use == before.in_use + 4096);
  gpu_memory.trim();
  CHECK(gpu_memory.stats().cached == 0);
}

TEST_CASE("cuda: a block that is larger than what is asked for serves it, and comes back whole") {
  if (!has_gpu()) return;
  Memory& gpu_memory = memory(gpu());
  gpu_memory.trim();
  const MemoryStats before = gpu_memory.stats();
  const void* large = nullptr;
  for (const std::int64_t elements : {2000, 1000, 1700, 2000}) {
    const Tensor x({elements}, DType::F32, gpu());
    if (large == nullptr) large = x.raw();
    CHECK(x.raw() == large);
    CHECK(gpu_memory.stats().in_use == before.in_use + 8192);
  }
  const Tensor half({800}, DType::F32, gpu());  // less than half of it
  CHECK(half.raw() != large);
  CHECK(gpu_memory.stats().system_allocations == before.system_allocations + 2);
}

TEST_CASE("cuda: who else sets the thread's device changes nothing") {
  if (!has_gpu()) return;
  const Tensor x = Tensor::from(std::vector<float>{1, 2}, {2}, gpu());
  CUDA_CALL(cudaSetDevice, 0);
  Tensor y = empty_like(x);
  unary(Unary::Neg, x, y);
  CUDA_CALL(cudaSetDevice, 0);
  CHECK(y.to_vector<float>() == std::vector<float>{-1, -2});
}

TEST_CASE("cuda: blocks are aligned and never null") {
  if (!has_gpu()) return;
  for (const std::size_t bytes : {0, 1, 511, 513, 5000, 1 << 20}) {
    void* data = memory(gpu()).allocate(bytes);
    CHECK(data != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(data) % 256 == 0);
    memory(gpu()).release(data, bytes);
  }
}

TEST_CASE("cuda: uploads, kernels and copies on the device don't make the host wait") {
  if (!has_gpu()) return;
  const Tensor x = random_tensor({1025}, DType::F32, 1);
  Tensor expected = empty_like(x), result;
  unary(Unary::Exp, x, expected);
  const auto work = [&] {
    const Index ids = random_ids(100, 1000, 1);
    const Windows windows({0, 2}, {5, 9}, 10);
    ids.on(gpu());
    windows.begin_on(gpu());
    Tensor y = to_device(x, gpu());
    unary(Unary::Exp, y, y);
    result = clone(y);
  };
  CHECK(waits_of(work) == 0);
  CHECK(waits_of([&] { check_gpu(result, expected, 64); }) == 1);
  CHECK(waits_of([] { cuda::synchronize(gpu()); }) == 1);
}

TEST_CASE("cuda: an upload takes what the host held when it was asked for") {
  if (!has_gpu()) return;
  std::vector<float> values{1, 2, 3};
  const Tensor x = Tensor::from(values, {3}, gpu());
  values = {4, 5, 6};
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3});
}

TEST_CASE("cuda: an upload larger than all staging") {
  if (!has_gpu()) return;
  std::vector<std::int32_t> values(17 << 20);  // 68 MiB
  std::iota(values.begin(), values.end(), 0);
  CHECK(to_device(Tensor::from(values, {17 << 20}, gpu()), kCpu).to_vector<std::int32_t>() == values);
  memory(gpu()).trim();
}

TEST_CASE("cuda: cuDNN is there: a softmax over the last axis") {
  if (!has_gpu()) return;
  const Tensor x = random_tensor({5, 33}, DType::F32, 1), y({5, 33}, DType::F32, gpu());
  const Tensor on_gpu = to_device(x, gpu());
  const cuda::TensorDescriptor shape = cuda::make_tensor_descriptor(CUDNN_DATA_FLOAT, 5, 33, 1, 1);
  const float one = 1, zero = 0;
  CUDNN_CALL(cudnnSoftmaxForward, cuda::context(gpu()).cudnn(), CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_CHANNEL,
             &one, shape.get(), on_gpu.raw(), &zero, shape.get(), y.raw());
  Tensor expected({5, 33});
  for (std::int64_t row = 0; row < 5; ++row) {
    double sum = 0;
    for (std::int64_t i = 0; i < 33; ++i) sum += std::exp(x.at<float>({row, i}));
    for (std::int64_t i = 0; i < 33; ++i)
      expected.at<float>({row, i}) = static_cast<float>(std::exp(x.at<float>({row, i})) / sum);
  }
  check_gpu(y, expected, 16);
}

TEST_CASE("cuda: what cuDNN refuses becomes an error that names the call") {
  if (!has_gpu()) return;
  CHECK_THROWS_WITH_AS(cuda::make_tensor_descriptor(CUDNN_DATA_FLOAT, 0, 1, 1, 1),
                       doctest::Contains("[cudnnSetTensor4dDescriptor] failed: CUDNN_STATUS_BAD_PARAM"), DeviceError);
}

TEST_CASE("cuda: what CUDA and cuBLAS refuse becomes an error that names the call") {
  if (!has_gpu()) return;
  const Tensor x({4}, DType::F32, gpu());
  const float one = 1;
  CHECK_THROWS_WITH_AS(CUBLAS_CALL(cublasSgemm_64, cuda::context(gpu()).cublas(), CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2,
                                   &one, x.data<float>(), 1, x.data<float>(), 2, &one, x.data<float>(), 2),
                       doctest::Contains("[cublasSgemm_64] failed: "), DeviceError);
  CHECK_THROWS_WITH_AS(CUDA_CALL(cudaSetDevice, 99), "[cudaSetDevice] failed: invalid device ordinal (code 101)",
                       DeviceError);
}

TEST_CASE("cuda: devices that aren't there") {
  if (!has_gpu()) return;
  const int count = cuda::device_count();
  CHECK_THROWS_WITH_AS(cuda::open({Device::Kind::Cuda, count}),
                       concat("no CUDA device: cuda:", count, " was asked for, devices found: ", count).c_str(),
                       DeviceError);
  CHECK_THROWS_WITH_AS(cuda::open(kCpu), "no CUDA device: cpu", DeviceError);
  CHECK_THROWS_WITH_AS(cuda::context({Device::Kind::Cuda, 15}), "device cuda:15 is not open", DeviceError);
  CHECK(cuda::absence() == "");
  CHECK(cuda::description(gpu()).find("compute capability") != std::string::npos);
}

#include "core/cpu_memory.h"
#include "kernels/copy.h"
#include "kernels/cuda.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// A device whose memory is the host's, for what needs no kernel there.
Device pretend(int index) {
  const Device device{Device::Kind::Cuda, index};
  set_memory(device, std::make_unique<CpuMemory>());
  return device;
}

}  // namespace

TEST_CASE("a program without CUDA says that it is") {
  if (!cuda_kernel_names().empty()) return;
  constexpr Device kGpu{Device::Kind::Cuda, 0};
  CHECK(!cuda::available());
  CHECK(cuda::device_count() == 0);
  CHECK(cuda::absence() == "built without CUDA");
  CHECK(cuda::synchronizations() == 0);
  CHECK(message_of([&] { cuda::open(kGpu); }) == "no CUDA device: built without CUDA");
  CHECK(message_of([&] { cuda::synchronize(kGpu); }) == "no CUDA device: built without CUDA");
  CHECK(message_of([&] { cuda::description(kGpu); }) == "no CUDA device: built without CUDA");
}

TEST_CASE("the dispatch refuses tensors on different devices, and devices without the kernel") {
  Tensor here = Tensor::zeros({2}), there({2}, DType::F32, pretend(11));
  CHECK(message_of([&] { copy(here, there); }) == "[copy] tensors on different devices: cpu and cuda:11");
  if (cuda_kernel_names().empty()) CHECK(message_of([&] { copy(there, there); }) == "[copy] has no kernel for cuda:11");
}

TEST_CASE("to_device copies what lies elsewhere") {
  const Device other = pretend(10);
  const Tensor x = random_tensor({3, 4}, DType::F32, 1);
  CHECK(to_device(x, kCpu).shares_storage(x));
  const Tensor there = to_device(x.transpose(0, 1), other);
  CHECK(there.device() == other);
  check_same(to_device(there, kCpu), contiguous(x.transpose(0, 1)));
}

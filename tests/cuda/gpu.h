#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/copy.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"
#include "tests/kernels/parity.h"

/// What the tests of the CUDA backend share. They run on a device, or on simulated ones (tests/cuda_sim).
namespace seqrec::kernels {

/// Whether there is a device; else the tests end where they begin, and one line says so.
inline bool has_gpu() {
  static const bool has = [] {
    if (!cuda::available()) std::printf("SKIPPED the CUDA backend: no CUDA device: %s\n", cuda::absence().c_str());
    return cuda::available();
  }();
  return has;
}

/// The last device, so that nothing gets by with device 0 alone. Open.
inline Device gpu() {
  const Device device{Device::Kind::Cuda, cuda::device_count() - 1};
  cuda::open(device);
  return device;
}

/// Marks a case of many shapes, whose kernels the op cases run too: under TSan these are enough (tests/CMakeLists.txt).
inline auto many_shapes() { return doctest::test_suite("many shapes"); }

/// Calls f once per size at the edges of a warp and of blocks, and again with a grid of 2 blocks, which has to walk.
template <class F>
void for_each_size(F f) {
  for (const std::int64_t size : {0, 1, 31, 33, 1023, 1025}) {
    CAPTURE(size);
    f(size);
    INFO("a grid of 2 blocks");
    const cuda::GridLimitScope limit(2);
    f(size);
  }
}

/// The tensor on the device, as a view that skips every other element of its last axis.
inline Tensor strided_on_gpu(const Tensor& tensor) {
  Shape wide = tensor.shape();
  wide.push_back(2);
  Tensor view = Tensor(wide, tensor.dtype(), gpu()).select(-1, 1);
  copy(to_device(tensor, gpu()), view);
  return view;
}

/// The tensor on the device, as a view that begins where no pack may: no vector load may touch it.
inline Tensor shifted_on_gpu(const Tensor& tensor) {
  Tensor view = Tensor({tensor.numel() + 1}, tensor.dtype(), gpu()).slice(0, 1, tensor.numel() + 1);
  view = view.reshape(tensor.shape());
  copy(to_device(tensor, gpu()), view);
  return view;
}

/// What one rounding per step and another order of sums may bring.
constexpr double kUlps = 64;

/// Elements differ by at most `ulps` of the CPU's largest one.
inline void check_gpu(const Tensor& got, const Tensor& expected, double ulps) {
  CHECK(got.device() == gpu());
  check_close(to_device(got, kCpu), expected, ulps);
}

}  // namespace seqrec::kernels

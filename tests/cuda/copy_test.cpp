#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

constexpr DType kAll[] = {DType::F32, DType::F64, DType::I32, DType::I64, DType::U8, DType::Bool};

/// Small whole numbers, which every dtype holds.
Tensor numbers(const Shape& shape, DType dtype) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(shape.numel()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * 7 % 101);
  return convert(Tensor::from(values, shape), dtype);
}

}  // namespace

TEST_CASE("cuda: copies to the device and back give the same bytes") {
  if (!has_gpu()) return;
  for (const DType dtype : kAll)
    for_each_size([&](std::int64_t size) {
      const Tensor x = numbers({size}, dtype);
      check_same(to_device(to_device(x, gpu()), kCpu), x);
      check_same(to_device(clone(to_device(x, gpu())), kCpu), x);
    });
}

TEST_CASE("cuda: copy converts between all dtypes, of any strides on both sides") {
  if (!has_gpu()) return;
  for (const DType from : kAll)
    for (const DType to : kAll) {
      CAPTURE(from);
      CAPTURE(to);
      const Tensor x = numbers({3, 1, 37}, from);
      check_same(to_device(convert(to_device(x, gpu()), to), kCpu), convert(x, to));
      const Tensor view = strided_on_gpu(x).transpose(0, 2);
      check_same(to_device(convert(view, to), kCpu), convert(x.transpose(0, 2), to));
      Tensor wide({37, 2, 1, 3}, to, gpu()), out = wide.select(1, 1);
      copy(view, out);
      check_same(to_device(out, kCpu), convert(x.transpose(0, 2), to));
    }
}

TEST_CASE("cuda: fill, also of views, leaves the rest alone") {
  if (!has_gpu()) return;
  for (const DType dtype : kAll)
    for_each_size([&](std::int64_t size) {
      Tensor expected = numbers({size, 2}, dtype), out = to_device(expected, gpu());
      Tensor column = out.select(1, 1), expected_column = expected.select(1, 1);
      fill(1, column);
      fill(1, expected_column);
      check_same(to_device(out, kCpu), expected);
      fill(0, out);
      check_same(to_device(out, kCpu), Tensor::zeros({size, 2}, dtype));
    });
}

TEST_CASE("cuda: zeros") {
  if (!has_gpu()) return;
  const Tensor out = Tensor::zeros({1025}, DType::F32, gpu());
  check_same(to_device(out, kCpu), Tensor::zeros({1025}));
}

TEST_CASE("cuda: tensors of several devices don't mix") {
  if (!has_gpu()) return;
  Tensor out({3}, DType::F32, gpu());
  CHECK_THROWS_WITH_AS(copy(Tensor::zeros({3}), out),
                       concat("[copy] tensors on different devices: cpu and ", gpu()).c_str(), DeviceError);
}

#include "kernels/dropout.h"

#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: dropout draws the CPU's numbers, bit for bit") {
  if (!has_gpu()) return;
  const RandomStream stream = random_stream(5, Purpose::Dropout, 3);
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      const Tensor x = random_tensor({size}, dtype, 1);
      for (const double p : {0., 0.3, 0.999})
        for (const std::uint64_t offset : {0ull, 3ull, (1ull << 40) + 4}) {
          CAPTURE(p);
          CAPTURE(offset);
          Tensor expected = empty_like(x), out = to_device(x, gpu());
          dropout(x, p, stream, offset, expected);
          dropout(out, p, stream, offset, out);
          check_same(to_device(out, kCpu), expected);
          dropout(strided_on_gpu(x), p, stream, offset, out);
          check_same(to_device(out, kCpu), expected);
        }
    });
}

TEST_CASE("cuda: dropout of a view that lies off the addresses of packs, and of a transposed one") {
  if (!has_gpu()) return;
  const RandomStream stream = random_stream(5, Purpose::Dropout, 4);
  const Tensor x = random_tensor({9, 16}, DType::F32, 1), there = to_device(x, gpu());
  const auto check = [&](const Tensor& part, const Tensor& part_there) {
    Tensor expected(part.shape()), out(part.shape(), DType::F32, gpu());
    dropout(part, 0.5, stream, 8, expected);
    dropout(part_there, 0.5, stream, 8, out);
    check_same(to_device(out, kCpu), expected);
  };
  check(x.reshape({144}).slice(0, 1, 144), there.reshape({144}).slice(0, 1, 144));
  check(x.transpose(0, 1), there.transpose(0, 1));
  check(x.slice(1, 4, 12), there.slice(1, 4, 12));
}

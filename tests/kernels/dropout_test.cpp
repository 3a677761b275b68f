#include "kernels/dropout.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("dropout draws the reference's numbers, bit for bit") {
  const RandomStream stream = random_stream(5, Purpose::Dropout, 3);
  for (const DType dtype : kFloats)
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{127}, Shape{13, 17}, Shape{16411}})
      for (const double p : {0., 0.1, 0.5, 0.999})
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{1} << 40}) {
          INFO(shape, " ", p, " ", offset);
          const Tensor x = random_tensor(shape, dtype, 1);
          check_parity({x}, 0, [&](auto& r) { kernels::dropout(r[0], p, stream, offset, r[0]); });
          check_parity({x}, 0, [&](auto& r) { kernels::dropout(with_gaps(x), p, stream, offset, r[0]); });
        }
}

TEST_CASE("dropout keeps the share it should, scaled") {
  const Tensor ones = Tensor::scalar(1).expand({100000});
  Tensor y({100000});
  kernels::dropout(ones, 0.25, random_stream(1, Purpose::Dropout), 0, y);
  std::int64_t kept = 0;
  for (const float value : y.to_vector<float>()) {
    CHECK_MESSAGE((value == 0 || value == 1 / 0.75f), value);
    kept += value != 0;
  }
  CHECK(static_cast<double>(kept) == doctest::Approx(75000).epsilon(0.01));
}

TEST_CASE("dropout refuses what is no probability") {
  Tensor x({2}), y({3});
  for (const double p : {-0.1, 1., 1.5, static_cast<double>(NAN)})
    CHECK(message_of([&] { kernels::dropout(x, p, {}, 0, x); }) ==
          concat("[dropout] p: expected a probability in [0, 1), got ", p));
  CHECK(message_of([&] { kernels::dropout(x, 0.5, {}, 0, y); }) == "[dropout] y: expected (2), got (3)");
}

#include "kernels/copy.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("copy agrees with the reference for every pair of dtypes and any strides") {
  const DType dtypes[] = {DType::F32, DType::F64, DType::I32, DType::I64, DType::U8, DType::Bool};
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7, 0, 3}, Shape{13, 17}, Shape{3, 5, 7}, Shape{1025}})
    for (const DType from : dtypes)
      for (const DType to : dtypes) {
        Tensor values({shape.numel()}, DType::I64);
        for (std::int64_t i = 0; i < values.numel(); ++i) values.at<std::int64_t>({i}) = i * 7 % 100;
        const Tensor source = convert(values, from).reshape(shape);
        for (const Tensor& x : {source, with_gaps(source)})
          check_parity({Tensor::zeros(shape, to)}, 0, [&](auto& results) { kernels::copy(x, results[0]); });
      }
}

TEST_CASE("copy transposes, repeats and writes into views") {
  for (const DType dtype : kFloats) {
    const Tensor x = random_tensor({37, 131, 5}, dtype, 1);
    for (const auto& [a, b] : {std::pair{0, 1}, {0, 2}, {1, 2}})
      check_parity({empty_like(contiguous(x.transpose(a, b)))}, 0,
                   [&, a = a, b = b](auto& results) { kernels::copy(x.transpose(a, b), results[0]); });
    const Tensor row = random_tensor({1, 131, 1}, dtype, 2).expand({37, 131, 5});
    check_parity({x}, 0, [&](auto& results) { kernels::copy(row, results[0]); });
    check_parity({x}, 0, [&](auto& results) {
      Tensor view = results[0].transpose(0, 1).slice(0, 3, 100);
      kernels::copy(random_tensor({97, 37, 5}, dtype, 3), view);
    });
  }
}

TEST_CASE("float to integer truncates, anything to bool is whether it isn't 0") {
  const Tensor x = Tensor::from({-1.9, 0.0, 0.5, 2.9}, {4});
  CHECK(convert(x, DType::I32).to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 0, 0, 2});
  const Tensor truth = convert(x, DType::Bool);
  CHECK(truth.at<bool>({0}));
  CHECK_FALSE(truth.at<bool>({1}));
  CHECK(truth.at<bool>({2}));
}

TEST_CASE("fill writes every element of a view and nothing else") {
  for (const DType dtype : {DType::F32, DType::F64, DType::I64, DType::U8})
    check_parity({Tensor::zeros({37, 611}, dtype)}, 0, [&](auto& results) {
      Tensor columns = results[0].slice(1, 2, 600), corner = results[0].transpose(0, 1).slice(0, 5, 7);
      kernels::fill(3, columns);
      kernels::fill(4, corner);
    });
}

TEST_CASE("contiguous copies only where it must, clone always") {
  const Tensor x = random_tensor({3, 4}, DType::F32, 1);
  CHECK(contiguous(x).shares_storage(x));
  CHECK_FALSE(clone(x).shares_storage(x));
  const Tensor rows = contiguous(x.transpose(0, 1));
  CHECK(rows.is_contiguous());
  CHECK(rows.at<float>({3, 2}) == x.at<float>({2, 3}));
}

TEST_CASE("constants have the dtype of another tensor") {
  for (const DType dtype : kFloats) {
    const Tensor made = constants({1, 2, 0.5, -4}, {2, 2}, Tensor({3}, dtype));
    CHECK(made.dtype() == dtype);
    CHECK(made.shape() == Shape{2, 2});
    CHECK(convert(made, DType::F64).to_vector<double>() == std::vector<double>{1, 2, 0.5, -4});
  }
  CHECK_THROWS_AS(constants({1, 2, 3}, {2, 2}, Tensor({3})), ShapeError);
}

TEST_CASE("copy refuses another shape") {
  Tensor out({2, 3});
  CHECK(message_of([&] { kernels::copy(Tensor({3, 2}), out); }) == "[copy] out: expected (3, 2), got (2, 3)");
}

#include <cmath>
#include <iomanip>
#include <sstream>

#include <doctest/doctest.h>

#include "core/cpu_memory.h"
#include "core/tensor.h"

using namespace seqrec;

namespace {
std::string text_of(const Tensor& tensor) { return concat(tensor); }
}  // namespace

TEST_CASE("a tensor is written with its elements, dtype and shape") {
  CHECK(text_of(Tensor::scalar(0.5)) == "0.5 f32");
  CHECK(text_of(Tensor::from<double>({1, -2.25, 1e-9}, {3})) == "[1, -2.25, 1e-09] f64 (3)");
  CHECK(text_of(Tensor::from<float>({1, 2.5, -3, 4}, {2, 2})) ==
        "[[  1, 2.5],\n"
        " [ -3,   4]] f32 (2, 2)");
  CHECK(text_of(Tensor::arange(8, DType::I32).reshape({2, 2, 2})) ==
        "[[[0, 1],\n"
        "  [2, 3]],\n"
        "\n"
        " [[4, 5],\n"
        "  [6, 7]]] i32 (2, 2, 2)");
  CHECK(text_of(Tensor::arange(1).reshape({1, 1, 1, 1, 1, 1})) == "[[[[[[0]]]]]] f32 (1, 1, 1, 1, 1, 1)");
}

TEST_CASE("every dtype is written, views as what they show") {
  CHECK(text_of(Tensor::from<std::uint8_t>({0, 65, 255}, {3})) == "[0, 65, 255] u8 (3)");
  CHECK(text_of(Tensor::from<std::int64_t>({-9007199254740993}, {1})) == "[-9007199254740993] i64 (1)");
  CHECK(text_of(Tensor::arange(2, DType::Bool)) == "[false, true] bool (2)");
  const Tensor matrix = Tensor::arange(6).reshape({2, 3});
  CHECK(text_of(matrix.transpose(0, 1).select(1, 1)) == "[3, 4, 5] f32 (3)");
  CHECK(text_of(Tensor::scalar(7).expand({3})) == "[7, 7, 7] f32 (3)");
}

TEST_CASE("no element, and no number") {
  CHECK(text_of(Tensor()) == "undefined tensor");
  CHECK(text_of(Tensor({0})) == "[] f32 (0)");
  CHECK(text_of(Tensor({3, 0, 2}, DType::I32)) == "[] i32 (3, 0, 2)");
  CHECK(text_of(Tensor::from<float>({NAN, -NAN, INFINITY, -INFINITY}, {4})) == "[nan, nan, inf, -inf] f32 (4)");
}

TEST_CASE("large tensors are abbreviated at any rank") {
  CHECK(text_of(Tensor::arange(1000)).ends_with("997, 998, 999] f32 (1000)"));
  CHECK(text_of(Tensor::arange(1001)) == "[0, 1, 2, ..., 998, 999, 1000] f32 (1001)");
  CHECK(text_of(Tensor::arange(2000).reshape({500, 4})) ==
        "[[   0,    1,    2,    3],\n"
        " [   4,    5,    6,    7],\n"
        " [   8,    9,   10,   11],\n"
        " ...,\n"
        " [1988, 1989, 1990, 1991],\n"
        " [1992, 1993, 1994, 1995],\n"
        " [1996, 1997, 1998, 1999]] f32 (500, 4)");
  CHECK(text_of(Tensor::zeros({10, 10, 10, 10, 10, 10})).size() < 1000);
  CHECK(text_of(Tensor::scalar(1).expand({100'000'000'000})) == "[1, 1, 1, ..., 1, 1, 1] f32 (100000000000)");
}

TEST_CASE("the stream's precision holds, and a device is named") {
  std::ostringstream out;
  out << std::setprecision(12) << Tensor::from<double>({1.0 / 3}, {1});
  CHECK(out.str() == "[0.333333333333] f64 (1)");
  const Device device{Device::Kind::Cuda, 10};
  set_memory(device, std::make_unique<CpuMemory>());
  CHECK(text_of(Tensor::arange(2, DType::F32, device)) == "[0, 1] f32 (2) on cuda:10");
}

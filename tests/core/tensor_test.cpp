#include "core/tensor.h"

#include <cmath>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "core/cpu_memory.h"

using namespace seqrec;

TEST_CASE("a tensor holds the values it was made from") {
  const Tensor tensor = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(tensor.defined());
  CHECK(tensor.shape() == Shape{2, 3});
  CHECK(tensor.strides() == Shape{3, 1});
  CHECK(tensor.dtype() == DType::F32);
  CHECK(tensor.device() == kCpu);
  CHECK(tensor.rank() == 2);
  CHECK(tensor.size(-1) == 3);
  CHECK(tensor.numel() == 6);
  CHECK(tensor.is_contiguous());
  CHECK(tensor.at<float>({1, 2}) == 6);
  CHECK(tensor.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(tensor.span<float>()[4] == 5);
  const std::vector<std::int64_t> ids = {7, 8};
  CHECK(Tensor::from(ids, {2, 1}).to_vector<std::int64_t>() == ids);
}

TEST_CASE("copies of a tensor share its elements") {
  const Tensor a = Tensor::zeros({2});
  const Tensor b = a;
  b.at<float>({1}) = 5;
  CHECK(a.at<float>({1}) == 5);
  CHECK(a.shares_storage(b));
  CHECK_FALSE(a.shares_storage(Tensor::zeros({2})));
  CHECK_FALSE(Tensor().shares_storage(Tensor()));
}

TEST_CASE("every dtype makes zeros and scalars") {
  for (const DType dtype : {DType::F32, DType::F64, DType::I32, DType::I64, DType::U8, DType::Bool}) {
    CAPTURE(name_of(dtype));
    const Tensor zeros = Tensor::zeros({3, 2}, dtype);
    CHECK(zeros.select(0, 2).select(0, 1).item() == 0);
    const Tensor one = Tensor::scalar(1, dtype);
    CHECK(one.shape() == Shape{});
    CHECK(one.dtype() == dtype);
    CHECK(one.item() == 1);
  }
  CHECK(Tensor::scalar(0.1, DType::F64).item() == 0.1);
}

TEST_CASE("tensors of one value, and of counted ones") {
  for (const DType dtype : {DType::F32, DType::F64, DType::I32, DType::I64, DType::U8, DType::Bool}) {
    CAPTURE(name_of(dtype));
    const Tensor ones = Tensor::ones({2, 3}, dtype);
    CHECK(ones.dtype() == dtype);
    CHECK(ones.shape() == Shape{2, 3});
    CHECK(ones.select(0, 1).select(0, 2).item() == 1);
    const Tensor counted = Tensor::arange(2, dtype);
    CHECK(counted.select(0, 0).item() == 0);
    CHECK(counted.select(0, 1).item() == 1);
  }
  CHECK(Tensor::full({3}, -2.5).to_vector<float>() == std::vector<float>{-2.5, -2.5, -2.5});
  CHECK(Tensor::full({0, 2}, 1).numel() == 0);
  CHECK(Tensor::arange(4, DType::I64).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(Tensor::arange(0).shape() == Shape{0});
  CHECK(Tensor::full({}, 255, DType::U8).item() == 255);
  CHECK(Tensor::full({}, -2147483648.0, DType::I32).item() == -2147483648.0);

  const Device device{Device::Kind::Cuda, 11};
  set_memory(device, std::make_unique<CpuMemory>());
  CHECK(Tensor::full({2}, 7, DType::F32, device).device() == device);
  CHECK(Tensor::full({2}, 7, DType::F32, device).to_vector<float>() == std::vector<float>{7, 7});
  CHECK(Tensor::arange(2, DType::F32, device).to_vector<float>() == std::vector<float>{0, 1});
}

TEST_CASE("a value that the dtype can't hold is refused") {
  CHECK_THROWS_WITH_AS(Tensor::full({2}, 2.5, DType::I32), "[full] i32 can't hold 2.5", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::full({2}, -1, DType::U8), "[full] u8 can't hold -1", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::full({2}, 256, DType::U8), "[full] u8 can't hold 256", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::full({2}, 2, DType::Bool), "[full] bool can't hold 2", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::scalar(NAN, DType::I64), "[full] i64 can't hold nan", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::scalar(9223372036854775808.0, DType::I64), "[full] i64 can't hold 9.22337e+18",
                       ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::arange(257, DType::U8), "[arange] u8 can't hold 256", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::arange(-1), "[arange] expected a size of at least 0, got -1", ShapeError);
  CHECK_THROWS_AS(Tensor::full({-1}, 0), ShapeError);
}

TEST_CASE("tensors of size 0 are legal") {
  for (const Shape& shape : {Shape{0}, Shape{0, 3}, Shape{3, 0}, Shape{2, 0, 5}}) {
    const Tensor tensor(shape, DType::F64);
    CHECK(tensor.numel() == 0);
    CHECK(tensor.is_contiguous());
    CHECK(tensor.to_vector<double>().empty());
    CHECK(tensor.span<double>().empty());
    CHECK(Tensor::zeros(shape).numel() == 0);
    CHECK(tensor.transpose(0, -1).is_contiguous());
  }
  CHECK(Tensor::from(std::vector<float>{}, {0, 4}).shape() == Shape{0, 4});
  CHECK(Tensor({std::int64_t{1} << 40, 0, 3}).numel() == 0);
}

TEST_CASE("empty_like has the same form and other elements") {
  const Tensor a = Tensor::zeros({2, 3}, DType::I64).transpose(0, 1);
  const Tensor b = empty_like(a);
  CHECK(b.shape() == Shape{3, 2});
  CHECK(b.dtype() == DType::I64);
  CHECK(b.is_contiguous());
  CHECK_FALSE(b.shares_storage(a));
}

TEST_CASE("wrapped memory is not copied, and its owner lives as long as a view of it") {
  auto values = std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3, 4});
  const std::weak_ptr<std::vector<double>> alive = values;
  double* data = values->data();
  Tensor tensor = Tensor::wrap(data, {2, 2}, DType::F64, std::move(values));
  CHECK(tensor.data<double>() == data);
  const Tensor row = tensor.select(0, 1);
  tensor = Tensor();
  CHECK_FALSE(alive.expired());
  CHECK(row.to_vector<double>() == std::vector<double>{3, 4});
}

TEST_CASE("wrapped memory without an owner is left alone") {
  float values[2] = {1, 2};
  { const Tensor tensor = Tensor::wrap(values, {2}, DType::F32, nullptr); }
  CHECK(values[1] == 2);
}

TEST_CASE("wrapped memory may have strides") {
  float values[6] = {1, 2, 3, 4, 5, 6};
  const Tensor columns = Tensor::wrap(values, {2, 3}, {1, 2}, DType::F32, nullptr);
  CHECK(columns.storage()->is_foreign());
  CHECK(columns.storage()->bytes() == 6 * sizeof(float));
  CHECK(columns.at<float>({1, 0}) == 2);
  CHECK(columns.at<float>({1, 2}) == 6);
  CHECK(columns.transpose(0, 1).is_contiguous());
  CHECK(Tensor::wrap(values, {4}, {0}, DType::F32, nullptr).storage()->bytes() == sizeof(float));
  CHECK(Tensor::wrap(nullptr, {0, 2}, {5, 1}, DType::F32, nullptr).storage()->bytes() == 0);
  CHECK_THROWS_WITH_AS(Tensor::wrap(values, {2, 3}, {3}, DType::F32, nullptr),
                       "[wrap] expected a stride for each size of (2, 3), got (3)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::wrap(values, {2}, {-1}, DType::F32, nullptr),
                       "[wrap] strides must not be negative: (-1)", ShapeError);
}

TEST_CASE("storage is released with the last tensor") {
  const std::size_t before = memory(kCpu).stats().in_use;
  {
    Tensor a({100, 100});
    const Tensor view = a.slice(0, 1, 2);
    a = Tensor();
    CHECK(memory(kCpu).stats().in_use >= before + 40'000);
  }
  CHECK(memory(kCpu).stats().in_use == before);
}

TEST_CASE("data on another device go through its memory") {
  const Device device{Device::Kind::Cuda, 14};
  set_memory(device, std::make_unique<CpuMemory>());
  const Tensor tensor = Tensor::from<float>({1, 2}, {2});
  const Tensor there = Tensor::from(tensor.to_vector<float>(), {2}, device);
  CHECK(there.device() == device);
  CHECK(there.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(there.select(0, 1).item() == 2);
  CHECK(Tensor::zeros({3}, DType::F32, device).to_vector<float>() == std::vector<float>{0, 0, 0});
  CHECK(empty_like(there).device() == device);
  CHECK_THROWS_WITH_AS(there.span<float>(), "[span] expected a tensor on the cpu, got one on cuda:14", ShapeError);
  CHECK_THROWS_WITH_AS(there.at<float>({0}), "[at] expected a tensor on the cpu, got one on cuda:14", ShapeError);
}

TEST_CASE("impossible tensors are refused") {
  CHECK_THROWS_WITH_AS(Tensor({2, -1}), "[tensor] sizes must not be negative: (2, -1)", ShapeError);
  const std::int64_t huge = std::int64_t{1} << 32;
  CHECK_THROWS_WITH_AS(Tensor({huge, huge}), "[tensor] shape is too large: (4294967296, 4294967296)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::zeros({huge / 4, huge / 2}, DType::F64),
                       "[tensor] shape is too large: (1073741824, 2147483648)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor({huge, 0, huge}), "[tensor] shape is too large: (4294967296, 0, 4294967296)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor({0, huge, huge}), "[tensor] shape is too large: (0, 4294967296, 4294967296)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor::from<float>({1, 2, 3}, {2, 2}), "[tensor] 3 values don't fit shape (2, 2)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor({1}, DType::F32, {Device::Kind::Cuda, 3}),
                       "device cuda:3 is absent, or this program was built without it", DeviceError);
  alignas(8) char bytes[16] = {};
  CHECK_THROWS_WITH_AS(Tensor::wrap(bytes + 2, {1}, DType::F32, nullptr), "[wrap] the data are not aligned to f32",
                       ShapeError);
}

TEST_CASE("elements are checked") {
  const Tensor tensor = Tensor::zeros({2, 3});
  CHECK_THROWS_WITH_AS(tensor.data<double>(), "[tensor] expected f64, got f32 of shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.to_vector<std::int32_t>(), "[tensor] expected i32, got f32 of shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.at<float>({2, 0}), "[at] index (2, 0) is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.at<float>({0, -1}), "[at] index (0, -1) is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.at<float>({0}), "[at] index (0) is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.item(), "[item] expected one element, got shape (2, 3)", ShapeError);
  const Tensor turned = tensor.transpose(0, 1);
  CHECK_THROWS_WITH_AS(turned.span<float>(),
                       "[span] expected a contiguous tensor, got shape (3, 2) with strides (1, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(turned.to_vector<float>(),
                       "[to_vector] expected a contiguous tensor, got shape (3, 2) with strides (1, 3)", ShapeError);
}

TEST_CASE("everything but defined() is an error on an undefined tensor") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK_THROWS_WITH_AS(none.device(), "[tensor] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.data<float>(), "[tensor] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.to_vector<float>(), "[tensor] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.span<float>(), "[tensor] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.item(), "[item] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.reshape({1}), "[reshape] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.expand({2}), "[expand] the tensor is undefined", ShapeError);
  CHECK_THROWS_WITH_AS(none.unsqueeze(0), "[unsqueeze] the tensor is undefined", ShapeError);
  CHECK_THROWS_AS(empty_like(none), ShapeError);
}

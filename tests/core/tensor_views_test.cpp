#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "core/tensor.h"

using namespace seqrec;

namespace {

Tensor range(Shape shape) {
  std::vector<std::int32_t> values(shape.numel());
  std::iota(values.begin(), values.end(), 0);
  return Tensor::from(values, shape);
}

/// The elements in row-major order, through the strides.
std::vector<std::int32_t> elements(const Tensor& tensor) {
  std::vector<std::int32_t> out;
  const Shape index = tensor.shape().row_major_strides();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    std::int64_t offset = 0, rest = i;
    for (int axis = 0; axis < tensor.rank(); ++axis) {
      offset += rest / index[axis] * tensor.strides()[axis];
      rest %= index[axis];
    }
    out.push_back(tensor.data<std::int32_t>()[offset]);
  }
  return out;
}

}  // namespace

TEST_CASE("bytes as elements of another type") {
  const Tensor bytes = Tensor::from(std::vector<std::uint8_t>{1, 0, 0, 0, 2, 0, 0, 0}, {8});
  CHECK(bytes.as(DType::I32).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 2});
  CHECK(bytes.slice(0, 4, 8).as(DType::I32).item() == 2);
  CHECK(bytes.as(DType::I64).as(DType::U8).shape() == Shape{8});
  CHECK(bytes.as(DType::I32).shares_storage(bytes));
  CHECK_THROWS_WITH_AS(bytes.slice(0, 2, 6).as(DType::I32), "[as] 4 bytes from 2 on are no whole i32", ShapeError);
  CHECK_THROWS_WITH_AS(bytes.reshape({2, 4}).as(DType::I32),
                       "[as] expected a contiguous tensor of one dimension, got shape (2, 4) with strides (4, 1)",
                       ShapeError);
}

TEST_CASE("transpose, slice and select are views") {
  const Tensor tensor = range({2, 3});
  CHECK(elements(tensor.transpose(0, 1)) == std::vector<std::int32_t>{0, 3, 1, 4, 2, 5});
  CHECK_FALSE(tensor.transpose(0, 1).is_contiguous());
  const Tensor part = tensor.slice(1, 1, 3);
  CHECK(part.shape() == Shape{2, 2});
  CHECK(elements(part) == std::vector<std::int32_t>{1, 2, 4, 5});
  CHECK(tensor.slice(0, 1, 2).is_contiguous());
  CHECK(tensor.slice(0, 2, 2).numel() == 0);
  CHECK(tensor.select(-1, 2).shape() == Shape{2});
  CHECK(elements(tensor.select(-1, 2)) == std::vector<std::int32_t>{2, 5});
  CHECK(part.select(0, 1).offset() == 4);
  tensor.transpose(0, 1).at<std::int32_t>({2, 1}) = 50;
  CHECK(part.at<std::int32_t>({1, 1}) == 50);
  CHECK(part.shares_storage(tensor));
}

TEST_CASE("expand repeats with strides of 0") {
  const Tensor column = range({2, 1});
  const Tensor wide = column.expand({3, 2, 4});
  CHECK(wide.strides() == Shape{0, 1, 0});
  CHECK(elements(wide.select(0, 2)) == std::vector<std::int32_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK_FALSE(wide.is_contiguous());
  CHECK(range({1}).expand({0}).numel() == 0);
}

TEST_CASE("unsqueeze and squeeze add and remove axes of size 1") {
  const Tensor tensor = range({2, 3});
  CHECK(tensor.unsqueeze(0).shape() == Shape{1, 2, 3});
  CHECK(tensor.unsqueeze(-1).shape() == Shape{2, 3, 1});
  CHECK(tensor.unsqueeze(1).is_contiguous());
  CHECK(elements(tensor.transpose(0, 1).unsqueeze(1)) == elements(tensor.transpose(0, 1)));
  CHECK(tensor.unsqueeze(1).squeeze(1).shape() == Shape{2, 3});
  CHECK(tensor.unsqueeze(-1).squeeze(-1).strides() == tensor.strides());
}

TEST_CASE("reshape of contiguous tensors") {
  const Tensor tensor = range({2, 3, 4});
  CHECK(tensor.reshape({6, 4}).strides() == Shape{4, 1});
  CHECK(tensor.reshape({-1}).shape() == Shape{24});
  CHECK(tensor.reshape({4, -1, 2}).shape() == Shape{4, 3, 2});
  CHECK(range({1}).reshape({}).shape() == Shape{});
  CHECK(Tensor::scalar(3).reshape({1, 1}).shape() == Shape{1, 1});
}

TEST_CASE("reshape of tensors of size 0") {
  const Tensor empty({0, 3});
  CHECK(empty.reshape({5, 0, 2}).shape() == Shape{5, 0, 2});
  CHECK(empty.reshape({-1, 3}).shape() == Shape{0, 3});
  CHECK(empty.transpose(0, 1).reshape({0}).is_contiguous());
  CHECK_THROWS_WITH_AS(empty.reshape({0, -1}), "[reshape] the size -1 could be any: (0, -1)", ShapeError);
  CHECK_THROWS_WITH_AS(empty.reshape({2}), "[reshape] 0 elements don't fit (2): shape (0, 3)", ShapeError);
}

TEST_CASE("reshape of strided views wherever a view exists") {
  const Tensor tensor = range({4, 6});
  // Rows stay whole: [4, 6] -> slice of columns -> the rows can be split, not merged.
  const Tensor columns = tensor.slice(1, 0, 4);
  CHECK(columns.reshape({2, 2, 2, 2}).strides() == Shape{12, 6, 2, 1});
  CHECK_THROWS_WITH_AS(columns.reshape({16}),
                       "[reshape] no view of shape (16) exists: shape (4, 4) with strides (6, 1)", ShapeError);
  // An expanded axis merges with nothing but can be split.
  CHECK(range({3}).expand({4, 3}).reshape({2, 2, 3}).strides() == Shape{0, 0, 1});
  CHECK_THROWS_AS(range({3}).expand({4, 3}).reshape({12}), ShapeError);
}

TEST_CASE("every view that reshape finds shows the same elements, and it misses none of the plain ones") {
  const std::vector<Shape> shapes = {{12},      {3, 4},       {4, 3},    {2, 6}, {2, 3, 2},    {1, 12},   {12, 1},
                                     {2, 1, 6}, {3, 1, 2, 2}, {2, 2, 3}, {6, 2}, {1, 3, 4, 1}, {3, 2, 2}, {2, 2, 1, 3}};
  int found = 0;
  for (const Shape& from : shapes) {
    std::vector<Tensor> views = {range(from)};
    for (int a = 0; a < from.rank(); ++a) {
      for (int b = a + 1; b < from.rank(); ++b) views.push_back(range(from).transpose(a, b));
    }
    Shape wider = from;
    wider.push_back(3);
    views.push_back(range(wider).select(-1, 1));
    views.push_back(range(wider).slice(-1, 1, 2));
    for (const Tensor& view : views) {
      for (const Shape& to : shapes) {
        try {
          const Tensor reshaped = view.reshape(to);
          CHECK(elements(reshaped) == elements(view));
          ++found;
        } catch (const ShapeError&) {
          CHECK_FALSE(view.is_contiguous());
          CHECK(view.shape() != to);
        }
      }
    }
  }
  CHECK(found > 14 * 14 * 3);
}

TEST_CASE("views that don't exist are refused") {
  const Tensor tensor = range({2, 3});
  CHECK_THROWS_WITH_AS(tensor.reshape({4, 2}), "[reshape] 6 elements don't fit (4, 2): shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.reshape({4, -1}), "[reshape] 6 elements don't fit (4, -1): shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.reshape({-1, -1}), "[reshape] more than one size is -1: (-1, -1)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.reshape({-2, 3}), "[reshape] sizes must not be negative: (-2, 3)", ShapeError);
  const std::int64_t huge = std::int64_t{1} << 32;
  CHECK_THROWS_WITH_AS(tensor.reshape({huge, huge}),
                       "[reshape] 6 elements don't fit (4294967296, 4294967296): shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(Tensor({0}).reshape({0, huge, huge}),
                       "[reshape] 0 elements don't fit (0, 4294967296, 4294967296): shape (0)", ShapeError);
  CHECK_THROWS_WITH_AS(range({1}).expand({huge, huge}),
                       "[expand] shape is negative or too large: (4294967296, 4294967296)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.slice(1, 2, 4), "[slice] [2, 4) is out of range for axis 1 of shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.slice(0, -1, 1), "[slice] [-1, 1) is out of range for axis 0 of shape (2, 3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(tensor.slice(0, 2, 1), "[slice] [2, 1) is out of range for axis 0 of shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.select(0, 2), "[select] index 2 is out of range for axis 0 of shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.select(0, -1), "[select] index -1 is out of range for axis 0 of shape (2, 3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(tensor.select(5, 0), "[shape] axis 5 is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.transpose(0, 2), "[shape] axis 2 is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.expand({3, 3}), "[expand] (2, 3) doesn't broadcast to (3, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.expand({3}), "[expand] (2, 3) doesn't broadcast to (3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.squeeze(1), "[squeeze] axis 1 has not size 1: shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(tensor.unsqueeze(3), "[shape] axis 3 is out of range for one more dimension of (2, 3)",
                       ShapeError);
}

#include "core/shape.h"

#include <vector>

#include <doctest/doctest.h>

using namespace seqrec;

TEST_CASE("a shape knows its sizes") {
  const Shape shape{2, 3, 5};
  CHECK(shape.rank() == 3);
  CHECK(shape[0] == 2);
  CHECK(shape[-1] == 5);
  CHECK(shape.back() == 5);
  CHECK(shape.numel() == 30);
  CHECK(shape.row_major_strides() == Shape{15, 5, 1});
  CHECK(to_string(shape) == "(2, 3, 5)");
}

TEST_CASE("shapes of rank 0 and with a size of 0") {
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{}.row_major_strides() == Shape{});
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{4}) == "(4)");
  CHECK(Shape{3, 0, 2}.numel() == 0);
  CHECK(Shape{2} != Shape{2, 1});
}

TEST_CASE("legal shapes are those whose strides and bytes fit 63 bits") {
  constexpr std::int64_t kHuge = std::int64_t{1} << 32;
  CHECK(Shape{}.is_legal());
  CHECK(Shape{0, 3}.is_legal());
  CHECK(Shape{kHuge, kHuge / 32}.is_legal());
  CHECK_FALSE(Shape{kHuge, kHuge / 16}.is_legal());
  CHECK_FALSE(Shape{kHuge, 0, kHuge}.is_legal());
  CHECK_FALSE(Shape{2, -1}.is_legal());
}

TEST_CASE("dimensions can be added and removed") {
  Shape shape{2, 3};
  shape.push_back(4);
  CHECK(shape == Shape{2, 3, 4});
  shape.insert(0, 7);
  CHECK(shape == Shape{7, 2, 3, 4});
  shape.insert(-1, 8);
  CHECK(shape == Shape{7, 2, 3, 4, 8});
  shape.insert(-3, 9);
  CHECK(shape == Shape{7, 2, 3, 9, 4, 8});
  shape.erase(0);
  shape.erase(-2);
  CHECK(shape == Shape{2, 3, 9, 8});
}

TEST_CASE("a shape refuses what it can't hold") {
  const std::vector<std::int64_t> seven(7, 1);
  CHECK_THROWS_WITH_AS(Shape{std::span(seven)}, "[shape] at most 6 dimensions: got 7", ShapeError);
  Shape six{1, 2, 3, 4, 5, 6};
  CHECK_THROWS_WITH_AS(six.push_back(7), "[shape] at most 6 dimensions: can't add one to (1, 2, 3, 4, 5, 6)",
                       ShapeError);
  Shape shape{2, 3};
  CHECK_THROWS_WITH_AS(shape[2], "[shape] axis 2 is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(shape[-3], "[shape] axis -3 is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(Shape{}.back(), "[shape] axis -1 is out of range for shape ()", ShapeError);
  CHECK_THROWS_WITH_AS(shape.erase(2), "[shape] axis 2 is out of range for shape (2, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(shape.insert(3, 1), "[shape] axis 3 is out of range for one more dimension of (2, 3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(shape.insert(-4, 1), "[shape] axis -4 is out of range for one more dimension of (2, 3)",
                       ShapeError);
}

TEST_CASE("shapes broadcast by numpy's rule") {
  CHECK(broadcast({2, 3}, {3}, "add") == Shape{2, 3});
  CHECK(broadcast({3}, {2, 3}, "add") == Shape{2, 3});
  CHECK(broadcast({2, 1}, {1, 3}, "add") == Shape{2, 3});
  CHECK(broadcast({}, {2, 3}, "add") == Shape{2, 3});
  CHECK(broadcast({1}, {0}, "add") == Shape{0});
  CHECK(broadcast({0, 3}, {1, 3}, "add") == Shape{0, 3});
  CHECK_THROWS_WITH_AS(broadcast({2, 3}, {4, 3}, "add"), "[add] shapes don't broadcast: (2, 3) and (4, 3)", ShapeError);
  CHECK_THROWS_WITH_AS(broadcast({0}, {2}, "mul"), "[mul] shapes don't broadcast: (0) and (2)", ShapeError);
}

TEST_CASE("broadcasts_to is one-sided") {
  CHECK(broadcasts_to({3}, {2, 3}));
  CHECK(broadcasts_to({2, 1}, {2, 3}));
  CHECK(broadcasts_to({}, {0}));
  CHECK(broadcasts_to({1}, {0}));
  CHECK_FALSE(broadcasts_to({2, 3}, {3}));
  CHECK_FALSE(broadcasts_to({2}, {3}));
  CHECK_FALSE(broadcasts_to({3}, {1}));
}

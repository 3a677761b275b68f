#include "autograd/ops/compare.h"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"

using namespace seqrec;
using namespace seqrec::autograd;
using Numbers = std::vector<double>;

namespace {

Variable leaf(const Numbers& values) { return Variable(Tensor::from(values, {std::ssize(values)}), true); }
Numbers values(const Variable& x) { return x.value().to_vector<double>(); }
Numbers grad_after(const Variable& x, const Variable& loss) {
  Variable(x).clear_grad();
  backward(sum(loss));
  return x.grad().dense().to_vector<double>();
}

}  // namespace

TEST_CASE("comparisons are 1 or 0 in the operands' dtype, and constants") {
  const Variable a = leaf({1, 2, 3, NAN}), b = leaf({2, 2, 2, 2});
  CHECK(values(a > b) == Numbers{0, 0, 1, 0});
  CHECK(values(a >= b) == Numbers{0, 1, 1, 0});
  CHECK(values(a < b) == Numbers{1, 0, 0, 0});
  CHECK(values(a <= b) == Numbers{1, 1, 0, 0});
  CHECK(values(a == b) == Numbers{0, 1, 0, 0});
  CHECK(values(a != b) == Numbers{1, 0, 1, 1});
  CHECK(values(a > 1.5) == Numbers{0, 1, 1, 0});
  CHECK(values(1.5 > a) == Numbers{1, 0, 0, 0});
  CHECK(values(a == a) == Numbers{1, 1, 1, 0});
  CHECK(sum(a >= 2.0).value().item() == 2);
  CHECK((a > b).dtype() == DType::F64);
  CHECK_FALSE((a > b).requires_grad());
}

TEST_CASE("where lets neither the value nor the gradient of what isn't chosen through") {
  const Variable x = leaf({-1, 0, 4});
  const Variable y = where(x > 0.0, log(x), -7.0);
  CHECK(values(y) == Numbers{-7, -7, std::log(4.0)});
  const Variable a = leaf({1, 2, 3}), b = leaf({NAN, INFINITY, 6});
  const Variable chosen = where(leaf({1, -2, 0}), a, b);
  CHECK(values(chosen) == Numbers{1, 2, 6});
  CHECK(grad_after(a, chosen) == Numbers{1, 1, 0});
  CHECK(b.grad().dense().to_vector<double>() == Numbers{0, 0, 1});
}

TEST_CASE("maximum and minimum keep a NaN, and of equals the gradient goes to the first") {
  const Variable a = leaf({1, 5, 2, NAN, 0}), b = leaf({3, 4, 2, 0, NAN});
  const Numbers larger = values(maximum(a, b)), smaller = values(minimum(a, b));
  CHECK(Numbers(larger.begin(), larger.begin() + 3) == Numbers{3, 5, 2});
  CHECK(Numbers(smaller.begin(), smaller.begin() + 3) == Numbers{1, 4, 2});
  for (const Numbers& both : {larger, smaller}) {
    CHECK(std::isnan(both[3]));
    CHECK(std::isnan(both[4]));
  }
  const Variable c = leaf({1, 5, 2}), d = leaf({3, 4, 2});
  CHECK(grad_after(c, maximum(c, d)) == Numbers{0, 1, 1});
  CHECK(d.grad().dense().to_vector<double>() == Numbers{1, 0, 0});
}

TEST_CASE("clamp holds what is outside at the bounds, without a gradient") {
  const Variable x = leaf({-3, -1, 0.5, 2, 9, NAN});
  const Variable y = clamp(x, -1, 2);
  const Numbers got = values(y);
  CHECK(Numbers(got.begin(), got.begin() + 5) == Numbers{-1, -1, 0.5, 2, 2});
  CHECK(std::isnan(got[5]));
  CHECK(grad_after(x, y) == Numbers{0, 1, 1, 1, 0, 0});
  CHECK(values(clamp(leaf({-INFINITY, 3}), 0, INFINITY)) == Numbers{0, 3});
  CHECK_THROWS_WITH_AS(clamp(x, 2, 1), "[clamp] expected low <= high, got 2 and 1", ShapeError);
  CHECK_THROWS_AS(clamp(x, NAN, 1), ShapeError);
}

TEST_CASE("abs and pow at 0 and below") {
  const Variable x = leaf({-2, 0, 3});
  CHECK(values(abs(x)) == Numbers{2, 0, 3});
  CHECK(grad_after(x, abs(x)) == Numbers{-1, 0, 1});
  CHECK(values(pow(x, 3)) == Numbers{-8, 0, 27});
  CHECK(grad_after(x, pow(x, 3)) == Numbers{12, 0, 27});
  CHECK(values(pow(x, 0)) == Numbers{1, 1, 1});
  CHECK(grad_after(x, pow(x, 0)) == Numbers{0, 0, 0});
  CHECK(grad_after(x, pow(x, 1)) == Numbers{1, 1, 1});
  CHECK(values(pow(leaf({0, 2}), -1)) == Numbers{INFINITY, 0.5});
  CHECK(std::isnan(values(pow(x, 0.5))[0]));
  const Variable zero = leaf({0});
  CHECK(grad_after(zero, pow(zero, 0.5)) == Numbers{INFINITY});
}

TEST_CASE("max and min over an axis: the gradient goes to the first place, and a NaN is kept") {
  const Variable x(Tensor::from<double>({1, 7, 7, 2, 5, 5, 0, 0, 7}, {3, 3}), true);
  CHECK(values(max(x, 0)) == Numbers{2, 7, 7});
  CHECK(values(max(x, 1)) == Numbers{7, 5, 7});
  CHECK(values(min(x, -1)) == Numbers{1, 2, 0});
  CHECK(max(x).value().item() == 7);
  CHECK(min(x).value().item() == 0);
  CHECK(max(x).shape() == Shape{});
  CHECK(grad_after(x, max(x)) == Numbers{0, 1, 0, 0, 0, 0, 0, 0, 0});
  CHECK(grad_after(x, min(x, 1)) == Numbers{1, 0, 0, 1, 0, 0, 1, 0, 0});
  CHECK(std::isnan(max(leaf({1, NAN, 3})).value().item()));
  CHECK(std::isnan(min(leaf({1, NAN, 3})).value().item()));
  CHECK(max(Variable(Tensor({2, 3, 4})), 1).shape() == Shape{2, 4});
  CHECK_THROWS_WITH_AS(max(Variable(Tensor({2, 0})), 1), "[max] over an empty axis 1: shape (2, 0)", ShapeError);
  CHECK_THROWS_WITH_AS(max(Variable(Tensor({0}))), "[max] of no element: shape (0)", ShapeError);
  CHECK_THROWS_AS(max(x, 2), ShapeError);
}

TEST_CASE("stack puts parts on a new axis") {
  const Variable a = leaf({1, 2}), b = leaf({3, 4});
  CHECK(stack({a, b}, 0).shape() == Shape{2, 2});
  CHECK(values(stack({a, b}, 0)) == Numbers{1, 2, 3, 4});
  CHECK(values(stack({a, b}, 1)) == Numbers{1, 3, 2, 4});
  CHECK(values(stack({a, b}, -1)) == Numbers{1, 3, 2, 4});
  CHECK_THROWS_WITH_AS(stack({}, 0), "[stack] needs at least one part", ShapeError);
  CHECK_THROWS_WITH_AS(stack({a, leaf({1})}, 0), "[stack] shapes differ: (2) and (1)", ShapeError);
  CHECK_THROWS_WITH_AS(stack({a, b}, 2), "[shape] axis 2 is out of range for one more dimension of (2)", ShapeError);
}

TEST_CASE("what doesn't fit together is named") {
  const Variable a = leaf({1, 2}), b = leaf({1, 2, 3});
  CHECK_THROWS_WITH_AS(greater(a, b), "[greater] shapes don't broadcast: (2) and (3)", ShapeError);
  CHECK_THROWS_WITH_AS(maximum(a, b), "[maximum] shapes don't broadcast: (2) and (3)", ShapeError);
  CHECK_THROWS_WITH_AS(where(b, a, a), "[where] shapes don't broadcast: (3) and (2)", ShapeError);
  CHECK_THROWS_WITH_AS(where(a, Variable(Tensor({2})), a), "[where] a: expected f64, got f32", ShapeError);
  CHECK_THROWS_WITH_AS(equal(a, Variable(Tensor({2}))), "[equal] b: expected f64, got f32", ShapeError);
}

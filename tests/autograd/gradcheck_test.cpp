#include "autograd/gradcheck.h"

#include <doctest/doctest.h>

#include "autograd/ops/elementwise.h"
#include "kernels/copy.h"

using namespace seqrec;
using namespace seqrec::autograd;

TEST_CASE("gradcheck finds a wrong derivative and says where") {
  // A cube whose backward forgets a factor.
  const Function wrong = [](std::span<const Variable> x) {
    const Tensor value = x[0].value();
    return record("cube", {x[0]}, (square(x[0].detach()) * x[0].detach()).value(),
                  [value](Backward& b) { b.give(0, (square(Variable(value)) * Variable(b.grad())).value()); });
  };
  const auto result = gradcheck(wrong, {Tensor::from<double>({0.0, 2.0}, {2})});
  CHECK_FALSE(result.passed);
  CHECK(result.where.starts_with("input 0, element 1: backward "));

  const Function right = [](std::span<const Variable> x) { return square(x[0]) * x[0]; };
  CHECK(gradcheck(right, {Tensor::from<double>({0.0, 2.0}, {2})}).passed);
}

TEST_CASE("gradcheck leaves its inputs as they were and wants f64") {
  const Tensor x = Tensor::from<double>({0.5, 2.0}, {2});
  gradcheck([](std::span<const Variable> in) { return exp(in[0]); }, {x});
  CHECK(x.to_vector<double>() == std::vector<double>{0.5, 2.0});
  CHECK_THROWS_WITH_AS(gradcheck([](std::span<const Variable> in) { return in[0]; }, {Tensor::zeros({2})}),
                       "[gradcheck] inputs must be f64, got f32", ShapeError);
}

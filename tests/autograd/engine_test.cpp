#include <memory>

#include <doctest/doctest.h>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "autograd/variable.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::autograd;

namespace {

Variable leaf(std::initializer_list<double> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Variable(Tensor::from(values, Shape{count}), true);
}

std::vector<double> grad_of(const Variable& variable) { return variable.grad().dense().to_vector<double>(); }

}  // namespace

TEST_CASE("a leaf's gradient is taken and set; one of another shape, dtype or a node's is refused") {
  Variable x(Tensor::from({1.0f, 2.0f}, {2}), true);
  backward(sum(square(x)));
  Gradient taken = x.take_grad();
  CHECK_FALSE(x.grad().defined());
  CHECK(taken.dense().to_vector<float>() == std::vector{2.0f, 4.0f});
  x.set_grad(taken);
  CHECK(x.grad().dense().to_vector<float>() == std::vector{2.0f, 4.0f});
  x.set_grad({});
  CHECK_FALSE(x.grad().defined());

  const auto error = [](Variable of, const auto& grad) {
    Gradient gradient;
    gradient.add(grad);
    return message_of<ShapeError>([&] { of.set_grad(gradient); });
  };
  CHECK(error(x, Tensor::zeros({3})) == "[variable] expected a gradient f32 (2) on cpu, got f32 (3) on cpu");
  CHECK(error(x, Tensor::zeros({2}, DType::F64)) ==
        "[variable] expected a gradient f32 (2) on cpu, got f64 (2) on cpu");
  const Variable table(Tensor::zeros({4, 2}), true);
  CHECK(error(table, RowSparse{{5, 2}, Index({1}), Tensor::zeros({1, 2})}) ==
        "[variable] expected a gradient f32 (4, 2) on cpu, got f32 (5, 2) on cpu");
  CHECK(message_of<Error>([&] { square(x).set_grad({}); }) == "[variable] only a leaf keeps a gradient");
  CHECK(message_of<Error>([] { Variable().take_grad(); }) == "[variable] is undefined");
}

TEST_CASE("gradients of two backward calls add up") {
  const Variable x = leaf({1, 2, 3});
  backward(sum(square(x)));
  CHECK(grad_of(x) == std::vector<double>{2, 4, 6});
  backward(sum(2.0 * x));
  CHECK(grad_of(x) == std::vector<double>{4, 6, 8});
  Variable cleared = x;
  cleared.clear_grad();
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("arithmetic with numbers") {
  const Variable x = leaf({1, -2, 4});
  const auto values = [](const Variable& y) { return y.value().to_vector<double>(); };
  CHECK(values(x * 2.0) == std::vector<double>{2, -4, 8});
  CHECK(values(2.0 * x) == std::vector<double>{2, -4, 8});
  CHECK(values(x + 1.0) == std::vector<double>{2, -1, 5});
  CHECK(values(1.0 + x) == std::vector<double>{2, -1, 5});
  CHECK(values(x - 1.0) == std::vector<double>{0, -3, 3});
  CHECK(values(1.0 - x) == std::vector<double>{0, 3, -3});
  CHECK(values(x / 2.0) == std::vector<double>{0.5, -1, 2});
  CHECK(values(1.0 / x) == std::vector<double>{1, -0.5, 0.25});
  CHECK(values(-x) == std::vector<double>{-1, 2, -4});
  CHECK(values(x * 2) == std::vector<double>{2, -4, 8});
  CHECK((1.0 / x).dtype() == DType::F64);
  CHECK(x.device() == kCpu);
}

TEST_CASE("a variable is written as its value") {
  CHECK(concat(leaf({1, 2.5})) == "[1, 2.5] f64 (2)");
  CHECK(concat(sum(leaf({1, 2.5}))) == "3.5 f64");
  CHECK(concat(Variable()) == "undefined variable");
}

TEST_CASE("a variable that is used several times collects every gradient") {
  const Variable x = leaf({2, -1});
  const Variable y = x * x;
  backward(sum(y * x + y));
  CHECK(grad_of(x) == std::vector<double>{16, 1});  // 3 x^2 + 2 x
}

TEST_CASE("a chain of 100,000 operations is walked and taken down without recursion") {
  const Variable x = leaf({1});
  {
    Variable y = x;
    for (int i = 0; i < 100'000; ++i) y = affine(y, 1.0, 1e-6);
    backward(sum(y));
    CHECK(grad_of(x) == std::vector<double>{1});
  }
  Variable y = x;
  for (int i = 0; i < 100'000; ++i) y = y + x;
  y = Variable();  // taken down with its saved tensors, never walked
  CHECK_FALSE(y.defined());
}

TEST_CASE("saved tensors are freed as soon as they are used, so a graph is walked once") {
  const Variable x = leaf({1, 2});
  std::weak_ptr<Storage> saved;
  Variable loss;
  {
    const Variable y = exp(x);
    saved = y.value().storage();
    loss = sum(y);
  }
  CHECK_FALSE(saved.expired());
  backward(loss);
  CHECK(saved.expired());
  CHECK_THROWS_WITH_AS(backward(loss), "[sum] backward ran through here before; its saved tensors are freed", Error);
}

TEST_CASE("NoGrad records nothing") {
  const Variable x = leaf({1, 2});
  {
    const NoGrad no_grad;
    CHECK_FALSE(recording());
    CHECK_FALSE(square(x).requires_grad());
  }
  CHECK(recording());
  CHECK(square(x).requires_grad());
  CHECK_FALSE(square(x.detach()).requires_grad());
}

TEST_CASE("a gradient stays row-sparse until something dense is added") {
  const Variable table(Tensor::from<double>({1, 2, 3, 4, 5, 6}, {3, 2}), true);
  backward(sum(embedding(table, Index({2, 0, 2}))));
  REQUIRE(table.grad().is_sparse());
  CHECK(table.grad().sparse().ids.size() == 2);
  CHECK(table.grad().sparse().values.to_vector<double>() == std::vector<double>{1, 1, 2, 2});
  backward(sum(embedding(table, Index({1, 2}))));
  REQUIRE(table.grad().is_sparse());
  CHECK(table.grad().sparse().values.to_vector<double>() == std::vector<double>{1, 1, 1, 1, 3, 3});
  backward(sum(embedding(table, Index({0, 1, 2}))));  // the same rows
  REQUIRE(table.grad().is_sparse());
  CHECK(table.grad().sparse().values.to_vector<double>() == std::vector<double>{2, 2, 2, 2, 4, 4});
  backward(sum(table));
  CHECK_FALSE(table.grad().is_sparse());
  CHECK(grad_of(table) == std::vector<double>{3, 3, 3, 3, 5, 5});
  Variable scaled = table;
  scaled.map_grad([](const Tensor& values) {
    Tensor half = empty_like(values);
    kernels::affine(0.5, 0, values, half);
    return half;
  });
  CHECK(grad_of(table) == std::vector<double>{1.5, 1.5, 1.5, 1.5, 2.5, 2.5});
}

TEST_CASE("a row-sparse gradient of all rows is dense as it is") {
  const Variable table(Tensor::from<double>({1, 2, 3, 4}, {2, 2}), true);
  backward(sum(embedding(table, Index({1, 0, 1}))));
  REQUIRE(table.grad().is_sparse());
  const Tensor rows = table.grad().sparse().values;
  CHECK(grad_of(table) == std::vector<double>{1, 1, 2, 2});
  CHECK(table.grad().dense().shares_storage(rows));
}

TEST_CASE("a product is added to the gradient that was collected, and to no memory that others hold") {
  const Tensor values = Tensor::from<double>({1, 2, 3, 4}, {2, 2});
  const Variable x(values, true), w(Tensor::from<double>({1, 0, 2, -1}, {2, 2}), true);
  for (const bool transposed : {false, true}) {
    Variable(x).clear_grad(), Variable(w).clear_grad();
    // Both get the same tensor from the sum: x as its gradient, the product's backward as what it computes with.
    const Variable y = transposed ? linear(x, w, {}) : matmul(x, w);
    backward(sum(y + x));
    CHECK(grad_of(x) == (transposed ? std::vector<double>{4, 0, 4, 0} : std::vector<double>{2, 2, 2, 2}));
    CHECK(grad_of(w) == (transposed ? std::vector<double>{4, 6, 4, 6} : std::vector<double>{4, 4, 6, 6}));
    const Tensor held = x.grad().dense();
    backward(sum(transposed ? linear(x, w, {}) : matmul(x, w)));
    CHECK(grad_of(x) == (transposed ? std::vector<double>{7, -1, 7, -1} : std::vector<double>{3, 3, 3, 3}));
    CHECK(grad_of(w) == (transposed ? std::vector<double>{8, 12, 8, 12} : std::vector<double>{8, 8, 12, 12}));
    CHECK(held.to_vector<double>() == (transposed ? std::vector<double>{4, 0, 4, 0} : std::vector<double>{2, 2, 2, 2}));
  }
  // To rows of a table, newest first.
  const Variable table(values, true);
  const Variable product = linear(Variable(Tensor::from<double>({5, 7}, {1, 2})), table, {});
  backward(sum(embedding(table, Index({1}))) + sum(product));
  CHECK(grad_of(table) == std::vector<double>{5, 7, 6, 8});
}

TEST_CASE("the padding row of an embedding gets no gradient from look-ups") {
  const Variable table(Tensor::from<double>({1, 2, 3}, {3, 1}), true);
  backward(sum(embedding(table, Index({0, 2, 0}), 0)));
  CHECK(grad_of(table) == std::vector<double>{0, 0, 1});
}

TEST_CASE("one gradient given to two inputs is not shared when one of them adds to it") {
  const Variable a = leaf({1}), b = leaf({1});
  backward(sum(a + b));
  backward(sum(3.0 * a));
  CHECK(grad_of(a) == std::vector<double>{4});
  CHECK(grad_of(b) == std::vector<double>{1});
}

TEST_CASE("a gradient that somebody holds, or whose memory is not ours, keeps its values when more is added") {
  const Variable a = leaf({1, 2});
  backward(sum(a));
  const Tensor held = a.grad().dense();
  backward(sum(a));
  CHECK(held.to_vector<double>() == std::vector<double>{1, 1});
  CHECK(grad_of(a) == std::vector<double>{2, 2});

  const Variable b = leaf({1, 2});
  const auto values = std::make_shared<std::vector<double>>(std::vector<double>{3, 4});
  backward(b, Tensor::wrap(values->data(), {2}, DType::F64, values));
  backward(sum(b));
  CHECK(*values == std::vector<double>{3, 4});
  CHECK(grad_of(b) == std::vector<double>{4, 5});
}

TEST_CASE("anomaly mode names the first operation that made a NaN") {
  const Variable x = leaf({-1, 2});
  {
    const AnomalyMode anomaly;
    CHECK_THROWS_WITH_AS(exp(log(x)), "[log] made a NaN or an infinity, shape (2)", NumericError);
    const Variable zero = leaf({0, 2});
    const Variable root = sqrt(zero);  // its derivative at 0 is infinite
    CHECK_THROWS_WITH_AS(backward(sum(root)), "[sqrt backward] made a NaN or an infinity, shape (2)", NumericError);
  }
  CHECK_NOTHROW(exp(log(x)));
}

TEST_CASE("a failed backward leaves no half-collected gradient inside the graph") {
  const Variable zero = leaf({0});
  const Variable y = affine(zero, 1.0);
  const Variable loss = sum(sqrt(y));
  {
    const AnomalyMode anomaly;
    CHECK_THROWS_AS(backward(loss), NumericError);
  }
  backward(sum(2.0 * y));
  CHECK(grad_of(zero) == std::vector<double>{2});
}

TEST_CASE("an operation that gives a wrong gradient is named") {
  const auto error = [](auto give) {
    const Variable table(Tensor::zeros({3, 2}, DType::F64), true);
    const Variable y = record("mine", {table}, Tensor::zeros({}, DType::F64), [give](Backward& b) { give(b); });
    return message_of<Error>([&] { backward(y); });
  };
  const auto rows = [&](Shape shape, std::vector<std::int32_t> ids, Shape values) {
    return error([=](Backward& b) { b.give(0, RowSparse{shape, Index(ids), Tensor::zeros(values, DType::F64)}); });
  };
  CHECK(error([](Backward& b) { b.needs(1); }) == "[mine backward] asks for input 1 of 1");
  CHECK(error([](Backward& b) {
          b.give(2, Tensor::zeros({3, 2}, DType::F64));
        }) == "[mine backward] asks for input 2 of 1");
  CHECK(error([](Backward& b) {
          b.give(0, Tensor::zeros({3, 2}));
        }) == "[mine backward] gradient of input 0 is f32 (3, 2) on cpu, expected f64 (3, 2) on cpu");
  CHECK(error([](Backward& b) {
          b.give(0, Tensor::zeros({2, 3}, DType::F64));
        }) == "[mine backward] gradient of input 0 is f64 (2, 3) on cpu, expected f64 (3, 2) on cpu");
  CHECK(rows({4, 2}, {0}, {1, 2}) ==
        "[mine backward] gradient of input 0 is f64 (4, 2) on cpu, expected f64 (3, 2) on cpu");
  const std::string ascending = " rows of (3, 2), expected one each, ascending without repeats";
  CHECK(rows({3, 2}, {0, 1}, {1, 2}) == "[mine backward] gradient of input 0 has values (1, 2) for 2" + ascending);
  CHECK(rows({3, 2}, {0}, {1, 3}) == "[mine backward] gradient of input 0 has values (1, 3) for 1" + ascending);
  CHECK(rows({3, 2}, {1, 1}, {2, 2}) == "[mine backward] gradient of input 0 has values (2, 2) for 2" + ascending);
  CHECK(rows({3, 2}, {3}, {1, 2}) == "[mine backward] gradient of input 0 has values (1, 2) for 1" + ascending);
  CHECK(rows({3, 2}, {0, 2}, {2, 2}).empty());
}

TEST_CASE("wrong use is an error that says what was got") {
  const Variable x = leaf({1, 2});
  CHECK_THROWS_WITH_AS(backward(x), "[backward] the loss must be a scalar, got (2)", ShapeError);
  CHECK_THROWS_WITH_AS(backward(x.detach(), Tensor::zeros({2}, DType::F64)),
                       "[backward] the output depends on nothing that requires a gradient", Error);
  CHECK_THROWS_WITH_AS(backward(square(x), Tensor::zeros({3}, DType::F64)),
                       "[backward] expected a gradient f64 (2), got f64 (3)", ShapeError);
  CHECK_THROWS_WITH_AS(Variable(Tensor::zeros({2}, DType::I32), true),
                       "[variable] a gradient needs f32 or f64, got i32", ShapeError);
  CHECK_THROWS_WITH_AS(Variable().value(), "[variable] is undefined", Error);
  CHECK_THROWS_WITH_AS(Variable{Tensor()}, "[variable] expected a defined tensor", ShapeError);
  Variable y = square(x);
  CHECK_THROWS_WITH_AS(y.set_value(y.value()), "[variable] only a leaf's value can be replaced", Error);
  Variable z = x;
  CHECK_THROWS_WITH_AS(z.set_value(Tensor::zeros({3}, DType::F64)), "[variable] expected f64 (2), got f64 (3)",
                       ShapeError);
  CHECK_THROWS_WITH_AS(x.grad().dense(), "no gradient was collected", Error);
  CHECK_THROWS_WITH_AS(concat({x, Variable(Tensor::zeros({2, 1}, DType::F64))}, 0),
                       "[concat] ranks differ: (2) and (2, 1)", ShapeError);
  CHECK_THROWS_WITH_AS(concat({}, 0), "[concat] needs at least one part", ShapeError);
  CHECK_THROWS_WITH_AS(split(x, 0, {1, 2}), "[split] the sizes don't add up to axis 0 of (2)", ShapeError);
  CHECK_THROWS_WITH_AS(mean(Variable(Tensor::zeros({0}, DType::F64))), "[mean] of no element: shape (0)", ShapeError);
  CHECK_THROWS_WITH_AS(matmul(x, x), "[matmul] needs matrices: (2) x (2)", ShapeError);
  CHECK_THROWS_AS(add(x, leaf({1, 2, 3})), ShapeError);
  const Variable one = reshape(x, {1, 2});
  CHECK_THROWS_WITH_AS(catalogue_cross_entropy(one, one, Index({0}), 1),
                       "[catalogue_cross_entropy] targets: expected ids from 1 on, got 0", ShapeError);
  CHECK_THROWS_WITH_AS(catalogue_cross_entropy(one, one, Index()), "[catalogue_cross_entropy] needs at least one row",
                       ShapeError);
}

#include "kernels/optimizer.h"

#include <cmath>

#include "kernels/elementwise.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct OptimizerCase {
  Shape shape;
  Index rows;  // none: a dense gradient
  Tensor grad(DType dtype, std::uint64_t part) const {
    Shape held = shape;
    if (rows.size() > 0) held[0] = rows.size();
    return random_tensor(held, dtype, part);
  }
};

const OptimizerCase kOptimizerCases[] = {{{}, {}},
                                         {{0}, {}},
                                         {{7}, {}},
                                         {{211, 97}, {}},
                                         {{13, 5}, Index({0, 3, 4, 12})},
                                         {{1031, 64}, Index({1, 500, 1029})},
                                         {{3, 2, 5}, Index({1})}};

// Two steps from a state that is not 0, f(step, gradient, rows, parameter and state).
template <class F>
void check_steps(int states, F f) {
  for (const DType dtype : kFloats)
    for (const OptimizerCase& c : kOptimizerCases) {
      INFO(c.shape, " with ", c.rows.size(), " rows");
      std::vector<Tensor> start = {random_tensor(c.shape, dtype, 1)};
      for (int s = 0; s < states; ++s) {
        start.push_back(random_tensor(c.shape, dtype, 2));
        kernels::affine(0.1, 0, start.back(), start.back());
        Tensor squares = start.back();
        if (s == states - 1) kernels::unary(Unary::Square, squares, squares);
      }
      const Tensor first = c.grad(dtype, 3), second = c.grad(dtype, 4);
      check_parity(start, 64, [&](auto& r) {
        f(1, first, c.rows, r);
        f(2, second, c.rows, r);
      });
    }
}

}  // namespace

TEST_CASE("optimiser steps agree with the reference, dense and row-sparse") {
  for (const double decay : {0., 0.1}) {
    CAPTURE(decay);
    for (const double momentum : {0., 0.9})
      for (const bool only_rows : {false, true})
        check_steps(1, [&](std::int64_t step, const Tensor& grad, const Index& rows, auto& r) {
          const Tensor moment = momentum == 0 ? Tensor() : r[1];
          kernels::sgd_step({0.1, momentum, decay}, {{grad, rows, r[0], {moment}, step, only_rows}});
        });
    for (const bool decoupled : {false, true})
      for (const bool only_rows : {false, true})
        check_steps(2, [&](std::int64_t step, const Tensor& grad, const Index& rows, auto& r) {
          AdamOptions options{0.01};
          options.weight_decay = decay;
          options.decoupled = decoupled;
          kernels::adam_step(options, {{grad, rows, r[0], {r[1], r[2]}, step, only_rows}});
        });
    for (const bool only_rows : {false, true}) {
      check_steps(1, [&](std::int64_t step, const Tensor& grad, const Index& rows, auto& r) {
        kernels::adagrad_step({0.1, 1e-10, decay}, {{grad, rows, r[0], {r[1]}, step, only_rows}});
      });
      check_steps(1, [&](std::int64_t step, const Tensor& grad, const Index& rows, auto& r) {
        kernels::rmsprop_step({0.1, 0.99, 1e-8, decay}, {{grad, rows, r[0], {r[1]}, step, only_rows}});
      });
    }
  }
}

TEST_CASE("a row-sparse Adam step is the dense one with rows of 0") {
  const Index rows({1, 4});
  const Tensor held = random_tensor({2, 67}, DType::F64, 1);
  Tensor whole = Tensor::zeros({6, 67}, DType::F64);
  for (const std::int64_t i : {0, 1}) {
    Tensor row = whole.select(0, rows[i]);
    kernels::copy(held.select(0, i), row);
  }
  const Tensor start = random_tensor({6, 67}, DType::F64, 2);
  Tensor p[2] = {clone(start), clone(start)};
  for (const bool sparse : {false, true}) {
    Tensor m = Tensor::zeros({6, 67}, DType::F64), v = Tensor::zeros({6, 67}, DType::F64);
    for (std::int64_t step = 1; step <= 3; ++step)
      kernels::adam_step({0.01}, {{sparse ? held : whole, sparse ? rows : Index(), p[sparse], {m, v}, step}});
  }
  check_close(p[1], p[0], 4);
}

TEST_CASE("a step of the gradient's rows alone leaves the others as they are") {
  const Tensor start = random_tensor({3, 2}, DType::F32, 1);
  Tensor p = clone(start), m = clone(start), v = Tensor::zeros({3, 2});
  kernels::adam_step({0.1}, {{random_tensor({1, 2}, DType::F32, 2), Index({1}), p, {m, v}, 1, /*only_rows=*/true}});
  for (const std::int64_t row : {0, 2}) {
    check_same(p.select(0, row), start.select(0, row));
    check_same(m.select(0, row), start.select(0, row));
  }
  CHECK(p.at<float>({1, 0}) != start.at<float>({1, 0}));
}

TEST_CASE("a row-sparse gradient without rows is a gradient of 0") {
  const Tensor start = random_tensor({3, 2}, DType::F32, 1), none({0, 2});
  check_parity({start, Tensor::zeros({3, 2}), Tensor::zeros({3, 2})}, 4, [&](auto& r) {
    AdamOptions options{0.1};
    options.weight_decay = 0.5;
    kernels::adam_step(options, {{none, Index(), r[0], {r[1], r[2]}}});
  });
}

TEST_CASE("the first Adam step moves by the learning rate, against the gradient's sign") {
  Tensor p = Tensor::zeros({2}), m = Tensor::zeros({2}), v = Tensor::zeros({2});
  kernels::adam_step({0.1}, {{Tensor::from<float>({3, -0.01f}, {2}), Index(), p, {m, v}}});
  CHECK(p.at<float>({0}) == doctest::Approx(-0.1));
  CHECK(p.at<float>({1}) == doctest::Approx(0.1));
}

TEST_CASE("a step of many parameters is a step of each, f32 and f64 mixed; of none it is nothing") {
  ParameterSteps together;
  std::vector<ParameterSteps> alone;
  for (const DType dtype : kFloats)
    for (const OptimizerCase& c : kOptimizerCases) {
      const auto step = [&]() -> ParameterStep {
        return {c.grad(dtype, 3),
                c.rows,
                random_tensor(c.shape, dtype, 1),
                {Tensor::zeros(c.shape, dtype), Tensor::zeros(c.shape, dtype)},
                static_cast<std::int64_t>(alone.size()) + 1};
      };
      together.push_back(step());
      alone.push_back({step()});
    }
  kernels::adam_step({0.01}, together);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    kernels::adam_step({0.01}, alone[i]);
    check_same(together[i].parameter, alone[i][0].parameter);
    check_same(together[i].slots[1], alone[i][0].slots[1]);
  }
  kernels::adam_step({0.01}, {});
}

TEST_CASE("optimiser steps refuse what doesn't fit") {
  const Tensor p({3, 2}), m({3, 2}), wrong({2, 3}), none;
  const Tensor held({2, 2});
  CHECK(message_of([&] {
          kernels::sgd_step({0.1}, {{wrong, Index(), p, {none}}});
        }) == "[sgd_step] grad: expected (0, 2), got (2, 3)");
  CHECK(message_of([&] {
          kernels::sgd_step({0.1, 0.9}, {{p, Index(), p, {wrong}}});
        }) == "[sgd_step] moment: expected (3, 2), got (2, 3)");
  CHECK(message_of([&] {
          kernels::adam_step({0.1}, {{p, Index(), p, {m, m}, 0}});
        }) == "[adam_step] step: expected at least 1, got 0");
  CHECK(message_of([&] {
          kernels::adam_step({0.1}, {{held, Index({0, 3}), p, {m, m}}});
        }) == "[adam_step] rows: expected ids below 3, got 3");
  CHECK(message_of([&] {
          kernels::adam_step({0.1}, {{held, Index({2, 1}), p, {m, m}}});
        }) == "[adam_step] rows: expected ascending, distinct rows");
  CHECK(message_of([&] {
          kernels::adagrad_step({0.1}, {{p, Index(), p, {wrong}}});
        }) == "[adagrad_step] sum: expected (3, 2), got (2, 3)");
  CHECK(message_of([&] {
          kernels::rmsprop_step({0.1}, {{p, Index(), p, {wrong}}});
        }) == "[rmsprop_step] square_average: expected (3, 2), got (2, 3)");
}

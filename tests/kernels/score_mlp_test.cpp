#include "kernels/score_mlp.h"

#include <doctest/doctest.h>

#include "kernels/pairs.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

std::vector<Tensor> network(const std::vector<std::int64_t>& widths, DType dtype) {
  std::vector<Tensor> parameters;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    parameters.push_back(random_tensor({widths[l + 1], widths[l]}, dtype, 10 + l, 0.3));
    parameters.push_back(random_tensor({widths[l + 1]}, dtype, 20 + l));
  }
  return parameters;
}

}  // namespace

TEST_CASE("score_mlp: tiles give what the reference gives, for any number of threads") {
  for (const DType dtype : kFloats)
    for (const auto& widths : {std::vector<std::int64_t>{7, 33, 1}, {12, 40, 24, 17, 1}})
      for (const Activation activation : std::initializer_list<Activation>{Unary::Sigmoid, Unary::Relu, std::nullopt}) {
        const std::vector<Tensor> parameters = network(widths, dtype);
        const std::int64_t rows = 450;  // more than two tiles
        const Tensor x = random_tensor({rows, widths[0]}, dtype, 1), grad = random_tensor({rows}, dtype, 2);
        const Tensor targets = random_tensor({rows}, dtype, 3, 0), weights = random_tensor({rows}, dtype, 4);
        std::vector<Tensor> start{empty_like(grad), Tensor({1}, dtype), empty_like(x)};
        for (const Tensor& parameter : parameters) start.push_back(empty_like(parameter));
        const auto of_parameters = [](const std::vector<Tensor>& out) {
          return std::vector<Tensor>(out.begin() + 3, out.end());
        };
        fill(0, start[1]);
        check_parity(start, 500, [&](std::vector<Tensor>& out) {
          score_mlp(x, parameters, activation, {}, out[0]);
          score_mlp_backward(x, parameters, activation, {}, grad, out[2], of_parameters(out));
        });
        check_parity(start, 500, [&](std::vector<Tensor>& out) {
          std::vector<Tensor> hidden;
          for (std::size_t l = 0; l + 2 < widths.size(); ++l) hidden.emplace_back(Shape{rows, widths[l + 1]}, dtype);
          score_mlp(x, parameters, activation, hidden, out[0]);
          score_mlp_backward(x, parameters, activation, hidden, grad, out[2], of_parameters(out));
          out.insert(out.end(), hidden.begin(), hidden.end());
        });
        fill(0, start[0]);
        check_parity(start, 2000, [&](std::vector<Tensor>& out) {
          score_mlp_loss(x, parameters, activation, targets, weights, out[1], out[2], of_parameters(out));
        });
        Tensor plain({rows}, dtype), strided({rows}, dtype);
        score_mlp(x, parameters, activation, {}, plain);
        score_mlp(with_gaps(x), parameters, activation, {}, strided);
        check_same(plain, strided);
      }
}

TEST_CASE("score_mlp: the chain of linear layers") {
  const std::vector<Tensor> parameters = network({5, 8, 6, 1}, DType::F64);
  const Tensor x = random_tensor({200, 5}, DType::F64, 1);
  Tensor scores({200}, DType::F64), a({200, 8}, DType::F64), b({200, 6}, DType::F64), c({200, 1}, DType::F64);
  score_mlp(x, parameters, Unary::Sigmoid, {}, scores);
  linear(x, parameters[0], parameters[1], Unary::Sigmoid, a);
  linear(a, parameters[2], parameters[3], Unary::Sigmoid, b);
  linear(b, parameters[4], parameters[5], std::nullopt, c);
  check_close(scores, c.reshape({200}), 50);
}

TEST_CASE("score_mlp: wrong arguments are named") {
  std::vector<Tensor> parameters = network({5, 8, 6, 1}, DType::F32);
  Tensor scores({3});
  const Tensor x({3, 5});
  CHECK(message_of([&] {
          score_mlp(x, {parameters[0], parameters[1]}, std::nullopt, {}, scores);
        }) == "[score_mlp] parameters: expected weight and bias of at least 2 layers, got 2 tensors");
  CHECK(message_of([&] {
          score_mlp(Tensor({3, 4}), parameters, std::nullopt, {}, scores);
        }) == "[score_mlp] weight: expected (8, 4), got (8, 5)");
  CHECK(message_of([&] { score_mlp(x, parameters, Unary::Gelu, {}, scores); }) ==
        "[score_mlp] activation: expected one whose derivative follows from its value, got gelu");
  CHECK(message_of([&] { score_mlp(x, parameters, std::nullopt, {x}, scores); }) ==
        "[score_mlp] hidden: expected 2 tensors or none, got 1");
  CHECK(message_of([&] {
          score_mlp(x, parameters, std::nullopt, {Tensor({3, 8}), x}, scores);
        }) == "[score_mlp] hidden: expected (3, 6), got (3, 5)");
  parameters[4] = Tensor({2, 6});
  CHECK(message_of([&] { score_mlp(x, parameters, std::nullopt, {}, scores); }) ==
        "[score_mlp] weight: expected (1, 6), got (2, 6)");
}

TEST_CASE("window_pairs: the reference's, for any number of threads") {
  std::vector<std::int32_t> begin, end;
  for (std::int32_t w = 0; w < 300; ++w) {
    end.push_back(w % 90);
    begin.push_back(std::max(0, end.back() - 50));
  }
  const Windows windows(begin, end, 90);
  for (const DType dtype : kFloats) {
    const Tensor q = random_tensor({300, 21}, dtype, 1), k = random_tensor({90, 21}, dtype, 2);
    const Tensor grad = random_tensor({windows.entries(), 63}, dtype, 3);
    check_parity({empty_like(grad), empty_like(q), empty_like(k)}, 500, [&](std::vector<Tensor>& out) {
      window_pairs(with_gaps(q), k, windows, out[0]);
      window_pairs_backward(q, with_gaps(k), windows, grad, out[1], out[2]);
    });
  }
  Tensor pairs({2, 6});
  CHECK(message_of([&] {
          window_pairs(Tensor({1, 2}), Tensor({3, 2}), Windows({0}, {2}, 2), pairs);
        }) == "[window_pairs] keys: expected (2, 2), got (3, 2)");
}

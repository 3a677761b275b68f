#include "kernels/score_mlp.h"

#include "kernels/cuda/tiles.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct Net {
  std::vector<std::int64_t> widths;  // of x, of the hidden layers, and 1
  Activation activation;
};

/// Weight and bias of each layer.
std::vector<Tensor> parameters_of(const Net& net, DType dtype) {
  std::vector<Tensor> parameters;
  for (std::size_t l = 0; l + 1 < net.widths.size(); ++l) {
    parameters.push_back(random_tensor({net.widths[l + 1], net.widths[l]}, dtype, 10 + l, 0.3));
    parameters.push_back(random_tensor({net.widths[l + 1]}, dtype, 20 + l));
  }
  return parameters;
}

/// All results of the three kernels, with inputs that `move` puts where they are wanted.
template <class F>
std::vector<Tensor> results_of(const Net& net, std::int64_t rows, DType dtype, F move) {
  std::vector<Tensor> parameters, of_scores, of_kept, of_loss, hidden;
  for (const Tensor& parameter : parameters_of(net, dtype)) {
    parameters.push_back(move(parameter));
    of_scores.emplace_back(parameter.shape(), dtype, parameters.back().device());
    of_kept.push_back(empty_like(of_scores.back()));
    of_loss.push_back(empty_like(of_scores.back()));
  }
  const Tensor x = move(random_tensor({rows, net.widths[0]}, dtype, 1)), grad = move(random_tensor({rows}, dtype, 2));
  const Tensor targets = move(random_tensor({rows}, dtype, 3, 0.2)), weights = move(random_tensor({rows}, dtype, 4));
  const Device device = x.device();
  for (std::size_t l = 1; l + 1 < net.widths.size(); ++l)
    hidden.emplace_back(Shape{rows, net.widths[l]}, dtype, device);
  Tensor scores({rows}, dtype, device), same_scores = empty_like(scores), loss({1}, dtype, device);
  Tensor grad_x(x.shape(), dtype, device), grad_x_of_kept = empty_like(grad_x), grad_x_of_loss = empty_like(grad_x);
  score_mlp(x, parameters, net.activation, {}, scores);
  score_mlp(x, parameters, net.activation, hidden, same_scores);
  score_mlp_backward(x, parameters, net.activation, {}, grad, grad_x, of_scores);
  score_mlp_backward(x, parameters, net.activation, hidden, grad, grad_x_of_kept, of_kept);
  score_mlp_loss(x, parameters, net.activation, targets, weights, loss, grad_x_of_loss, of_loss);
  std::vector<Tensor> all{scores, same_scores, loss, grad_x, grad_x_of_kept, grad_x_of_loss};
  for (const auto& more : {hidden, of_scores, of_kept, of_loss}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// The device's results equal the CPU's, of strided inputs too, and twice to the bit.
void compare_nets(const Net& net, std::int64_t rows) {
  const auto on_gpu = [](const Tensor& tensor) { return to_device(tensor, gpu()); };
  for (const DType dtype : kFloats) {
    const std::vector<Tensor> expected = results_of(net, rows, dtype, [](const Tensor& tensor) { return tensor; });
    const std::vector<Tensor> got = results_of(net, rows, dtype, on_gpu), again = results_of(net, rows, dtype, on_gpu);
    const std::vector<Tensor> strided = results_of(net, rows, dtype, strided_on_gpu);
    for (std::size_t i = 0; i < got.size(); ++i) {
      CAPTURE(i);
      check_gpu(got[i], expected[i], 500);
      check_gpu(strided[i], expected[i], 500);
      check_same(to_device(again[i], kCpu), to_device(got[i], kCpu));
    }
  }
}

}  // namespace

TEST_CASE("cuda: score_mlp, its gradients and its loss equal the CPU's" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_size([](std::int64_t rows) { compare_nets({{3, 5, 1}, Unary::Sigmoid}, rows); });
  for (const Net& net : {Net{{12, 40, 24, 16, 1}, Unary::Sigmoid},
                         {{8, 8, 12, 1}, Unary::Relu},
                         {{7, 33, 1}, std::nullopt},
                         {{3, 9, 516, 1}, Unary::Tanh},  // beyond a warp a row, and beyond a block a row of the sums
                         {{2, 1031, 1}, Unary::Sigmoid},
                         {{2, 3, 1028, 1}, Unary::Sigmoid},
                         {{0, 3, 1}, Unary::Sigmoid},
                         {{3, 0, 1}, Unary::Sigmoid}}) {
    CAPTURE(net.widths.size());
    CAPTURE(net.widths[1]);
    compare_nets(net, 70);
  }
}

TEST_CASE("cuda: score_mlp of several tiles, the last one small" * many_shapes()) {
  if (!has_gpu()) return;
  for (const std::int64_t most : {7, 40, 64, 128}) {
    CAPTURE(most);
    const cuda::TileLimitScope tiles(most);
    compare_nets({{6, 8, 5, 1}, Unary::Sigmoid}, 201);
    const cuda::GridLimitScope grid(2);
    compare_nets({{6, 8, 5, 1}, Unary::Sigmoid}, 201);
  }
}

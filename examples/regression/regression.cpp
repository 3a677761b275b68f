// The engine by itself: a network of two layers learns z = sin(3 x) + y^2 from a grid of points, by a training loop
// written by hand, and is kept in a file: regression [FILE]. ../README.md says how to build it.
#include <cmath>
#include <iostream>

#include <seqrec/engine.h>

using namespace seqrec;
using autograd::Variable;

class Network : public nn::Module {
 public:
  explicit Network(nn::Scope at) : Module(at), hidden_(at / "hidden", 2, 32), out_(at / "out", 32, 1) {}

  /// x [points, 2]; [points, 1].
  Variable operator()(const Variable& x) const { return out_(autograd::tanh(hidden_(x))); }

 private:
  nn::Linear hidden_, out_;
};

int main(int argc, char** argv) {
  const char* file = argc > 1 ? argv[1] : "network.safetensors";
  constexpr int kSide = 21;
  std::vector<float> points, values;
  for (int i = 0; i < kSide; ++i)
    for (int j = 0; j < kSide; ++j) {
      const float x = -1 + 0.1f * i, y = -1 + 0.1f * j;
      points.insert(points.end(), {x, y});
      values.push_back(std::sin(3 * x) + y * y);
    }
  const Variable inputs(Tensor::from(points, {kSide * kSide, 2}));
  const Variable targets(Tensor::from(values, {kSide * kSide, 1}));

  Network network(nn::Root(/*seed=*/1));
  optim::Adam adam(network, {.learning_rate = 1e-2});
  for (int step = 0; step <= 1000; ++step) {
    const Variable loss = autograd::mean(autograd::square(network(inputs) - targets));
    if (step % 100 == 0) std::cout << "step " << step << "  loss " << loss.value().item() << '\n';
    adam.minimise(loss);
  }
  nn::save(network, file);

  Network again(nn::Root(/*seed=*/2));
  nn::load(again, file);
  const Variable asked(Tensor::from(std::vector<float>{0.5f, 0.5f}, {1, 2}));
  std::cout << "at (0.5, 0.5): " << again(asked).value().item() << ", which should be " << std::sin(1.5) + 0.25 << '\n';
}

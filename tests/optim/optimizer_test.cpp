#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "kernels/elementwise.h"
#include "nn/linear.h"
#include "optim/rules.h"
#include "tests/message_of.h"
#include "tests/optim/given.h"

namespace seqrec::optim {
namespace {

template <class Kind, class Options>
Tensor after(const Options& options) {
  Variable parameter = make_parameter();
  Kind optimizer({{"weight", parameter}}, options);
  for (const auto& grad : kGrads) {
    give_grad(parameter, Tensor::from(grad, {3, 2}));
    optimizer.step();
    optimizer.clear_grad();
  }
  return parameter.value();
}

// The rows 0 and 2, then 1, then 0.
template <class Kind>
Tensor after_rows() {
  Variable parameter = make_parameter();
  Kind optimizer({{"weight", parameter}}, {.learning_rate = 0.1});
  const std::vector<std::vector<std::int32_t>> rows = {{0, 2}, {1}, {0}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    give_rows(parameter, rows[i], kGrads[i]);
    REQUIRE(parameter.grad().is_sparse());
    optimizer.step();
    optimizer.clear_grad();
  }
  return parameter.value();
}

// Expected numbers are PyTorch 2.13's, in f64.
TEST_CASE("three steps of every optimiser equal PyTorch's") {
  check_close(after<Sgd>(SgdOptions{.learning_rate = 0.1, .weight_decay = 0.01}),
              {1.012027989, -2.024005978, 0.4585514695, 3.011028997, 0.17435069975, -0.7178421892500001});
  check_close(after<Sgd>(SgdOptions{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01}),
              {0.987837789, -2.0206255779999998, 0.4150013695, 2.985204397, 0.08828864975000002, -0.64039403925});
  check_close(after<Adam>(AdamOptions{.learning_rate = 0.1, .weight_decay = 0.01}),
              {0.835903511141461, -1.9660235429719617, 0.29701559500362, 2.8381596167732703, 0.007732000312801565,
               -0.5998678467658072});
  check_close(after<AdamW>(AdamWOptions{.learning_rate = 0.1, .weight_decay = 0.01}),
              {0.8388005236624871, -1.9723447626022934, 0.2984109229248811, 2.94809834931358, 0.007602149441251496,
               -0.600757151385535});
  check_close(after<Adagrad>(AdagradOptions{.learning_rate = 0.1, .weight_decay = 0.01}),
              {0.9446585189556678, -2.004518925935774, 0.3761816629271749, 2.885804540075536, 0.1049451301498312,
               -0.6924740097422691});
  check_close(after<RmsProp>(RmsPropOptions{.learning_rate = 0.1, .weight_decay = 0.01}),
              {0.5149780704350395, -2.051714269584862, -0.7002912685025064, 1.8791487884009643, -1.1733543755737736,
               -0.19459908630156406});
}

TEST_CASE("a row-sparse gradient is a dense one with zeros for Adam, and leaves rows alone for SparseAdam") {
  check_close(after_rows<Adam>(), {0.8772389349646084, -1.8152674658907435, 0.6319356540083265, 2.868064335749598,
                                   0.031198483028656535, -0.5311984820801834});
  // PyTorch's SparseAdam puts eps elsewhere (optim/rules.h).
  check_close(after_rows<SparseAdam>(),
              {0.9424246205328933, -1.877136152884973, 0.574413447040717, 2.9255864353014784, 0.1500000632455132,
               -0.6500000527045999},
              1e-6);
}

TEST_CASE("a parameter without a gradient is left alone, and its steps don't count") {
  Variable used = make_parameter(), unused = make_parameter();
  Adam optimizer({{"used", used}, {"unused", unused}}, {.weight_decay = 0.1});
  give_grad(used, Tensor::from(kGrads[0], {3, 2}));
  optimizer.step();
  CHECK(unused.value().to_vector<double>() == kStart);
  CHECK(used.value().to_vector<double>() != kStart);
  CHECK(optimizer.state()[0].first == "step");
  CHECK(optimizer.state()[0].second.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0});
}

template <class Kind, class Options>
void check_saved_state(const Options& options) {
  Variable first = make_parameter();
  Kind a({{"w", first}}, options);
  give_grad(first, Tensor::from(kGrads[0], {3, 2}));
  a.step();
  a.clear_grad();

  Variable second(Tensor::from(first.value().to_vector<double>(), {3, 2}), true);
  Kind b({{"w", second}}, options);
  const auto from = a.state(), to = b.state();
  REQUIRE(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    CHECK(from[i].first == to[i].first);
    std::copy_n(from[i].second.raw(), from[i].second.numel() * static_cast<std::int64_t>(sizeof(double)),
                to[i].second.raw());
  }
  for (auto [variable, optimizer] : {std::pair(&first, &a), std::pair(&second, &b)}) {
    give_grad(*variable, Tensor::from(kGrads[1], {3, 2}));
    optimizer->step();
  }
  CHECK(first.value().to_vector<double>() == second.value().to_vector<double>());
}

TEST_CASE("a step from saved state equals one that was not interrupted") {
  check_saved_state<Adam>(AdamOptions{});
  check_saved_state<AdamW>(AdamWOptions{});
  check_saved_state<Sgd>(SgdOptions{.momentum = 0.9});
  check_saved_state<Adagrad>(AdagradOptions{});
  check_saved_state<RmsProp>(RmsPropOptions{});
  check_saved_state<SparseAdam>(SparseAdamOptions{});
}

TEST_CASE("state has PyTorch's names") {
  const nn::Parameters parameters = {{"w", make_parameter()}};
  const auto names = [](const Optimizer& optimizer) {
    std::string out;
    for (const auto& [name, tensor] : optimizer.state()) out += name + " ";
    return out;
  };
  CHECK(names(Adam(parameters)) == "step exp_avg.w exp_avg_sq.w ");
  CHECK(names(AdamW(parameters)) == "step exp_avg.w exp_avg_sq.w ");
  CHECK(names(SparseAdam(parameters)) == "step exp_avg.w exp_avg_sq.w ");
  CHECK(names(Sgd(parameters)) == "step ");
  CHECK(names(Sgd(parameters, {.momentum = 0.9})) == "step momentum_buffer.w ");
  CHECK(names(Adagrad(parameters)) == "step sum.w ");
  CHECK(names(RmsProp(parameters)) == "step square_avg.w ");
}

TEST_CASE("minimise finds the minimum, and leaves no gradient behind") {
  Variable w = make_parameter();
  const Variable target(Tensor::zeros({3, 2}, DType::F64));
  Adam adam({{"w", w}}, {.learning_rate = 0.1});
  for (int step = 0; step < 300; ++step) {
    const Variable difference = w - target;
    adam.minimise(autograd::mean(difference * difference));
  }
  CHECK_FALSE(w.grad().defined());
  for (const double value : w.value().to_vector<double>()) CHECK(std::abs(value) < 1e-3);
  CHECK(adam.state()[0].second.to_vector<std::int64_t>() == std::vector<std::int64_t>{300});
}

class Perceptron : public nn::Module {
 public:
  explicit Perceptron(nn::Scope at) : Module(at), hidden_(at / "hidden", 2, 8), out_(at / "out", 8, 1) {}
  Variable operator()(const Variable& x) const { return out_(hidden_(x, kernels::Unary::Tanh)); }

 private:
  nn::Linear hidden_, out_;
};

TEST_CASE("a module of one's own learns exclusive or, in a loop of two lines") {
  const nn::Root root(/*seed=*/1);
  Perceptron net(root);
  const Variable x(Tensor::from<float>({0, 0, 0, 1, 1, 0, 1, 1}, {4, 2}));
  const Variable target(Tensor::from<float>({0, 1, 1, 0}, {4, 1}));
  const auto loss = [&] { return autograd::mean(autograd::square(net(x) - target)); };
  Adam adam(net, {.learning_rate = 5e-2});
  for (int step = 0; step < 300; ++step) adam.minimise(loss());
  CHECK(loss().value().item() < 1e-3);
}

TEST_CASE("a rule of one's own, with what it keeps") {
  // Polyak's: the step is a tenth of the sum of all gradients before.
  Variable w = make_parameter();
  const auto rule = [](double rate, const kernels::ParameterSteps& steps) {
    for (kernels::ParameterStep step : steps) {
      kernels::add_scaled(1, step.grad, step.slots[0]);
      kernels::add_scaled(-rate, step.slots[0], step.parameter);
    }
  };
  Optimizer optimizer({{"w", w}}, {"velocity"}, 0.1, rule);
  for (int step = 0; step < 2; ++step) {
    give_grad(w, Tensor::from(kGrads[0], {3, 2}));
    optimizer.step();
    optimizer.clear_grad();
  }
  CHECK(w.value().at<double>({0, 0}) == doctest::Approx(1.0 - 0.01 - 0.02));
  CHECK(optimizer.state()[1].first == "velocity.w");
  CHECK_THROWS_WITH_AS(Optimizer({}, {"a", "b", "c"}, 0.1, rule), "[optimizer] expected at most 2 slots, got 3",
                       UsageError);
}

TEST_CASE("a parameter that is there twice is refused") {
  const Variable w(Tensor::zeros({2}), true);
  CHECK_THROWS_WITH_AS(Sgd(nn::Parameters{{"a", w}, {"b", w}}),
                       "[optimizer] parameter b is there twice, under this name or another", UsageError);
}

TEST_CASE("options out of their range") {
  const nn::Parameters parameters = {{"w", make_parameter()}};
  const auto text = [](auto make) { return message_of<UsageError>(make); };
  CHECK(text([&] { Adam(parameters, {.learning_rate = -1}); }) ==
        "[optimizer] learning_rate: expected a number >= 0, got -1");
  CHECK(text([&] { Adam(parameters).set_learning_rate(std::nan("")); }) ==
        "[optimizer] learning_rate: expected a number >= 0, got nan");
  CHECK(text([&] { Adam(parameters, {.beta1 = 1}); }) == "[optimizer] beta1: expected a number in [0, 1), got 1");
  CHECK(text([&] { AdamW(parameters, {.beta2 = -0.5}); }) ==
        "[optimizer] beta2: expected a number in [0, 1), got -0.5");
  CHECK(text([&] { SparseAdam(parameters, {.eps = -1}); }) == "[optimizer] eps: expected a number >= 0, got -1");
  CHECK(text([&] { Sgd(parameters, {.momentum = -1}); }) == "[optimizer] momentum: expected a number >= 0, got -1");
  CHECK(text([&] { Adagrad(parameters, {.weight_decay = -1}); }) ==
        "[optimizer] weight_decay: expected a number >= 0, got -1");
  CHECK(text([&] { RmsProp(parameters, {.alpha = 2}); }) == "[optimizer] alpha: expected a number in [0, 1), got 2");
}

}  // namespace
}  // namespace seqrec::optim

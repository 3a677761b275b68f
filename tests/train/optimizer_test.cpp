#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/elementwise.h"
#include "tests/message_of.h"
#include "train/clip.h"
#include "train/schedule.h"

namespace seqrec::train {
namespace {

using autograd::Variable;

const std::vector<double> kStart = {1.0, -2.0, 0.5, 3.0, 0.25, -0.75};
const std::vector<std::vector<double>> kGrads = {
    {0.1, -0.2, 0.3, 0.0, 0.5, -0.6}, {0.05, 0.4, -0.1, 0.2, 0.0, 0.3}, {-0.3, 0.1, 0.2, -0.4, 0.25, 0.0}};

Variable make_parameter() { return Variable(Tensor::from(kStart, {3, 2}), true); }

/// Collects `grad` by a backward pass of sum(parameter * grad).
void give_grad(Variable& parameter, const Tensor& grad) {
  const Variable output = autograd::record("given", {parameter}, parameter.value(),
                                           [grad](autograd::Backward& backward) { backward.give(0, grad); });
  autograd::backward(output, Tensor::zeros(parameter.shape(), parameter.dtype()));
}
void give_rows(Variable& parameter, std::vector<std::int32_t> rows, const std::vector<double>& dense) {
  std::vector<double> values;
  for (const std::int32_t row : rows) {
    values.push_back(dense[2 * row]);
    values.push_back(dense[2 * row + 1]);
  }
  const autograd::RowSparse sparse{parameter.shape(), Index(rows),
                                   Tensor::from(values, {static_cast<std::int64_t>(rows.size()), 2})};
  const Variable output = autograd::record("given", {parameter}, parameter.value(),
                                           [sparse](autograd::Backward& backward) { backward.give(0, sparse); });
  autograd::backward(output, Tensor::zeros(parameter.shape(), parameter.dtype()));
}

void check_close(const Tensor& got, const std::vector<double>& expected, double tolerance = 1e-12) {
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK_MESSAGE(values[i] == doctest::Approx(expected[i]).epsilon(tolerance), "element " << i);
}

std::vector<double> run(const OptimizerOptions& options) {
  Variable parameter = make_parameter();
  Optimizer optimizer({{"weight", parameter}}, options);
  for (const auto& grad : kGrads) {
    give_grad(parameter, Tensor::from(grad, {3, 2}));
    optimizer.step();
    optimizer.clear_grad();
  }
  return parameter.value().to_vector<double>();
}

Tensor after(const OptimizerOptions& options) { return Tensor::from(run(options), {3, 2}); }

// The rows 0 and 2, then 1, then 0.
Tensor after_rows(const std::string& learner) {
  Variable parameter = make_parameter();
  Optimizer optimizer({{"weight", parameter}}, {.learner = learner, .learning_rate = 0.1});
  const std::vector<std::vector<std::int32_t>> rows = {{0, 2}, {1}, {0}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    give_rows(parameter, rows[i], kGrads[i]);
    REQUIRE(parameter.grad().is_sparse());
    optimizer.step();
    optimizer.clear_grad();
  }
  return parameter.value();
}

data::Config config_with(std::vector<std::string> settings) {
  data::ConfigInput input;
  input.settings = std::move(settings);
  return data::Config(input);
}

std::string option_error(const std::vector<std::string>& settings, void (*read)(const data::Config&)) {
  return message_of<ConfigError>([&] { read(config_with(settings)); });
}

// Expected numbers are PyTorch 2.13's, in f64.
TEST_CASE("three steps of every learner equal PyTorch's") {
  check_close(after({"sgd", 0.1, 0.01}),
              {1.012027989, -2.024005978, 0.4585514695, 3.011028997, 0.17435069975, -0.7178421892500001});
  check_close(after({"sgd", 0.1, 0.01, 0.9}),
              {0.987837789, -2.0206255779999998, 0.4150013695, 2.985204397, 0.08828864975000002, -0.64039403925});
  check_close(after({"adam", 0.1, 0.01}), {0.835903511141461, -1.9660235429719617, 0.29701559500362, 2.8381596167732703,
                                           0.007732000312801565, -0.5998678467658072});
  check_close(after({"adamw", 0.1, 0.01}), {0.8388005236624871, -1.9723447626022934, 0.2984109229248811,
                                            2.94809834931358, 0.007602149441251496, -0.600757151385535});
  check_close(after({"adagrad", 0.1, 0.01}), {0.9446585189556678, -2.004518925935774, 0.3761816629271749,
                                              2.885804540075536, 0.1049451301498312, -0.6924740097422691});
  check_close(after({"rmsprop", 0.1, 0.01}), {0.5149780704350395, -2.051714269584862, -0.7002912685025064,
                                              1.8791487884009643, -1.1733543755737736, -0.19459908630156406});
}

TEST_CASE("a row-sparse gradient is a dense one with zeros for adam, and leaves rows alone for sparse_adam") {
  check_close(after_rows("adam"), {0.8772389349646084, -1.8152674658907435, 0.6319356540083265, 2.868064335749598,
                                   0.031198483028656535, -0.5311984820801834});
  // PyTorch's SparseAdam puts eps elsewhere (train/optimizer.h).
  check_close(after_rows("sparse_adam"),
              {0.9424246205328933, -1.877136152884973, 0.574413447040717, 2.9255864353014784, 0.1500000632455132,
               -0.6500000527045999},
              1e-6);
}

TEST_CASE("a parameter without a gradient is left alone, and its steps don't count") {
  Variable used = make_parameter(), unused = make_parameter();
  Optimizer optimizer({{"used", used}, {"unused", unused}}, {.learner = "adam", .weight_decay = 0.1});
  give_grad(used, Tensor::from(kGrads[0], {3, 2}));
  optimizer.step();
  CHECK(unused.value().to_vector<double>() == kStart);
  CHECK(used.value().to_vector<double>() != kStart);
  CHECK(optimizer.state()[0].first == "step");
  CHECK(optimizer.state()[0].second.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0});
}

TEST_CASE("a step from saved state equals one that was not interrupted") {
  for (const char* learner : {"adam", "adamw", "sgd", "adagrad", "rmsprop", "sparse_adam"}) {
    const OptimizerOptions options{.learner = learner, .learning_rate = 0.1, .momentum = 0.9};
    Variable first = make_parameter();
    Optimizer a({{"w", first}}, options);
    give_grad(first, Tensor::from(kGrads[0], {3, 2}));
    a.step();
    a.clear_grad();

    Variable second(Tensor::from(first.value().to_vector<double>(), {3, 2}), true);
    Optimizer b({{"w", second}}, options);
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
    CHECK_MESSAGE(first.value().to_vector<double>() == second.value().to_vector<double>(), learner);
  }
}

TEST_CASE("state has PyTorch's names") {
  const auto names = [](const char* learner, double momentum) {
    std::string out;
    Optimizer optimizer({{"w", make_parameter()}}, {.learner = learner, .momentum = momentum});
    for (const auto& [name, tensor] : optimizer.state()) out += name + " ";
    return out;
  };
  CHECK(names("adam", 0) == "step exp_avg.w exp_avg_sq.w ");
  CHECK(names("sgd", 0) == "step ");
  CHECK(names("sgd", 0.9) == "step momentum_buffer.w ");
  CHECK(names("adagrad", 0) == "step sum.w ");
  CHECK(names("rmsprop", 0) == "step square_avg.w ");
}

TEST_CASE("options come from RecBole's keys; what has no meaning is refused") {
  const OptimizerOptions options =
      optimizer_options(config_with({"learner=sgd", "learning_rate=0.5", "momentum=0.9", "weight_decay=1e-4"}));
  CHECK(options.learner == "sgd");
  CHECK(options.learning_rate == 0.5);
  CHECK(options.momentum == 0.9);
  CHECK(options.weight_decay == 1e-4);
  CHECK(options.clip_grad_value == 0);

  const auto read = [](const data::Config& config) { optimizer_options(config); };
  CHECK(option_error({"momentum=0.9"}, read) == "momentum (--set): got 0.9, expected 0, or learner: sgd");
  CHECK(option_error({"learner=sparse_adam", "weight_decay=0.1"}, read) ==
        "weight_decay (--set): got 0.1, expected 0 with learner: sparse_adam");
  CHECK(option_error({"clip_grad_value=0"}, read) == "clip_grad_value (--set): got 0, expected a number above 0");
  CHECK_THROWS_WITH_AS(Optimizer({}, {.learner = "adamm"}), "unknown learner 'adamm' (did you mean 'adam'?)",
                       ConfigError);
}

TEST_CASE("clipping by the norm of all gradients together equals PyTorch's") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<std::tuple<double, double, std::vector<double>, std::vector<double>>> cases = {
      {2.0,
       2.6457513110645907,
       {0.037796433015213834, -0.07559286603042767, 0.11338929904564149, 0.0, 0.18898216507606916,
        -0.22677859809128298},
       {0.5669464952282075, -0.7559286603042766}},
      {1.0,
       5.2,
       {0.019230765532545088, -0.038461531065090176, 0.057692296597635265, 0.0, 0.09615382766272544,
        -0.11538459319527053},
       {0.2884614829881763, -0.38461531065090176}},
      {3.0,
       2.2735469528241055,
       {0.043984117368531514, -0.08796823473706303, 0.13195235210559453, 0.0, 0.21992058684265756,
        -0.26390470421118906},
       {0.6597617605279726, -0.8796823473706302}},
      {inf,
       2.0,
       {0.0499999750000125, -0.099999950000025, 0.14999992500003748, 0.0, 0.2499998750000625, -0.29999985000007495},
       {0.7499996250001875, -0.99999950000025}}};
  for (const auto& [norm_type, norm, first, second] : cases) {
    Variable a = make_parameter(), b(Tensor::zeros({2}, DType::F64), true);
    give_grad(a, Tensor::from(kGrads[0], {3, 2}));
    give_grad(b, Tensor::from({1.5, -2.0}, {2}));
    Parameters parameters = {{"a", a}, {"b", b}, {"without a gradient", make_parameter()}};
    CHECK(clip_norm(parameters, {1.0, norm_type}) == doctest::Approx(norm).epsilon(1e-12));
    check_close(a.grad().dense(), first);
    check_close(b.grad().dense(), second);
    CHECK(clip_norm(parameters, {100.0, norm_type}) < 1.0 + 1e-9);
    check_close(b.grad().dense(), second);  // within the limit nothing changes
  }
}

TEST_CASE("clipping by norm keeps a row-sparse gradient sparse") {
  Variable a = make_parameter();
  give_rows(a, {0, 2}, kGrads[0]);
  Parameters parameters = {{"a", a}};
  CHECK(clip_norm(parameters, {0.1, 2}) == doctest::Approx(std::sqrt(0.01 + 0.04 + 0.25 + 0.36)));
  CHECK(a.grad().is_sparse());
}

TEST_CASE("clipping by value leaves smaller elements exactly as they are") {
  const Tensor grad = Tensor::from({0.1, -0.3, 7.0, -1e30, 0.0, 0.5}, {3, 2});
  const auto clipped = clip_value(grad, 0.5).to_vector<double>();
  CHECK(clipped[0] == 0.1);
  CHECK(clipped[1] == -0.3);
  CHECK(clipped[2] == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(clipped[3] == doctest::Approx(-0.5).epsilon(1e-15));
  CHECK(clipped[4] == 0.0);
  CHECK(clipped[5] == 0.5);
  // and an optimiser with the option takes such steps
  Variable parameter = make_parameter();
  Optimizer optimizer({{"w", parameter}}, {.learner = "sgd", .learning_rate = 1, .clip_grad_value = 0.25});
  give_grad(parameter, Tensor::from(kGrads[0], {3, 2}));
  optimizer.step();
  check_close(parameter.value(), {0.9, -1.8, 0.25, 3.0, 0.0, -0.5});
}

TEST_CASE("clip_grad_norm is RecBole's map") {
  const ClipNorm options = clip_norm_options(config_with({"clip_grad_norm={max_norm: 5, norm_type: 1}"}));
  CHECK(options.max_norm == 5);
  CHECK(options.norm_type == 1);
  CHECK(clip_norm_options(config_with({})).max_norm == 0);
  CHECK(std::isinf(clip_norm_options(config_with({"clip_grad_norm={max_norm: 5, norm_type: inf}"})).norm_type));
  const auto read = [](const data::Config& config) { clip_norm_options(config); };
  for (const char* bad :
       {"{max_norm: 0}", "{norm_type: 2}", "{max_norm: 5, norm_type: -1}", "{max_norm: 5, p: 2}", "{max_norm: [1]}"}) {
    const std::string message = option_error({concat("clip_grad_norm=", bad)}, read);
    CHECK_MESSAGE(message.find("clip_grad_norm (--set)") == 0, bad);
    CHECK(message.find("expected a map such as {max_norm: 5, norm_type: 2}, both above 0") != std::string::npos);
  }
}

TEST_CASE("schedules") {
  const Schedule step = schedule(config_with({"lr_scheduler=step", "lr_step_size=3", "lr_gamma=0.1"}));
  CHECK(step.rate(0.1, 0) == 0.1);
  CHECK(step.rate(0.1, 2) == 0.1);
  CHECK(step.rate(0.1, 3) == doctest::Approx(0.01));
  CHECK(step.rate(0.1, 6) == doctest::Approx(0.001));
  const Schedule exponential = schedule(config_with({"lr_scheduler=exponential", "lr_gamma=0.5"}));
  CHECK(exponential.rate(0.1, 0) == 0.1);
  CHECK(exponential.rate(0.1, 2) == 0.025);
  CHECK(schedule(config_with({})).rate(0.1, 100) == 0.1);
}

}  // namespace
}  // namespace seqrec::train

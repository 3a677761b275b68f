#include "optim/clip.h"

#include <cmath>
#include <limits>
#include <tuple>

#include "tests/message_of.h"
#include "tests/optim/given.h"

namespace seqrec::optim {
namespace {

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
    const Parameters parameters = {{"a", a}, {"b", b}, {"without a gradient", make_parameter()}};
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
  CHECK(clip_norm({{"a", a}}, {.max_norm = 0.1}) == doctest::Approx(std::sqrt(0.01 + 0.04 + 0.25 + 0.36)));
  CHECK(a.grad().is_sparse());
}

TEST_CASE("clipping by value gives exactly the elements or the limits") {
  Variable a = make_parameter(), without = make_parameter();
  give_grad(a, Tensor::from({0.1, -0.3, 7.0, -1e30, 0.0, 0.5}, {3, 2}));
  clip_value({{"a", a}, {"without a gradient", without}}, 0.5);
  CHECK(a.grad().dense().to_vector<double>() == std::vector<double>{0.1, -0.3, 0.5, -0.5, 0.0, 0.5});
  CHECK_FALSE(without.grad().defined());
}

TEST_CASE("clipping by value keeps a row-sparse gradient sparse") {
  Variable a = make_parameter();
  give_rows(a, {0, 2}, kGrads[0]);
  clip_value({{"a", a}}, 0.25);
  REQUIRE(a.grad().is_sparse());
  check_close(a.grad().sparse().values, {0.1, -0.2, 0.25, -0.25});
}

TEST_CASE("limits must be above 0") {
  CHECK(message_of<UsageError>([] { clip_value({}, 0); }) == "[clip_value] expected a limit above 0, got 0");
  CHECK(message_of<UsageError>([] { clip_norm({}, {}); }) ==
        "[clip_norm] expected max_norm and norm_type above 0, got 0 and 2");
}

}  // namespace
}  // namespace seqrec::optim

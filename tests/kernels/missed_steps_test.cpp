#include "kernels/missed_steps.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

constexpr std::int64_t kSteps = 400;

double learning_rate(std::int64_t step) { return step < 150 ? 1e-3 : 3e-3 / (1 + static_cast<double>(step % 50)); }

/// One step of a row [1, width] without a gradient, as it is taken with all others.
void take(OptimizerRule rule, const Tensor& p, const std::array<Tensor, 2>& slots, std::int64_t step) {
  const Tensor none({0, p.size(1)}, p.dtype());
  const ParameterSteps steps = {{none, Index(), p, slots, step}};
  std::visit([&](auto& options) { options.learning_rate = learning_rate(step); }, rule);
  if (const auto* sgd = std::get_if<SgdOptions>(&rule)) sgd_step(*sgd, steps);
  if (const auto* adam = std::get_if<AdamOptions>(&rule)) adam_step(*adam, steps);
  if (const auto* adagrad = std::get_if<AdagradOptions>(&rule)) adagrad_step(*adagrad, steps);
  if (const auto* rmsprop = std::get_if<RmspropOptions>(&rule)) rmsprop_step(*rmsprop, steps);
}

std::vector<OptimizerRule> rules() {
  std::vector<OptimizerRule> all;
  for (const double decay : {0., 0.1, 1e-9}) {  // with 1e-9 the factor of AdamW's rounds to 1 at some rates
    for (const double momentum : {0., 0.9, 0.3}) all.push_back(SgdOptions{1, momentum, decay});
    for (const bool decoupled : {false, true}) all.push_back(AdamOptions{1, 0.9, 0.999, 1e-8, decay, decoupled});
    all.push_back(AdamOptions{1, 0.3, 0.5, 1e-8, decay});  // moments become subnormal
    all.push_back(AdamOptions{1, 0.9, 0.99, 0, decay});    // 0 / 0 where nothing is kept
    all.push_back(AdamOptions{1, 0, 0, 1e-8, decay});
    all.push_back(AdagradOptions{1, 1e-10, decay});
    all.push_back(RmspropOptions{1, 0.99, 1e-8, decay});
    all.push_back(RmspropOptions{1, 0.9, 0, decay});
  }
  return all;
}

/// Rows of every size of number, some of what is kept 0, and signed zeros.
Tensor start(const Shape& shape, DType dtype, std::uint64_t part, bool squares) {
  Tensor x = random_tensor(shape, DType::F64, part);
  const auto values = x.span<double>();
  Random random(random_stream(9, Purpose::Test, part));
  for (double& value : values) {
    const std::uint32_t kind = random.below(8);
    if (kind == 0) value = 0;
    if (kind == 1) value = std::copysign(0.0, -1);
    if (kind >= 2)
      value *= std::pow(10.0, -static_cast<double>(random.below(dtype == DType::F32 ? 44 : 310)) / (kind == 2 ? 1 : 8));
    if (squares) value = std::abs(value);
  }
  const std::int64_t width = shape[1];
  for (std::int64_t i = 0; i < 2 * width; ++i) values[i] = part == 1 ? values[i] : 0;  // rows that never had a gradient
  return convert(x, dtype);
}

}  // namespace

TEST_CASE("steps that are made up for leave the bits of steps that were taken, one by one") {
  for_each_variant([] {
    for (const DType dtype : kFloats)
      for (const std::int64_t width : {5, 67})
        for (const OptimizerRule& rule : rules()) {
          CAPTURE(rule.index());
          CAPTURE(width);
          const Shape shape{9, width};
          const bool adam = rule.index() == 1;
          const Tensor p = start(shape, dtype, 1, false), a = start(shape, dtype, 2, rule.index() > 1),
                       b = start(shape, dtype, 3, true);
          const Tensor expected[] = {clone(p), clone(a), clone(b)};
          std::vector<double> rates;
          for (std::int64_t step = 8; step <= kSteps; ++step) rates.push_back(learning_rate(step));
          const MissedSteps missed{p,     {a, adam ? b : Tensor()}, {8, 1, 0, 3, 2, 6}, {393, 5, 7, 16, 1, 33}, rates,
                                   kSteps};
          for (std::size_t i = 0; i < missed.rows.size(); ++i) {
            const std::int64_t row = missed.rows[i];
            const auto of = [&](int k) { return expected[k].slice(0, row, row + 1); };
            for (std::int64_t step = kSteps - missed.missed[i] + 1; step <= kSteps; ++step)
              take(rule, of(0), {of(1), adam ? of(2) : Tensor()}, step);
          }
          make_up(rule, missed);
          check_same(p, expected[0]);
          check_same(a, expected[1]);
          check_same(b, expected[2]);
        }
  });
}

TEST_CASE("where a parameter no longer moves, what is kept for it still decays") {
  Tensor p = Tensor::from<float>({1, -1, 0.5f, 2}, {2, 2}), m = Tensor::from<float>({1e-3f, -1e-3f, 0, 0}, {2, 2});
  Tensor v = Tensor::from<float>({1e-4f, 1e-4f, 0, 0}, {2, 2});
  const std::vector<double> rates(1000, 1e-3);
  const auto after = [&](std::int32_t steps, std::int64_t last) {
    make_up(AdamOptions{1}, {p, {m, v}, {0, 1}, {steps, steps}, rates, last});
    return p.to_vector<float>();
  };
  const std::vector<float> moved = after(1000, 1000);
  const float kept = v.at<float>({0, 0});
  CHECK(moved[0] < 1);
  CHECK(moved[3] == 2);
  CHECK(after(1000, 2000) == moved);
  CHECK(v.at<float>({0, 0}) == doctest::Approx(kept * std::pow(0.999, 1000)).epsilon(1e-3));
}

TEST_CASE("a row rests where no step without a gradient changes it any more") {
  const std::vector<double> rates(40, 1e-3);
  const auto rest = [&](const OptimizerRule& rule, std::vector<float> a) {
    const Tensor p = Tensor::from<float>({1, 2, 3, -4}, {2, 2}), slot = Tensor::from(a, {2, 2}), b = clone(slot);
    return make_up(rule, {p, {slot, b}, {0, 1}, {40, 3}, rates, 40});
  };
  using Rest = std::vector<std::uint8_t>;
  CHECK(rest(AdamOptions{}, {0, 0, 0, 0}) == Rest{1, 1});
  CHECK(rest(AdamOptions{}, {0, 0, 0, 1e-20f}) == Rest{1, 0});
  CHECK(rest(AdamOptions{1, 0.9, 0.999, 1e-8, 0.1}, {0, 0, 0, 0}) == Rest{0, 0});
  CHECK(rest(AdamOptions{1, 0.9, 0.999, 1e-8, 1e-9, true}, {0, 0, 0, 0}) == Rest{0, 0});
  CHECK(rest(RmspropOptions{1}, {0, 0, 0, 1e-20f}) == Rest{1, 0});
  CHECK(rest(SgdOptions{1, 0.9}, {0, 0, 1e-30f, 0}) == Rest{1, 0});
}

TEST_CASE("which rules move rows without a gradient") {
  CHECK(moves_other_rows(AdamOptions{}));
  CHECK(moves_other_rows(RmspropOptions{}));
  CHECK(moves_other_rows(SgdOptions{1, 0.9}));
  CHECK(moves_other_rows(SgdOptions{1, 0, 0.1}));
  CHECK(moves_other_rows(AdagradOptions{1, 1e-10, 0.1}));
  CHECK_FALSE(moves_other_rows(SgdOptions{}));
  CHECK_FALSE(moves_other_rows(AdagradOptions{}));
}

TEST_CASE("missed steps that don't fit are refused") {
  const Tensor p = Tensor::zeros({3, 2}), slot = Tensor::zeros({3, 2}), wrong = Tensor::zeros({2, 2});
  const std::vector<double> rates = {1e-3, 1e-3};
  const auto text = [&](const MissedSteps& steps) { return message_of([&] { make_up(AdamOptions{}, steps); }); };
  CHECK(text({Tensor::zeros({3}, DType::I32), {slot, slot}, {0}, {1}, rates, 2}) ==
        "[make_up] parameter: expected contiguous rows of numbers");
  CHECK(text({p, {slot, wrong}, {0}, {1}, rates, 2}) == "[make_up] slot 1: expected f32 (3, 2)");
  CHECK(text({p, {slot, slot}, {0, 1}, {1}, rates, 2}) == "[make_up] missed: expected 2 numbers, got 1");
  CHECK(text({p, {slot, slot}, {0}, {1}, rates, 1}) == "[make_up] step: expected at least 2, got 1");
  CHECK(text({p, {slot, slot}, {3}, {1}, rates, 2}) == "[make_up] rows: expected ids below 3, got 3");
  CHECK(text({p, {slot, slot}, {-1}, {1}, rates, 2}) == "[make_up] rows: expected ids below 3, got -1");
  CHECK(text({p, {slot, slot}, {0}, {3}, rates, 2}) == "[make_up] missed: expected 0 to 2, got 3");
  CHECK(make_up(AdamOptions{}, {p, {slot, slot}, {}, {}, rates, 2}).empty());
  make_up(AdamOptions{}, {Tensor::zeros({0, 2}), {Tensor::zeros({0, 2}), Tensor::zeros({0, 2})}, {}, {}, {}, 1});
}

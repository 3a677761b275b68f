#include "kernels/missed_steps.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/optimizer.h"
#include "kernels/optimizer_rules.h"
#include "kernels/visit.h"

namespace seqrec::kernels {
namespace {

template <class T>
bool make_up_row(const SgdFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m, T*) {
  return cpu::sgd_make_up<T>(f, steps, n, p, m);
}
template <class T>
bool make_up_row(const AdamFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m, T* v) {
  return cpu::adam_make_up<T>(f, steps, n, p, m, v);
}
template <class T>
bool make_up_row(const AdagradFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s, T*) {
  return cpu::adagrad_make_up<T>(f, steps, n, p, s);
}
template <class T>
bool make_up_row(const RmspropFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s, T*) {
  return cpu::rmsprop_make_up<T>(f, steps, n, p, s);
}

/// The factors of the last `count` steps.
template <class T, class Options>
auto factors_of_steps(Options options, const MissedSteps& steps, std::int64_t count) {
  std::vector<decltype(factors_of<T>(options, 1))> factors;
  for (std::int64_t back = count - 1; back >= 0; --back) {
    options.learning_rate = steps.learning_rates[steps.learning_rates.size() - 1 - static_cast<std::size_t>(back)];
    factors.push_back(factors_of<T>(options, steps.step - back));
  }
  return factors;
}

template <class T, class Options>
void make_up_rows(const Options& options, const MissedSteps& steps, std::vector<std::uint8_t>& rest) {
  const std::int64_t longest = *std::ranges::max_element(steps.missed);
  const auto factors = factors_of_steps<T>(options, steps, longest);
  const std::int64_t width = steps.parameter.numel() / steps.parameter.size(0);
  std::array<T*, 2> slots = {};
  for (int k = 0; k < slots_of(options); ++k) slots[k] = steps.slots[k].template data<T>();
  constexpr std::int64_t kStepCost = 4;  // of an element, in elements that are read and written
  cpu::for_rows(std::ssize(steps.rows), kStepCost * width, [&](std::int64_t i) {
    const std::int64_t place = steps.rows[i] * width, missed = steps.missed[i];
    const auto at_row = [&](T* data) { return data ? data + place : nullptr; };
    rest[static_cast<std::size_t>(i)] =
        make_up_row<T>(factors.data() + (longest - missed), missed, width, steps.parameter.template data<T>() + place,
                       at_row(slots[0]), at_row(slots[1]));
  });
}

void check_missed(const MissedSteps& steps, int slots) {
  const Tensor& p = steps.parameter;
  require<ShapeError>(p.defined() && p.rank() >= 1 && is_float(p.dtype()) && p.is_contiguous(),
                      "[make_up] parameter: expected contiguous rows of numbers");
  require<DeviceError>(p.device() == kCpu, "[make_up] is for the CPU, got ", p.device());
  for (int k = 0; k < slots; ++k) {
    const Tensor& slot = steps.slots[static_cast<std::size_t>(k)];
    require<ShapeError>(slot.defined() && slot.shape() == p.shape() && slot.dtype() == p.dtype() &&
                            slot.device() == kCpu && slot.is_contiguous(),
                        "[make_up] slot ", k, ": expected ", p.dtype(), " ", p.shape());
  }
  require<ShapeError>(steps.rows.size() == steps.missed.size(), "[make_up] missed: expected ", steps.rows.size(),
                      " numbers, got ", steps.missed.size());
  const auto most = static_cast<std::int64_t>(steps.learning_rates.size());
  require<UsageError>(steps.step >= most, "[make_up] step: expected at least ", most, ", got ", steps.step);
  for (const std::int32_t row : steps.rows)
    require<ShapeError>(0 <= row && row < p.size(0), "[make_up] rows: expected ids below ", p.size(0), ", got ", row);
  for (const std::int32_t missed : steps.missed)
    require<UsageError>(0 <= missed && missed <= most, "[make_up] missed: expected 0 to ", most, ", got ", missed);
}

}  // namespace

bool moves_other_rows(const OptimizerRule& rule) {
  return std::visit([](const auto& options) { return !skips_rows(options); }, rule);
}

std::vector<std::uint8_t> make_up(const OptimizerRule& rule, const MissedSteps& steps) {
  std::vector<std::uint8_t> rest(steps.rows.size());
  std::visit(
      [&](const auto& options) {
        check_missed(steps, slots_of(options));
        if (steps.rows.empty() || steps.parameter.numel() == 0) return;
        visit_real(steps.parameter.dtype(), "make_up",
                   [&](auto t) { make_up_rows<decltype(t)>(options, steps, rest); });
      },
      rule);
  return rest;
}

}  // namespace seqrec::kernels

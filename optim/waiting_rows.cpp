#include "optim/waiting_rows.h"

#include <numeric>

namespace seqrec::optim {

WaitingRows::WaitingRows(const kernels::OptimizerRule& rule, const std::array<Tensor, 2>& slots)
    : rule_(rule), slots_(slots) {}

void WaitingRows::make_up(const Tensor& value) {
  constexpr std::int64_t kRows = 1 << 16;  // at once
  if (all_ == now_) return;
  std::vector<std::int32_t> ids;
  for (std::int64_t begin = 0, rows = value.size(0); begin < rows; begin += kRows) {
    ids.resize(static_cast<std::size_t>(std::min(kRows, rows - begin)));
    std::iota(ids.begin(), ids.end(), static_cast<std::int32_t>(begin));
    make_up_rows(value, ids);
  }
  all_ = now_;
  learning_rates_.clear();
}

void WaitingRows::make_up(const Tensor& value, const Index& ids) {
  if (all_ == now_ || ids.bound() > value.size(0)) return;  // ids that are no rows the reader refuses
  make_up_rows(value, ids.host());
}

void WaitingRows::make_up_rows(const Tensor& value, std::span<const std::int32_t> rows) {
  kernels::MissedSteps missed{value, slots_, {}, {}, learning_rates_, step_};
  for (const std::int32_t row : rows) {
    std::int64_t& last = last_[static_cast<std::size_t>(row)];
    const std::int64_t steps = now_ - std::max(last, all_);
    if (steps <= 0) continue;
    missed.rows.push_back(row);
    missed.missed.push_back(static_cast<std::int32_t>(steps));
    last = now_;
  }
  const std::vector<std::uint8_t> rests = kernels::make_up(rule_, missed);
  for (std::size_t i = 0; i < rests.size(); ++i) {
    if (rests[i] == 0) continue;
    last_[static_cast<std::size_t>(missed.rows[i])] = kRests;
    some_rest_ = true;
  }
}

void WaitingRows::miss(const autograd::RowSparse& grad, std::int64_t step, double learning_rate) {
  if (last_.empty()) last_.resize(static_cast<std::size_t>(grad.shape[0]));
  ++now_;
  step_ = step;
  learning_rates_.push_back(learning_rate);
  for (const std::int32_t row : grad.ids.host()) last_[static_cast<std::size_t>(row)] = now_;
}

void WaitingRows::forget_rest() {
  if (some_rest_) std::ranges::replace(last_, kRests, now_);
  some_rest_ = false;
}

}  // namespace seqrec::optim

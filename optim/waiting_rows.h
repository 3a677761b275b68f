#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "autograd/gradient.h"
#include "autograd/pending_rows.h"
#include "kernels/missed_steps.h"

namespace seqrec::optim {

/// The rows of one parameter that a step left alone, since they had no gradient. They get that step, to the same bits,
/// when they are read: so the work of a step is that of the rows that take part in it.
class WaitingRows : public autograd::PendingRows {
 public:
  /// `slots`: what the optimiser keeps for the parameter.
  WaitingRows(const kernels::OptimizerRule& rule, const std::array<Tensor, 2>& slots);

  void make_up(const Tensor& value) override;
  void make_up(const Tensor& value, const Index& ids) override;

  /// A step of all rows but those of the gradient, which have it and must have missed none before.
  void miss(const autograd::RowSparse& grad, std::int64_t step, double learning_rate);
  /// Whether so many steps are missed that it is time to make up for them all: each is remembered.
  bool full() const { return learning_rates_.size() >= kMostSteps; }
  /// Others may have written into the slots, or a step have moved all rows.
  void forget_rest();

 private:
  static constexpr std::size_t kMostSteps = 1024;
  /// The last step of a row that rests: it needs no other until it has a gradient.
  static constexpr std::int64_t kRests = std::numeric_limits<std::int64_t>::max();

  void make_up_rows(const Tensor& value, std::span<const std::int32_t> rows);

  kernels::OptimizerRule rule_;
  std::array<Tensor, 2> slots_;
  std::vector<double> learning_rates_;  // of the steps since `all_`
  std::int64_t step_ = 0;               // the optimiser's number of the last of them
  // Counted here from 1 on, whatever an optimiser's state is set to.
  std::int64_t now_ = 0, all_ = 0;  // the last step; the last one that all rows have had
  std::vector<std::int64_t> last_;  // the last step that each row is known to have had
  bool some_rest_ = false;
};

}  // namespace seqrec::optim

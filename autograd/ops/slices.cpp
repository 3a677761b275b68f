#include "autograd/ops/slices.h"

#include <algorithm>

#include "autograd/node.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"

namespace seqrec::autograd {
namespace {

Tensor sum_of_values(std::int64_t count, const std::function<Tensor(std::int64_t)>& value) {
  Tensor total = kernels::clone(value(0));
  for (std::int64_t i = 1; i < count; ++i) kernels::add_scaled(1.0, value(i), total);
  return total;
}

/// Exchanges the gradients that leaves have collected with others, and back at the end.
class GradientsScope {
 public:
  explicit GradientsScope(const std::vector<Variable>& leaves) : leaves_(leaves), others_(leaves.size()) { exchange(); }
  ~GradientsScope() {
    if (!done_) exchange();
  }
  GradientsScope(const GradientsScope&) = delete;
  GradientsScope& operator=(const GradientsScope&) = delete;
  /// What the leaves have collected since.
  std::vector<Gradient> take() {
    exchange();
    done_ = true;
    return std::move(others_);
  }

 private:
  void exchange() {
    for (std::size_t i = 0; i < leaves_.size(); ++i) std::swap(leaves_[i].state()->grad, others_[i]);
  }
  const std::vector<Variable>& leaves_;
  std::vector<Gradient> others_;
  bool done_ = false;
};

Tensor times(const Tensor& values, const Tensor& factor) {
  Tensor out = empty_like(values);
  kernels::binary(kernels::Binary::Mul, values, factor, out);
  return out;
}

}  // namespace

// y = sum of f_i(p): dp = dy sum of f_i'(p), made with the forward
Variable sum_of_slices(const std::vector<Variable>& parameters, std::int64_t count,
                       const std::function<Variable(std::int64_t)>& slice) {
  require<UsageError>(count > 0, "[sum_of_slices] needs at least one slice");
  require<UsageError>(std::all_of(parameters.begin(), parameters.end(), [](const Variable& p) { return p.is_leaf(); }),
                      "[sum_of_slices] parameters must be leaves");
  if (kTraining && recording() && detail::any_requires_grad(parameters)) {
    GradientsScope scope(parameters);
    const Tensor total = sum_of_values(count, [&](std::int64_t i) {
      const Variable loss = slice(i);
      if (loss.requires_grad()) backward(loss);
      return loss.value();
    });
    return record("sum_of_slices", std::span(parameters), total, [grads = scope.take()](Backward& b) {
      for (std::size_t i = 0; i < grads.size(); ++i) {
        if (!grads[i].defined()) continue;
        if (!grads[i].is_sparse()) {
          b.give(i, times(grads[i].dense(), b.grad()));
        } else {
          const RowSparse& rows = grads[i].sparse();
          b.give(i, RowSparse{rows.shape, rows.ids, times(rows.values, b.grad())});
        }
      }
    });
  }
  return Variable(sum_of_values(count, [&](std::int64_t i) { return slice(i).value(); }));
}

}  // namespace seqrec::autograd

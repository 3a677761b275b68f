#include "autograd/ops/cross_entropy.h"

#include "autograd/one.h"
#include "kernels/copy.h"
#include "kernels/cross_entropy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {

// l = lse(x) - x_t: dx = dl (softmax(x) - onehot(t))
Variable cross_entropy(const Variable& logits, const Index& targets) {
  const Tensor x = kernels::contiguous(logits.value());
  Tensor losses({targets.size()}, x.dtype(), x.device());
  kernels::cross_entropy(x, targets, losses);
  return record("cross_entropy", {logits}, losses, [x, targets](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::cross_entropy_backward(x, targets, b.grad(), grad);
    b.give(0, grad);
  });
}

namespace {

/// The sum of the losses of a kernel that makes the gradients of that sum in the same pass.
template <class Kernel>
Variable sum_of_losses(const char* op, const Variable& hidden, const Variable& table, Kernel&& kernel) {
  const Tensor h = kernels::contiguous(hidden.value()), e = kernels::contiguous(table.value());
  require<ShapeError>(h.rank() == 2, "[", op, "] expected hidden [rows, width], got ", h.shape());
  const bool keep = recording();
  Tensor losses({h.size(0)}, h.dtype(), h.device());
  Tensor grad_hidden = keep && hidden.requires_grad() ? empty_like(h) : Tensor();
  Tensor grad_table = keep && table.requires_grad() ? empty_like(e) : Tensor();
  kernel(h, e, losses, grad_hidden, grad_table);
  Tensor loss({1}, h.dtype(), h.device());
  kernels::sum(losses, loss);
  return record(op, {hidden, table}, loss.reshape({}), [grad_hidden, grad_table](Backward& b) {
    std::size_t input = 0;
    for (Tensor grad : {grad_hidden, grad_table}) {
      if (grad.defined()) {
        if (!is_one(b.grad())) kernels::binary(kernels::Binary::Mul, grad, b.grad(), grad);
        b.give(input, grad);
      }
      ++input;
    }
  });
}

/// Rows of a table as classes, of which the first is row `first`.
Index classes_of(const char* name, const Index& rows, std::int64_t first) {
  if (first == 0) return rows;
  std::vector<std::int32_t> classes;
  for (const std::int32_t row : rows.host()) {
    require<ShapeError>(row >= first, "[catalogue_cross_entropy] ", name, ": expected ids from ", first, " on, got ",
                        row);
    classes.push_back(row - static_cast<std::int32_t>(first));
  }
  return Index(std::move(classes));
}

}  // namespace

// With p = softmax(h E^T) - onehot(t): dh = dl / rows p E, dE = dl / rows p^T h, both made with the forward
Variable catalogue_cross_entropy(const Variable& hidden, const Variable& table, const Index& targets,
                                 std::int64_t first_class, const Index& excluded) {
  require<ShapeError>(targets.size() > 0, "[catalogue_cross_entropy] needs at least one row");
  const Index classes = classes_of("targets", targets, first_class);
  const Index others = classes_of("excluded", excluded, first_class);
  const double share = 1.0 / static_cast<double>(targets.size());
  return sum_of_losses("catalogue_cross_entropy", hidden, table,
                       [&](const Tensor& h, const Tensor& e, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
                         const std::int64_t rows = e.size(0);
                         Tensor grad_classes;
                         if (grad_table.defined()) {
                           Tensor others = grad_table.slice(0, 0, first_class);
                           kernels::fill(0.0, others);
                           grad_classes = grad_table.slice(0, first_class, rows);
                         }
                         kernels::catalogue_cross_entropy(h, e.slice(0, first_class, rows), classes, others, share,
                                                          losses, grad_hidden, grad_classes);
                       });
}

// With p = sigmoid(h E^T) - t: dh = dl p E, dE = dl p^T h, both made with the forward
Variable catalogue_binary_cross_entropy(const Variable& hidden, const Variable& table, const Index& classes,
                                        const Windows& windows) {
  return sum_of_losses("catalogue_binary_cross_entropy", hidden, table,
                       [&](const Tensor& h, const Tensor& e, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
                         kernels::catalogue_binary_cross_entropy(h, e, classes, windows, 1.0, losses, grad_hidden,
                                                                 grad_table);
                       });
}

// l = max(x, 0) - x t + log(1 + exp(-|x|)): dx = dl (sigmoid(x) - t)
Variable binary_cross_entropy(const Variable& logits, const Tensor& targets) {
  const Tensor x = kernels::contiguous(logits.value());
  Tensor losses = empty_like(x);
  kernels::binary_cross_entropy(x, targets, losses);
  return record("binary_cross_entropy", {logits}, losses, [x, targets](Backward& b) {
    Tensor grad = empty_like(x);
    kernels::binary_cross_entropy_backward(x, targets, b.grad(), grad);
    b.give(0, grad);
  });
}

}  // namespace seqrec::autograd

#include "kernels/cross_entropy.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::cross_entropy(const Tensor& logits, const Index& targets, Tensor& losses) {
  const Arguments arguments{"cross_entropy"};
  arguments.floating("logits", logits);
  arguments.rank("logits", logits, 2);
  arguments.ids("targets", targets, logits.size(0), logits.size(1));
  arguments.result("losses", losses, {logits.size(0)}, logits.dtype());
}

void check::cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                                   Tensor& grad_logits) {
  const Arguments arguments{"cross_entropy_backward"};
  arguments.floating("logits", logits);
  arguments.rank("logits", logits, 2);
  arguments.ids("targets", targets, logits.size(0), logits.size(1));
  arguments.input("grad_losses", grad_losses, {logits.size(0)}, logits.dtype());
  arguments.result("grad_logits", grad_logits, logits.shape(), logits.dtype());
}

void check::catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets,
                                    const Index& excluded, double /*scale*/, Tensor& losses, Tensor& grad_hidden,
                                    Tensor& grad_table) {
  const Arguments arguments{"catalogue_cross_entropy"};
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  arguments.rank("table", table, 2);
  arguments.input("table", table, {table.size(0), hidden.size(1)}, hidden.dtype());
  arguments.ids("targets", targets, hidden.size(0), table.size(0));
  if (excluded.size() > 0) arguments.ids("excluded", excluded, hidden.size(0), table.size(0) + 1);
  for (std::int64_t i = 0; i < excluded.size(); ++i)
    require<ShapeError>(excluded[i] != targets[i],
                        "[catalogue_cross_entropy] excluded: expected other classes than the ", "targets, got ",
                        targets[i], " for row ", i);
  arguments.result("losses", losses, {hidden.size(0)}, hidden.dtype());
  if (grad_hidden.defined()) arguments.result("grad_hidden", grad_hidden, hidden.shape(), hidden.dtype());
  if (grad_table.defined()) arguments.result("grad_table", grad_table, table.shape(), hidden.dtype());
}

void check::binary_cross_entropy(const Tensor& logits, const Tensor& targets, Tensor& losses) {
  const Arguments arguments{"binary_cross_entropy"};
  arguments.floating("logits", logits);
  arguments.input("targets", targets, logits.shape(), logits.dtype());
  arguments.result("losses", losses, logits.shape(), logits.dtype());
}

void check::binary_cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
                                          Tensor& grad_logits) {
  const Arguments arguments{"binary_cross_entropy_backward"};
  arguments.floating("logits", logits);
  arguments.input("targets", targets, logits.shape(), logits.dtype());
  arguments.input("grad_losses", grad_losses, logits.shape(), logits.dtype());
  arguments.result("grad_logits", grad_logits, logits.shape(), logits.dtype());
}

void check::catalogue_binary_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& classes,
                                           const Windows& windows, double /*scale*/, Tensor& losses,
                                           Tensor& grad_hidden, Tensor& grad_table) {
  const Arguments arguments{"catalogue_binary_cross_entropy"};
  arguments.floating("hidden", hidden);
  arguments.rank("hidden", hidden, 2);
  arguments.rank("table", table, 2);
  arguments.input("table", table, {table.size(0), hidden.size(1)}, hidden.dtype());
  arguments.ids("classes", classes, windows.values(), table.size(0));
  require<ShapeError>(windows.size() == hidden.size(0), "[catalogue_binary_cross_entropy] windows: expected ",
                      hidden.size(0), ", got ", windows.size());
  arguments.result("losses", losses, {hidden.size(0)}, hidden.dtype());
  if (grad_hidden.defined()) arguments.result("grad_hidden", grad_hidden, hidden.shape(), hidden.dtype());
  if (grad_table.defined()) arguments.result("grad_table", grad_table, table.shape(), hidden.dtype());
}

}  // namespace seqrec::kernels

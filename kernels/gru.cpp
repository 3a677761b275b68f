#include "kernels/gru.h"

#include "kernels/check.h"

namespace seqrec::kernels {

// Shared by both directions; the width is a third of the input's.
static std::int64_t check_cell(const Arguments& arguments, GruCell cell, const Tensor& input, const Tensor& scores,
                               const Windows& windows, const Tensor& w_hh) {
  arguments.floating("input", input);
  arguments.rank("input", input, 2);
  const std::int64_t width = input.size(1) / 3;
  arguments.input("input", input, {windows.values(), 3 * width}, input.dtype());
  if (cell != GruCell::Gru) arguments.input("scores", scores, {windows.entries()}, input.dtype());
  arguments.input("w_hh", w_hh, {3 * width, width}, input.dtype());
  return width;
}

void check::gru(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
                const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates) {
  const Arguments arguments{"gru"};
  const std::int64_t width = check_cell(arguments, cell, input, scores, windows, w_hh);
  arguments.input("b_ih", b_ih, {3 * width}, input.dtype());
  arguments.input("b_hh", b_hh, {3 * width}, input.dtype());
  arguments.result("states", states, {windows.entries(), width}, input.dtype());
  if (gates.defined()) arguments.result("gates", gates, {windows.entries(), 4 * width}, input.dtype());
}

void check::gru_backward(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows,
                         const Tensor& w_hh, const Tensor& states, const Tensor& gates, const Tensor& grad_states,
                         Tensor& grad_input, Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih,
                         Tensor& grad_b_hh) {
  const Arguments arguments{"gru_backward"};
  const std::int64_t width = check_cell(arguments, cell, input, scores, windows, w_hh);
  arguments.input("states", states, {windows.entries(), width}, input.dtype());
  arguments.input("gates", gates, {windows.entries(), 4 * width}, input.dtype());
  arguments.input("grad_states", grad_states, {windows.entries(), width}, input.dtype());
  arguments.result("grad_input", grad_input, {windows.values(), 3 * width}, input.dtype());
  if (cell != GruCell::Gru) arguments.result("grad_scores", grad_scores, {windows.entries()}, input.dtype());
  arguments.result("grad_w_hh", grad_w_hh, {3 * width, width}, input.dtype());
  arguments.result("grad_b_ih", grad_b_ih, {3 * width}, input.dtype());
  arguments.result("grad_b_hh", grad_b_hh, {3 * width}, input.dtype());
}

}  // namespace seqrec::kernels

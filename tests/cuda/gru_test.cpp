#include "kernels/gru.h"

#include "tests/cuda/gpu.h"
#include "tests/kernels/window_cases.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

constexpr GruCell kCells[] = {GruCell::Gru, GruCell::AiGru, GruCell::AGru, GruCell::AuGru, GruCell::AuGruAuthor};

/// Sums run over hundreds of entries and through as many steps as the longest window has.
constexpr double kForwardUlps = 300, kBackwardUlps = 2000;

/// What a cell reads, and what it should leave.
struct Cell {
  GruCell cell;
  Windows windows;
  std::int64_t width;
  DType dtype;
  Tensor input = random_tensor({windows.values(), 3 * width}, dtype, 1);
  Tensor scores = cell == GruCell::Gru ? Tensor() : random_tensor({windows.entries()}, dtype, 2, 0.3);
  Tensor w_hh = random_tensor({3 * width, width}, dtype, 3, 0.2);
  Tensor b_ih = random_tensor({3 * width}, dtype, 4), b_hh = random_tensor({3 * width}, dtype, 5);
  Tensor grad = random_tensor({windows.entries(), width}, dtype, 6);

  /// states and gates, then the gradients of input, scores, w_hh, b_ih and b_hh; what the backward reads is the CPU's.
  template <class Move>
  std::vector<Tensor> run(Device device, Move move) const {
    const auto result = [&](const Shape& shape) { return Tensor(shape, dtype, device); };
    Tensor states = result(grad.shape()), gates = result({windows.entries(), 4 * width});
    const Tensor a = scores.defined() ? move(scores) : scores;
    gru(cell, move(input), a, windows, move(w_hh), move(b_ih), move(b_hh), states, gates);
    Tensor grad_input = result(input.shape()), grad_scores = a.defined() ? result(scores.shape()) : Tensor(),
           grad_w = result(w_hh.shape()), grad_bi = result(b_ih.shape()), grad_bh = result(b_hh.shape());
    gru_backward(cell, move(input), a, windows, move(w_hh), states, gates, move(grad), grad_input, grad_scores, grad_w,
                 grad_bi, grad_bh);
    return {states, gates, grad_input, grad_scores, grad_w, grad_bi, grad_bh};
  }
};

Tensor to_gpu(const Tensor& tensor) { return to_device(tensor, gpu()); }

std::vector<Tensor> check_cell(const Cell& c, Tensor (*move)(const Tensor&) = to_gpu) {
  CAPTURE(static_cast<int>(c.cell));
  CAPTURE(c.width);
  CAPTURE(c.dtype);
  const std::vector<Tensor> expected = c.run(kCpu, [](const Tensor& tensor) { return tensor; });
  const std::vector<Tensor> got = c.run(gpu(), move);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    if (got[i].defined()) check_gpu(got[i], expected[i], i < 2 ? kForwardUlps : kBackwardUlps);
  }
  return got;
}

}  // namespace

TEST_CASE("cuda: all recurrent cells, of units that share threads and of those that don't" * many_shapes()) {
  if (!has_gpu()) return;
  const Windows windows = random_windows(40, 60, 9, 1);
  for (const DType dtype : kFloats)
    for (const GruCell cell : kCells)
      for (const std::int64_t width : {1, 5, 20, 33}) {
        check_cell({cell, windows, width, dtype});
        const cuda::GridLimitScope limit(2);  // a block walks group after group
        check_cell({cell, windows, width, dtype});
      }
}

TEST_CASE("cuda: recurrent cells of strided tensors, twice to the bit, and without gates") {
  if (!has_gpu()) return;
  const Windows windows = prefixes(3, 11, 7);
  for (const DType dtype : kFloats)
    for (const GruCell cell : kCells) {
      const Cell c{cell, windows, 8, dtype};
      check_cell(c, strided_on_gpu);
      const std::vector<Tensor> first = check_cell(c), again = c.run(gpu(), to_gpu);
      for (std::size_t i = 0; i < first.size(); ++i)
        if (first[i].defined()) check_same(to_device(again[i], kCpu), to_device(first[i], kCpu));
      Tensor states(c.grad.shape(), dtype, gpu()), gates;
      gru(cell, to_gpu(c.input), c.scores.defined() ? to_gpu(c.scores) : c.scores, windows, to_gpu(c.w_hh),
          to_gpu(c.b_ih), to_gpu(c.b_hh), states, gates);
      check_same(to_device(states, kCpu), to_device(first[0], kCpu));
    }
}

TEST_CASE("cuda: recurrent cells over windows of every kind, in groups of one pack of windows and of two" *
          many_shapes()) {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats)
    for (const GruCell cell : {GruCell::Gru, GruCell::AuGru}) {
      for (const Windows& windows :
           {Windows({}, {}, 5), Windows({0, 0}, {0, 0}, 0), Windows({2, 1}, {2, 1}, 3), Windows({1}, {2}, 3),
            Windows::adjacent({0, 3, 3, 10, 11}), random_windows(3, 60, 60, 3)})
        check_cell({cell, windows, 6, dtype});
      check_cell({cell, Windows::adjacent({0, 3, 3, 4}), 0, dtype});
      const cuda::PieceLimitScope limit(100);  // the biases' sums are of many pieces
      check_cell({cell, random_windows(400, 50, 5, 4), 16, dtype});
    }
}

TEST_CASE("cuda: recurrent cells whose weights fill a block's shared memory, and those whose weights don't fit" *
          many_shapes()) {
  if (!has_gpu()) return;
  const Windows windows = random_windows(9, 12, 4, 5);
  for (const DType dtype : kFloats) {
    for (const GruCell cell : kCells)
      for (const std::int64_t width : {dtype == DType::F32 ? 128 : 90, dtype == DType::F32 ? 150 : 102})
        check_cell({cell, windows, width, dtype});
    check_cell({GruCell::AuGru, windows, 600, dtype});
  }
}

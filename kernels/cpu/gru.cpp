#include "kernels/gru.h"

#include <algorithm>
#include <span>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/gru.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 64;  // windows that step together, so that W_hh h is a product of matrices

/// The windows by falling length, in blocks: those that still have a step left are the first of a block.
class Blocks {
 public:
  explicit Blocks(const Windows& windows) : windows_(windows), order_(windows.by_length().host()) {}

  std::int64_t size() const { return num_ranges(windows_.size(), kBlock); }
  std::int64_t steps(std::int64_t block) const { return windows_.length(window(block, 0)); }
  /// How many of a block's windows have a step `step`.
  std::int64_t active(std::int64_t block, std::int64_t step) const {
    const auto begin = order_.begin() + block * kBlock;
    const auto end = begin + std::min(kBlock, windows_.size() - block * kBlock);
    return std::partition_point(begin, end, [&](std::int32_t w) { return windows_.length(w) > step; }) - begin;
  }
  std::int64_t entry(std::int64_t block, std::int64_t i, std::int64_t step) const {
    return windows_.offsets()[window(block, i)] + step;
  }
  std::int64_t value(std::int64_t block, std::int64_t i, std::int64_t step) const {
    return windows_.begin()[window(block, i)] + step;
  }

 private:
  std::int32_t window(std::int64_t block, std::int64_t i) const { return order_[block * kBlock + i]; }
  const Windows& windows_;
  std::span<const std::int32_t> order_;
};

}  // namespace

void gru(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
         const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates) {
  const std::int64_t width = states.size(1);
  if (states.numel() == 0) return;
  visit_real(input.dtype(), "gru", [&](auto t) {
    using T = decltype(t);
    const Tensor x = contiguous(input), a = scores.defined() ? contiguous(scores) : scores, bi = contiguous(b_ih),
                 bh = contiguous(b_hh);
    const Packed<T> weight(width, 3 * width, strided<T>(w_hh.transpose(0, 1)));
    const Blocks blocks(windows);
    for_ranges(blocks.size(), 1, [&](std::int64_t from, std::int64_t to) {
      const Workspace<T> h(kBlock * width), hidden(kBlock * 3 * width);
      for (std::int64_t block = from; block < to; ++block) {
        std::fill_n(h.data(), kBlock * width, T(0));
        for (std::int64_t step = 0; step < blocks.steps(block); ++step) {
          const std::int64_t active = blocks.active(block, step);
          gemm_packed<T>(active, 3 * width, width, T{1}, {h.data(), width, 1}, weight.data(), false, hidden.data(),
                         3 * width);
          for (std::int64_t i = 0; i < active; ++i) {
            const std::int64_t e = blocks.entry(block, i, step);
            T* state = h.data() + i * width;
            gru_step<T>(cell, width, a.defined() ? a.data<T>()[e] : T{1},
                        x.data<T>() + blocks.value(block, i, step) * 3 * width, bi.data<T>(),
                        hidden.data() + i * 3 * width, bh.data<T>(), state,
                        gates.defined() ? gates.data<T>() + e * 4 * width : nullptr);
            std::copy_n(state, width, states.data<T>() + e * width);
          }
        }
      }
    });
  });
}

void gru_backward(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
                  const Tensor& states, const Tensor& gates, const Tensor& grad_states, Tensor& grad_input,
                  Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih, Tensor& grad_b_hh) {
  const std::int64_t width = states.size(1);
  if (width == 0) {
    if (grad_scores.defined()) fill(0, grad_scores);
    return;
  }
  visit_real(input.dtype(), "gru_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor x = contiguous(input), a = scores.defined() ? contiguous(scores) : scores, kept = contiguous(gates),
                 h = contiguous(states), grads = contiguous(grad_states);
    const Packed<T> weight(3 * width, width, strided<T>(w_hh));
    const Blocks blocks(windows);
    const std::int64_t gate_width = 3 * width, weights = gate_width * width;
    const Workspace<T> by_entry(windows.entries() * gate_width);
    const PartialSums<T> sums(blocks.size(), 1, weights + 2 * gate_width);  // of w_hh, b_ih, b_hh
    sums.over([&](std::int64_t from, std::int64_t to, T* grad_weight) {
      T *grad_bi = grad_weight + weights, *grad_bh = grad_bi + gate_width;
      std::fill(grad_weight, grad_bh + gate_width, T(0));
      const Workspace<T> grad_h(kBlock * width), grad_hidden(kBlock * gate_width), before(kBlock * width);
      for (std::int64_t block = from; block < to; ++block) {
        std::fill_n(grad_h.data(), kBlock * width, T(0));
        for (std::int64_t step = blocks.steps(block) - 1; step >= 0; --step) {
          const std::int64_t active = blocks.active(block, step);
          for (std::int64_t i = 0; i < active; ++i) {
            const std::int64_t e = blocks.entry(block, i, step);
            T *state = before.data() + i * width, *grad = grad_h.data() + i * width;
            T *of_input = by_entry.data() + e * gate_width, *of_hidden = grad_hidden.data() + i * gate_width;
            if (step == 0)
              std::fill_n(state, width, T(0));
            else
              std::copy_n(h.data<T>() + (e - 1) * width, width, state);
            row_add<T>(width, grads.data<T>() + e * width, grad);
            const T of_score = gru_step_backward<T>(cell, width, a.defined() ? a.data<T>()[e] : T{1},
                                                    x.data<T>() + blocks.value(block, i, step) * gate_width,
                                                    kept.data<T>() + e * 4 * width, state, grad, of_input, of_hidden);
            if (grad_scores.defined()) grad_scores.data<T>()[e] = of_score;
            row_add<T>(gate_width, of_input, grad_bi);
            row_add<T>(gate_width, of_hidden, grad_bh);
          }
          if (step == 0) break;  // h was 0
          gemm_packed<T>(active, width, gate_width, T{1}, {grad_hidden.data(), gate_width, 1}, weight.data(), true,
                         grad_h.data(), width);
          gemm_rows<T>(gate_width, width, active, T{1}, {grad_hidden.data(), 1, gate_width}, {before.data(), width, 1},
                       true, grad_weight, width);
        }
      }
    });
    std::copy_n(sums.result(), weights, grad_w_hh.data<T>());
    std::copy_n(sums.result() + weights, gate_width, grad_b_ih.data<T>());
    std::copy_n(sums.result() + weights + gate_width, gate_width, grad_b_hh.data<T>());
    const T* factors = cell == GruCell::AiGru ? a.data<T>() : nullptr;
    for_table_rows(windows.entry_values(), windows.values(), gate_width,
                   [&](std::int64_t v, std::span<const std::int32_t> places) {
                     sum_rows<T>(std::ssize(places), places.data(), factors, nullptr, by_entry.data(), gate_width,
                                 grad_input.data<T>() + v * gate_width);
                   });
  });
}

}  // namespace seqrec::kernels::cpu

#pragma once

#include <vector>

#include "core/numbers.h"
#include "kernels/alone.h"
#include "kernels/convolution.h"
#include "nn/module.h"

namespace seqrec::nn {

/// Convolutions over windows of shared values, each window padded on the right to `length` places (PaddedWindows). A
/// table [rows, width] holds the vectors that the places show; values and windows that show the same row share what
/// depends on the row alone, and no padded [windows, length, width] tensor exists. Parameters have PyTorch's Conv2d
/// names, shapes and initial values, U(+-1 / sqrt(inputs of a filter)).

/// Caser's horizontal filters (eq. 4 to 6): for each height h from 1 to `length`, `filters` filters that look at h
/// places at once, relu, and the maximum over where they start. Parameters `h-1.weight` [filters, 1, h, width] and
/// `h-1.bias` [filters].
class HorizontalConvolution : public Module {
 public:
  HorizontalConvolution(Scope at, std::int64_t filters, std::int64_t length, std::int64_t width);
  /// [windows, length * filters], height by height. ShapeError if the table or the windows don't fit.
  Variable operator()(const Variable& table, const kernels::PaddedWindows& windows) const;
  /// The weights, by height.
  const std::vector<Variable>& weights() const { return weights_; }
  /// From now on the weights don't change: keeps them as the kernel reads them.
  void freeze();
  /// The same for windows one at a time, padded with a row [width] that doesn't change.
  void freeze_alone(const Tensor& padding);
  /// One window of the rows x [rows, width], at most `length`: out [length * filters].
  void alone(std::int64_t rows, const float* x, Arena& arena, float* out) const;
  /// Windows over the rows x [rows, width], each by its rows: out [windows, length * filters], `stride` apart.
  void alone(std::int64_t rows, const float* x, kernels::alone::IdLists windows, Arena& arena, float* out,
             std::int64_t stride) const;

 private:
  void finish_alone(float* out) const;

  std::vector<Variable> weights_, biases_;
  std::vector<Variable> frozen_;  // the weights [filters, height, width], in memory by height first
  Tensor bias_;                   // the biases' memory, one after the other: to add them needs no copies
  kernels::alone::ConvolutionMax alone_;
};

/// Caser's vertical filters (eq. 7 and 8): weighted sums of the window's places, the same in each column. Parameters
/// `weight` [filters, 1, length, 1] and `bias` [filters].
class VerticalConvolution : public Module {
 public:
  VerticalConvolution(Scope at, std::int64_t filters, std::int64_t length);

  /// Every window once per filter, one after the other.
  struct Filtered {
    Windows windows;
    Index weights;  ///< [entries] place in `weight`
    Index tails;    ///< [windows * filters] filter and number of the window's values

    template <class F>
    void for_each(F f) const {
      f(windows), f(weights), f(tails);
    }
  };
  /// What the layer computes on, made of the windows alone.
  Filtered filter(const kernels::PaddedWindows& windows) const;
  /// [windows, filters * width], filter by filter. ShapeError if the table or the windows don't fit.
  Variable operator()(const Variable& table, const kernels::PaddedWindows& windows) const {
    return (*this)(table, windows, filter(windows));
  }
  Variable operator()(const Variable& table, const kernels::PaddedWindows& windows, const Filtered& filtered) const;
  const Variable& weight() const { return weight_; }
  /// From now on the weights don't change, and windows come one at a time, too.
  void freeze_alone();
  /// One window over the rows of x [.., width], by its rows, padded with `padding` [width]: out [filters * width].
  void alone(std::span<const std::int32_t> window, std::int64_t width, const float* x, const float* padding,
             float* out) const;

 private:
  Variable tails() const;

  Variable weight_, bias_;
  Tensor tails_;        // once frozen
  Numbers from_place_;  // [length, length + 1]: column n has ones in the rows from n on
};

}  // namespace seqrec::nn

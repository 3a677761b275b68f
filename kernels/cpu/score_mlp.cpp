#include "kernels/score_mlp.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kNetworkRows = 192;  // a multiple of every variant's tile
constexpr std::int64_t kPad = 16;           // elements between rows of a tile: columns apart don't share cache sets

/// Rows of a tile, in a workspace or in a tensor.
template <class T>
struct Block {
  T* data;
  std::int64_t stride;
};

/// The layers, packed once for all tiles.
template <class T>
class Network {
 public:
  Network(const std::vector<Tensor>& parameters, Activation activation, bool backward)
      : layers_(static_cast<std::int64_t>(parameters.size()) / 2 - 1), activation_(activation), places_(kNetworkRows) {
    std::iota(places_.begin(), places_.end(), 0);
    for (const Tensor& parameter : parameters) parameters_.push_back(contiguous(parameter));
    for (std::int64_t l = 0; l < layers_; ++l) {
      const Tensor& w = weight(l);
      forward_.emplace_back(w.size(1), w.size(0), strided<T>(w.transpose(0, 1)));
      if (backward) backward_.emplace_back(w.size(0), w.size(1), strided<T>(w));
      offsets_.push_back(gradients_);
      gradients_ += w.numel() + w.size(0);
      widest_ = std::max({widest_, w.size(0), w.size(1)});
    }
    offsets_.push_back(gradients_);
    gradients_ += width(layers_ - 1) + 1;
  }

  std::int64_t layers() const { return layers_; }  ///< hidden ones
  std::int64_t width(std::int64_t layer) const { return weight(layer).size(0); }
  std::int64_t stride() const { return widest_ + kPad; }
  /// Elements of all parameters' gradients, one parameter after the other.
  std::int64_t gradients() const { return gradients_; }

  /// Hidden layer `l` from what is below it.
  void forward(std::int64_t l, std::int64_t rows, Block<const T> below, Block<T> out) const {
    gemm_packed<T>(rows, width(l), weight(l).size(1), T{1}, {below.data, below.stride, 1}, forward_[l].data(), false,
                   out.data, out.stride);
    for (std::int64_t i = 0; i < rows; ++i) {
      T* row = out.data + i * out.stride;
      row_add<T>(width(l), bias(l).template data<T>(), row);
      if (activation_) unary_loop<T>(*activation_, width(l), row, row);
    }
  }

  void scores(std::int64_t rows, Block<const T> top, T* out) const {
    const T* w = weight(layers_).template data<T>();
    const T shift = *bias(layers_).template data<T>();
    for (std::int64_t i = 0; i < rows; ++i)
      dot_rows<T>(1, w, places_.data(), top.data + i * top.stride, width(layers_ - 1), out + i);
    for (std::int64_t i = 0; i < rows; ++i) out[i] += shift;
  }

  /// The scores' gradients go to the top layer's values (`grad`) and to the last layer's parameters.
  void scores_backward(std::int64_t rows, Block<const T> top, const T* grad_scores, Block<T> grad, T* sums) const {
    const std::int64_t n = width(layers_ - 1);
    T *of_weight = sums + offsets_.back(), *of_bias = of_weight + n;
    for (std::int64_t i = 0; i < rows; ++i) {
      add_scaled_loop<T>(grad_scores[i], n, top.data + i * top.stride, of_weight);
      *of_bias += grad_scores[i];
      affine_loop<T>(grad_scores[i], T{0}, n, weight(layers_).template data<T>(), grad.data + i * grad.stride);
    }
  }

  /// The gradient of layer `l`'s values, `grad`, becomes that of its sums, and goes to its parameters and to
  /// `grad_below`.
  void backward(std::int64_t l, std::int64_t rows, Block<const T> below, Block<const T> values, Block<T> grad,
                Block<T> grad_below, T* sums) const {
    const std::int64_t n = width(l), in = weight(l).size(1);
    T *of_weight = sums + offsets_[l], *of_bias = of_weight + n * in;
    for (std::int64_t i = 0; i < rows; ++i) {
      T* row = grad.data + i * grad.stride;
      const T* y = values.data + i * values.stride;
      if (activation_) unary_backward_loop<T>(*activation_, n, y, y, row, row);
      row_add<T>(n, row, of_bias);
    }
    multiply<T>({n, in, rows, T{1}, {grad.data, 1, grad.stride}, {below.data, below.stride, 1}, true, of_weight, in});
    gemm_packed<T>(rows, in, n, T{1}, {grad.data, grad.stride, 1}, backward_[l].data(), false, grad_below.data,
                   grad_below.stride);
  }

  /// Sums [gradients()] to each parameter's gradient.
  void write(const T* sums, const std::vector<Tensor>& out) const {
    for (const Tensor& tensor : out) {
      std::copy_n(sums, tensor.numel(), tensor.data<T>());
      sums += tensor.numel();
    }
  }

 private:
  const Tensor& weight(std::int64_t l) const { return parameters_[2 * l]; }
  const Tensor& bias(std::int64_t l) const { return parameters_[2 * l + 1]; }

  std::int64_t layers_;
  Activation activation_;
  std::vector<Tensor> parameters_;
  std::vector<Packed<T>> forward_, backward_;
  std::vector<std::int64_t> offsets_;
  std::int64_t gradients_ = 0, widest_ = 0;
  std::vector<std::int32_t> places_;
};

/// The hidden layers' values of a tile, where they are kept or else in a thread's workspace, and two gradients.
template <class T>
class Tile {
 public:
  Tile(const Network<T>& network, const Tensor& x, const std::vector<Tensor>& hidden)
      : network_(network), x_(x), hidden_(hidden), space_((network.layers() + 2) * kNetworkRows * network.stride()) {}

  void begin_at(std::int64_t row, std::int64_t rows) {
    row_ = row;
    rows_ = rows;
  }
  void forward() {
    for (std::int64_t l = 0; l < network_.layers(); ++l) network_.forward(l, rows_, values(l - 1), slot(l));
  }
  void scores(T* out) const { network_.scores(rows_, values(network_.layers() - 1), out); }

  void backward(const T* grad_scores, T* grad_x, T* sums) {
    const std::int64_t top = network_.layers() - 1;
    Block<T> grad = slot(top + 1), below = slot(top + 2);
    network_.scores_backward(rows_, values(top), grad_scores, grad, sums);
    for (std::int64_t l = top; l >= 0; --l) {
      const Block<T> to = l > 0 ? below : Block<T>{grad_x + row_ * x_.size(1), x_.size(1)};
      network_.backward(l, rows_, values(l - 1), values(l), grad, to, sums);
      std::swap(grad, below);
    }
  }

 private:
  Block<T> slot(std::int64_t i) const {
    if (i < std::ssize(hidden_)) return {hidden_[i].data<T>() + row_ * network_.width(i), network_.width(i)};
    return {space_.data() + i * kNetworkRows * network_.stride(), network_.stride()};
  }
  Block<const T> values(std::int64_t l) const {
    if (l < 0) return {x_.data<T>() + row_ * x_.size(1), x_.size(1)};
    return {slot(l).data, slot(l).stride};
  }

  const Network<T>& network_;
  const Tensor& x_;
  const std::vector<Tensor>& hidden_;
  Workspace<T> space_;
  std::int64_t row_ = 0, rows_ = 0;
};

/// Calls each(tile with its values, those of `hidden` or made here, its first row, its rows, sums of its part) for all
/// tiles, and adds the parts' sums up.
template <class T, class F>
void for_tiles_with_gradients(const Network<T>& network, const Tensor& x, const std::vector<Tensor>& hidden,
                              const std::vector<Tensor>& grad_parameters, F&& each) {
  const PartialSums<T> sums(x.size(0), kNetworkRows, network.gradients());
  sums.over([&](std::int64_t begin, std::int64_t end, T* part) {
    std::fill_n(part, network.gradients(), T(0));
    Tile<T> tile(network, x, hidden);
    for (std::int64_t row = begin; row < end; row += kNetworkRows) {
      const std::int64_t count = std::min(kNetworkRows, end - row);
      tile.begin_at(row, count);
      if (hidden.empty()) tile.forward();
      each(tile, row, count, part);
    }
  });
  network.write(sums.result(), grad_parameters);
}

}  // namespace

void score_mlp(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
               const std::vector<Tensor>& hidden, Tensor& scores) {
  visit_real(x.dtype(), "score_mlp", [&](auto t) {
    using T = decltype(t);
    const Tensor from = contiguous(x);
    const Network<T> network(parameters, activation, false);
    for_ranges(x.size(0), kNetworkRows, [&](std::int64_t begin, std::int64_t end) {
      Tile<T> tile(network, from, hidden);
      for (std::int64_t row = begin; row < end; row += kNetworkRows) {
        tile.begin_at(row, std::min(kNetworkRows, end - row));
        tile.forward();
        tile.scores(scores.data<T>() + row);
      }
    });
  });
}

void score_mlp_backward(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                        const std::vector<Tensor>& hidden, const Tensor& grad_scores, Tensor& grad_x,
                        const std::vector<Tensor>& grad_parameters) {
  visit_real(x.dtype(), "score_mlp_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor from = contiguous(x), grads = contiguous(grad_scores);
    const Network<T> network(parameters, activation, true);
    for_tiles_with_gradients<T>(network, from, hidden, grad_parameters,
                                [&](Tile<T>& tile, std::int64_t row, std::int64_t, T* sums) {
                                  tile.backward(grads.data<T>() + row, grad_x.data<T>(), sums);
                                });
  });
}

void score_mlp_loss(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                    const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
                    const std::vector<Tensor>& grad_parameters) {
  visit_real(x.dtype(), "score_mlp_loss", [&](auto t) {
    using T = decltype(t);
    const Tensor from = contiguous(x), wanted = contiguous(targets), shares = contiguous(weights);
    const Network<T> network(parameters, activation, true);
    const Workspace<T> losses(x.size(0));
    for_tiles_with_gradients<T>(network, from, {}, grad_parameters,
                                [&](Tile<T>& tile, std::int64_t row, std::int64_t rows, T* sums) {
                                  T scores[kNetworkRows], grads[kNetworkRows];
                                  const T *target = wanted.data<T>() + row, *share = shares.data<T>() + row;
                                  tile.scores(scores);
                                  row_logistic_loss<T>(rows, scores, target, losses.data() + row);
                                  row_logistic_loss_backward<T>(rows, scores, target, share, grads);
                                  tile.backward(grads, grad_x.data<T>(), sums);
                                });
    double total = 0;
    for (std::int64_t i = 0; i < x.size(0); ++i) total += static_cast<double>(shares.data<T>()[i]) * losses.data()[i];
    *loss.data<T>() = static_cast<T>(total);
  });
}

}  // namespace seqrec::kernels::cpu

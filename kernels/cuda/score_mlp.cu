#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/reduction.h"
#include "kernels/cuda/tiles.h"
#include "kernels/reduce.h"
#include "kernels/score_mlp.h"

namespace seqrec::kernels::cuda {
namespace {

/// Of a tile's widest layer: what a product reads and what it writes meet in the second-level cache.
constexpr std::int64_t kLayerBytes = std::int64_t{8} << 20;
constexpr std::int64_t kPieceRows = 32;  // of a tile, whose sums by column are one block's

/// What a hidden layer does with its sums; the identity without an activation.
struct Function {
  Unary op;
  bool identity;

  explicit Function(Activation activation) : op(activation.value_or(Unary::Neg)), identity(!activation) {}
  template <class T>
  __device__ T value(T sum) const {
    return identity ? sum : evaluate(op, sum);
  }
  /// Where the value is y.
  template <class T>
  __device__ T slope(T y) const {
    return identity ? T(1) : derivative(op, y, y);
  }
};

template <class T>
struct WriteScore {
  T* scores;

  __device__ void operator()(std::int64_t row, T score) const { scores[row] = score; }
  template <class F>
  void for_each_pointer(F f) const {
    f(scores);
  }
};

/// The row's share of the loss, and the gradient of that.
template <class T>
struct WriteLoss {
  const T *targets, *weights;
  T *losses, *grad_scores;

  __device__ void operator()(std::int64_t row, T score) const {
    losses[row] = weights[row] * logistic_loss(score, targets[row]);
    grad_scores[row] = weights[row] * logistic_loss_gradient(score, targets[row]);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(targets), f(weights), f(losses), f(grad_scores);
  }
};

/// write(row, score) for each row of the top hidden layer's products, to which bias and function come first: in place,
/// if they are to be kept.
template <class Team, class T, int N, class F>
__global__ void scores_kernel(T* top, const T* bias, Function function, bool keep, const T* weight, const T* shift,
                              std::int64_t rows, std::int64_t width, F write) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    T* const y = top + row * width;
    T score = 0;
    for_each_pack_of_row<Team, T, N>(width, [&](auto pack, std::int64_t i) {
      auto b = pack, w = pack;
      load(pack, y + i);
      load(b, bias + i);
      load(w, weight + i);
      for (int l = 0; l < static_cast<int>(std::size(pack.lane)); ++l) {
        pack.lane[l] = function.value(pack.lane[l] + b.lane[l]);
        score += pack.lane[l] * w.lane[l];
      }
      if (keep) store(pack, y + i);
    });
    score = Team::reduce(score, Plus{});
    if (Team::leads()) write(row, score + *shift);
  });
}

/// Calls f(row, column, sums) for every pack of [rows, width], which adds to kSums packs of sums. They end, for each
/// piece of kPieceRows rows, in out[n][piece][column]: a block a piece, its threads slices of the rows times columns.
template <int kSums, class T, int N, class F>
__device__ __forceinline__ void sum_pieces(std::int64_t rows, std::int64_t width, T* const (&out)[kSums], F f) {
  using Lanes = Pack<T, N>;
  SEQREC_SHARED(Lanes, of_slices, [kSums][Context::kThreads]);
  const std::int64_t columns = width / N, threads = min(columns, std::int64_t{blockDim.x});
  const std::int64_t slices = blockDim.x / threads, slice = threadIdx.x / threads;
  for_each_row((rows + kPieceRows - 1) / kPieceRows, [&](std::int64_t piece) {
    const std::int64_t last = min(rows, (piece + 1) * kPieceRows);
    for (std::int64_t base = 0; base < columns; base += threads) {
      const std::int64_t column = base + threadIdx.x - slice * threads;
      Lanes sums[kSums] = {};
      if (slice < slices && column < columns) {
#pragma unroll 4
        for (std::int64_t row = piece * kPieceRows + slice; row < last; row += slices) f(row, column * N, sums);
      }
      __syncthreads();  // the last sums have been read
#pragma unroll
      for (int n = 0; n < kSums; ++n) of_slices[n][threadIdx.x] = sums[n];
      __syncthreads();
      if (slice > 0 || column >= columns) continue;
#pragma unroll
      for (int n = 0; n < kSums; ++n) {
        for (std::int64_t other = 1; other < slices; ++other) add(sums[n], of_slices[n][other * threads + threadIdx.x]);
        store(sums[n], out[n] + piece * width + column * N);
      }
    }
  });
}

/// The gradient of a hidden layer's values becomes that of its sums; what those add up to is its bias's.
template <class T, int N>
__global__ void layer_backward_kernel(const T* values, Function function, std::int64_t rows, std::int64_t width,
                                      T* grads, T* of_bias) {
  sum_pieces<1, T, N>(rows, width, {of_bias}, [&](std::int64_t row, std::int64_t column, Pack<T, N>(&sums)[1]) {
    const std::int64_t at = row * width + column;
    Pack<T, N> y, grad;
    load(y, values + at);
    load(grad, grads + at);
    for (int l = 0; l < N; ++l) grad.lane[l] *= function.slope(y.lane[l]);
    store(grad, grads + at);
    add(sums[0], grad);
  });
}

/// The same of the top hidden layer, whose values' gradients are the scores' times the last weight; and the gradient of
/// that weight.
template <class T, int N>
__global__ void top_backward_kernel(const T* values, const T* grad_scores, const T* weight, Function function,
                                    std::int64_t rows, std::int64_t width, T* grads, T* of_bias, T* of_weight) {
  sum_pieces<2, T, N>(rows, width, {of_bias, of_weight},
                      [&](std::int64_t row, std::int64_t column, Pack<T, N>(&sums)[2]) {
                        const std::int64_t at = row * width + column;
                        const T grad_score = grad_scores[row];
                        Pack<T, N> y, grad;
                        load(y, values + at);
                        load(grad, weight + column);
                        for (int l = 0; l < N; ++l) {
                          grad.lane[l] *= grad_score * function.slope(y.lane[l]);
                          sums[1].lane[l] += grad_score * y.lane[l];
                        }
                        store(grad, grads + at);
                        add(sums[0], grad);
                      });
}

std::int64_t pieces_of(std::int64_t rows) { return (rows + kPieceRows - 1) / kPieceRows; }

/// Rows [begin, end) of x, whose sums are the pieces from `piece` on.
struct Tile {
  std::int64_t begin, end, piece;

  std::int64_t rows() const { return end - begin; }
  Tensor of(const Tensor& tensor) const { return tensor.slice(0, begin, end); }
  std::vector<Tensor> of(const std::vector<Tensor>& tensors) const {
    std::vector<Tensor> out;
    for (const Tensor& tensor : tensors) out.push_back(of(tensor));
    return out;
  }
};

/// The layers, and the rows that go through them tile by tile.
template <class T>
class Perceptron {
 public:
  Perceptron(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation)
      : gpu_(context(x)), x_(contiguous(x)), activation_(activation) {
    std::int64_t widest = std::max<std::int64_t>(1, x.size(1));
    for (const Tensor& parameter : parameters) {
      parameters_.push_back(contiguous(parameter));
      widest = std::max(widest, parameter.size(0));
    }
    const std::int64_t fit = kLayerBytes / (widest * static_cast<std::int64_t>(sizeof(T)));
    if (rows() > 0) tile_ = rows_of_tile(rows(), std::max(kLeastTileRows, fit));
  }

  const Context& gpu() const { return gpu_; }
  Function function() const { return Function(activation_); }
  std::int64_t rows() const { return x_.size(0); }
  std::int64_t layers() const { return std::ssize(parameters_) / 2 - 1; }  ///< hidden ones
  const Tensor& weight(std::int64_t layer) const { return parameters_[2 * layer]; }
  const Tensor& bias(std::int64_t layer) const { return parameters_[2 * layer + 1]; }
  /// One row each, as wide as a layer.
  Tensor rows_of(std::int64_t rows, std::int64_t layer) const {
    return Tensor({rows, weight(layer).size(0)}, x_.dtype(), x_.device());
  }

  /// What layer `layer` reads.
  Tensor below(std::int64_t layer, const Tile& tile, const std::vector<Tensor>& values) const {
    return layer > 0 ? values[layer - 1] : tile.of(x_);
  }

  template <class F>
  void for_each_tile(F f) const {
    for (Tile tile{0, 0, 0}; tile.begin < rows(); tile.begin = tile.end) {
      tile.end = std::min(tile.begin + tile_, rows());
      f(tile);
      tile.piece += pieces_of(tile.rows());
    }
  }
  /// Of all tiles.
  std::int64_t pieces() const {
    return rows() == 0 ? 0 : rows() / tile_ * pieces_of(tile_) + pieces_of(rows() % tile_);
  }

  /// The hidden layers' values, in `hidden` where they are kept; of the top one the product alone where scores() goes
  /// on with it.
  std::vector<Tensor> forward(const Tile& tile, bool scores_follow, const std::vector<Tensor>& hidden = {}) const {
    std::vector<Tensor> values;
    for (std::int64_t l = 0; l < layers(); ++l) {
      Tensor out = hidden.empty() ? rows_of(tile.rows(), l) : tile.of(hidden[l]);
      if (scores_follow && l + 1 == layers()) {
        cuda::matmul(below(l, tile, values), false, weight(l), true, 1, Write::Overwrite, out);
      } else {
        cuda::linear(below(l, tile, values), weight(l), bias(l), activation_, out);
      }
      values.push_back(out);
    }
    return values;
  }

  /// Makes the top hidden layer's values of its product, in place if they are to be kept, and calls write(row, score)
  /// on the device.
  template <class F>
  void scores(const Tensor& top, bool keep, const F& write) const {
    const Tensor &of_top = bias(layers() - 1), &last = weight(layers()), &shift = bias(layers());
    const std::int64_t width = top.size(1);
    const bool packable = width % kLanes<T> == 0 && is_packable(top, of_top, last);
    by_rows(gpu_, top.size(0), width, [&](auto team, const Launch& shape) {
      using Team = decltype(team);
      const auto kernel = packable ? scores_kernel<Team, T, kLanes<T>, F> : scores_kernel<Team, T, 1, F>;
      launch(shape, kernel, top.data<T>(), of_top.data<T>(), function(), keep, last.data<T>(), shift.data<T>(),
             top.size(0), width, write);
    });
  }

 private:
  const Context& gpu_;
  Tensor x_;
  Activation activation_;
  std::vector<Tensor> parameters_;
  std::int64_t tile_ = 0;
};

/// Gradients, tile by tile: a weight's are added up in their order; a bias's and the last weight's are left in pieces
/// for finish().
template <class T>
class Gradients {
 public:
  Gradients(const Perceptron<T>& net, const Tensor& grad_x, const std::vector<Tensor>& grad_parameters)
      : net_(net), grad_x_(grad_x), grad_parameters_(grad_parameters) {
    for (std::int64_t l = 0; l < net.layers(); ++l) {
      pieces_.push_back(net.rows_of(net.pieces(), l));
      if (net.rows() == 0) cuda::fill(0, grad_parameters_[2 * l]);
    }
    pieces_.push_back(empty_like(pieces_.back()));
  }

  /// From the hidden layers' values and the gradients of the tile's scores.
  void add(const Tile& tile, const std::vector<Tensor>& values, const Tensor& grad_scores) {
    const std::int64_t top = net_.layers() - 1;
    Tensor grads = empty_like(values[top]);
    backward_of_top(tile, values[top], grad_scores, grads);
    for (std::int64_t l = top; l >= 0; --l) {
      if (l < top) backward_of_layer(tile, l, values[l], grads);
      const Tensor below = net_.below(l, tile, values);
      cuda::matmul(grads, true, below, false, 1, tile.begin > 0 ? Write::Accumulate : Write::Overwrite,
                   grad_parameters_[2 * l]);
      Tensor grads_below = l > 0 ? empty_like(below) : tile.of(grad_x_);
      cuda::matmul(grads, false, net_.weight(l), false, 1, Write::Overwrite, grads_below);
      grads = grads_below;
    }
  }

  void finish(const Tensor& grad_scores) {
    for (std::int64_t l = 0; l < net_.layers(); ++l) sum_rows(pieces_[l], grad_parameters_[2 * l + 1]);
    sum_rows(pieces_.back(), grad_parameters_[2 * net_.layers()]);
    cuda::sum(grad_scores, grad_parameters_.back());
  }

 private:
  void backward_of_top(const Tile& tile, const Tensor& values, const Tensor& grad_scores, Tensor& grads) {
    const Tensor &weight = net_.weight(net_.layers()), &of_bias = pieces_.end()[-2], &of_weight = pieces_.back();
    const auto run = [&](auto kernel) {
      launch(blocks_of(values), kernel, values.data<T>(), grad_scores.data<T>(), weight.data<T>(), net_.function(),
             values.size(0), values.size(1), grads.data<T>(), at(of_bias, tile), at(of_weight, tile));
    };
    if (values.size(1) % kLanes<T> == 0 && is_packable(values, weight, grads, of_bias, of_weight)) {
      run(top_backward_kernel<T, kLanes<T>>);
    } else {
      run(top_backward_kernel<T, 1>);
    }
  }

  void backward_of_layer(const Tile& tile, std::int64_t layer, const Tensor& values, Tensor& grads) {
    const auto run = [&](auto kernel) {
      launch(blocks_of(values), kernel, values.data<T>(), net_.function(), values.size(0), values.size(1),
             grads.data<T>(), at(pieces_[layer], tile));
    };
    if (values.size(1) % kLanes<T> == 0 && is_packable(values, grads, pieces_[layer])) {
      run(layer_backward_kernel<T, kLanes<T>>);
    } else {
      run(layer_backward_kernel<T, 1>);
    }
  }

  Launch blocks_of(const Tensor& values) const {
    return net_.gpu().rows(values.numel() > 0 ? pieces_of(values.size(0)) : 0);
  }
  static T* at(const Tensor& pieces, const Tile& tile) { return pieces.data<T>() + tile.piece * pieces.size(1); }
  static void sum_rows(const Tensor& rows, const Tensor& out) {
    Tensor row = out.reshape({1, rows.size(1)});
    cuda::sum(rows, row);
  }

  const Perceptron<T>& net_;
  Tensor grad_x_;
  std::vector<Tensor> grad_parameters_;
  std::vector<Tensor> pieces_;  ///< of each hidden layer's bias, and of the last weight
};

}  // namespace

void score_mlp(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
               const std::vector<Tensor>& hidden, Tensor& scores) {
  visit_float(x.dtype(), "score_mlp", [&](auto t) {
    using T = decltype(t);
    const Perceptron<T> net(x, parameters, activation);
    net.for_each_tile([&](const Tile& tile) {
      net.scores(net.forward(tile, true, hidden).back(), !hidden.empty(),
                 WriteScore<T>{tile.of(scores).template data<T>()});
    });
  });
}

void score_mlp_backward(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                        const std::vector<Tensor>& hidden, const Tensor& grad_scores, Tensor& grad_x,
                        const std::vector<Tensor>& grad_parameters) {
  const Tensor of_scores = contiguous(grad_scores);
  visit_float(x.dtype(), "score_mlp_backward", [&](auto t) {
    using T = decltype(t);
    const Perceptron<T> net(x, parameters, activation);
    Gradients<T> gradients(net, grad_x, grad_parameters);
    net.for_each_tile([&](const Tile& tile) {
      gradients.add(tile, hidden.empty() ? net.forward(tile, false) : tile.of(hidden), tile.of(of_scores));
    });
    gradients.finish(of_scores);
  });
}

void score_mlp_loss(const Tensor& x, const std::vector<Tensor>& parameters, Activation activation,
                    const Tensor& targets, const Tensor& weights, Tensor& loss, Tensor& grad_x,
                    const std::vector<Tensor>& grad_parameters) {
  const Tensor wanted = contiguous(targets), shares = contiguous(weights);
  const Tensor losses = empty_like(wanted), grad_scores = empty_like(wanted);
  visit_float(x.dtype(), "score_mlp_loss", [&](auto t) {
    using T = decltype(t);
    const Perceptron<T> net(x, parameters, activation);
    Gradients<T> gradients(net, grad_x, grad_parameters);
    net.for_each_tile([&](const Tile& tile) {
      const std::vector<Tensor> values = net.forward(tile, true);
      const auto rows_of = [&](const Tensor& tensor) { return tile.of(tensor).template data<T>(); };
      net.scores(values.back(), true,
                 WriteLoss<T>{rows_of(wanted), rows_of(shares), rows_of(losses), rows_of(grad_scores)});
      gradients.add(tile, values, tile.of(grad_scores));
    });
    gradients.finish(grad_scores);
  });
  cuda::sum(losses, loss);
}

}  // namespace seqrec::kernels::cuda

#include <limits>

#include "kernels/copy.h"
#include "kernels/cross_entropy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/map.h"
#include "kernels/cuda/reduction.h"
#include "kernels/cuda/tiles.h"

namespace seqrec::kernels::cuda {
namespace {

/// What a softmax over one row is normalised by, from all of it in one pass.
template <class T>
struct Normaliser {
  T max = -std::numeric_limits<T>::infinity();
  T sum = 0;  ///< of exp(x - max)

  /// exp(x - max); 0 where all so far is -infinity. A NaN passes `max` by and stays in the sum.
  __device__ T exp_of(T x) const { return exp(x - (isinf(max) && max < 0 ? T(0) : max)); }
  template <int N>
  __device__ void add(const Pack<T, N>& x) {
    T most = max;
    for (const T value : x.lane) most = fmax(most, value);
    if (most > max) {
      sum *= exp(max - most);
      max = most;
    }
    for (const T value : x.lane) sum += exp_of(value);
  }
  /// That of all threads of a team.
  template <class Team>
  __device__ Normaliser of_all() const {
    Normaliser all{Team::reduce(max, Larger{})};
    all.sum = Team::reduce(sum * all.exp_of(max), Plus{});
    return all;
  }
  __device__ T loss(T target) const { return log(sum) + (max - target); }
};

/// What is null isn't made; no grad_losses: they are 1. grad_logits may be the logits; `stride` is both's.
template <class Team, class T, int N>
__global__ void cross_entropy_kernel(const T* logits, std::int64_t stride, const std::int32_t* targets,
                                     std::int64_t rows, std::int64_t classes, T* losses, const T* grad_losses,
                                     std::int64_t grad_losses_stride, T* grad_logits) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const T* const x = logits + row * stride;
    const std::int64_t target = targets[row];
    Normaliser<T> own;
    for_each_pack_of_row<Team, T, N>(classes, [&](auto pack, std::int64_t i) {
      load(pack, x + i);
      own.add(pack);
    });
    const Normaliser<T> all = own.template of_all<Team>();
    if (grad_logits == nullptr) {
      if (Team::leads()) losses[row] = all.loss(x[target]);
      return;
    }
    const T factor = (grad_losses != nullptr ? grad_losses[row * grad_losses_stride] : T(1)) / all.sum;
    for_each_pack_of_row<Team, T, N>(classes, [&](auto pack, std::int64_t i) {
      load(pack, x + i);
      for (int lane = 0; lane < static_cast<int>(std::size(pack.lane)); ++lane) {
        const T logit = pack.lane[lane];
        T value = all.exp_of(logit);
        if (i + lane == target) {
          if (losses != nullptr) losses[row] = all.loss(logit);
          // Before the scaling: the target's exp - sum is exact to the last places where the softmax is near 1.
          value -= all.sum;
        }
        pack.lane[lane] = value * factor;
      }
      store(pack, grad_logits + row * stride + i);
    });
  });
}

/// Undefined tensors as the kernel's null. `grad_logits` has the strides of `logits`, whose rows are contiguous.
void reduce_rows(const Tensor& logits, const Tensor& targets, const Tensor& losses, const Tensor& grad_losses,
                 const Tensor& grad_logits) {
  const Context& gpu = context(logits);
  const std::int64_t rows = logits.size(0), classes = logits.size(1), stride = logits.strides()[0];
  visit_float(logits.dtype(), "cross_entropy", [&](auto t) {
    using T = decltype(t);
    const auto data = [](const Tensor& tensor) { return tensor.defined() ? tensor.data<T>() : nullptr; };
    const bool packable = has_aligned_rows<T>(logits) && (!grad_logits.defined() || is_packable(grad_logits));
    by_rows(gpu, rows, classes, [&](auto team, const Launch& usual) {
      using Team = decltype(team);
      const auto kernel = packable ? cross_entropy_kernel<Team, T, kLanes<T>> : cross_entropy_kernel<Team, T, 1>;
      launch(classes > kWideRow ? gpu.rows(rows, kWideThreads) : usual, kernel, logits.data<T>(), stride,
             targets.data<std::int32_t>(), rows, classes, data(losses), data(grad_losses),
             grad_losses.defined() ? grad_losses.strides()[0] : 0, data(grad_logits));
    });
  });
}

template <class T>
struct BinaryLoss {
  __device__ T operator()(T x, T target) const { return logistic_loss(x, target); }
};

template <class T>
struct BinaryLossGradient {
  __device__ T operator()(T x, T target, T grad_loss) const { return grad_loss * logistic_loss_gradient(x, target); }
};

}  // namespace

void cross_entropy(const Tensor& logits, const Index& targets, Tensor& losses) {
  reduce_rows(contiguous(logits), targets.on(logits.device()), losses, {}, {});
}

void cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                            Tensor& grad_logits) {
  reduce_rows(contiguous(logits), targets.on(logits.device()), {}, grad_losses, grad_logits);
}

// With P = softmax(H E^T) - onehot, made in place of a tile of the logits: grad H = P E, grad E = P^T H.
void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, Tensor& losses,
                             Tensor& grad_hidden, Tensor& grad_table) {
  const Tensor h = contiguous(hidden), e = contiguous(table), ids = targets.on(hidden.device());
  if (h.size(0) == 0 && grad_table.defined()) fill(0, grad_table);
  for_each_tile(h, e, [&](Tensor& tile, std::int64_t begin) {
    const std::int64_t end = begin + tile.size(0);
    reduce_rows(tile, ids.slice(0, begin, end), losses.slice(0, begin, end), {},
                grad_hidden.defined() || grad_table.defined() ? tile : Tensor());
    if (grad_hidden.defined()) {
      Tensor rows = grad_hidden.slice(0, begin, end);
      cuda::matmul(tile, false, e, false, 1, Write::Overwrite, rows);
    }
    if (grad_table.defined()) {
      cuda::matmul(tile, true, h.slice(0, begin, end), false, 1, begin > 0 ? Write::Accumulate : Write::Overwrite,
                   grad_table);
    }
  });
}

void binary_cross_entropy(const Tensor& logits, const Tensor& targets, Tensor& losses) {
  visit_float(logits.dtype(), "binary_cross_entropy",
              [&](auto t) { map<decltype(t)>(BinaryLoss<decltype(t)>{}, losses, logits, targets); });
}

void binary_cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
                                   Tensor& grad_logits) {
  visit_float(logits.dtype(), "binary_cross_entropy_backward", [&](auto t) {
    map<decltype(t)>(BinaryLossGradient<decltype(t)>{}, grad_logits, logits, targets, grad_losses);
  });
}

}  // namespace seqrec::kernels::cuda

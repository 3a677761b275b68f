#include <limits>

#include "kernels/copy.h"
#include "kernels/cross_entropy.h"
#include "kernels/cuda/functions.h"
#include "kernels/cuda/map.h"
#include "kernels/cuda/reduction.h"
#include "kernels/cuda/tiles.h"
#include "kernels/cuda/window_sums.h"

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

/// `held`, if there is one, gets the row: each thread what it reads.
template <class Team, class T, int N>
__device__ Normaliser<T> normaliser_of(const T* x, std::int64_t size, T* held = nullptr) {
  Normaliser<T> own;
  for_each_pack_of_row<Team, T, N>(size, [&](auto pack, std::int64_t i) {
    load(pack, x + i);
    if (held != nullptr) store_shared(pack, held + i);
    own.add(pack);
  });
  return own.template of_all<Team>();
}

/// Rows of a large catalogue are cut into parts, a block each: a tile has few of them.
struct RowParts {
  static constexpr std::int64_t kClasses = 16384;  // of a part, which are whole packs
  std::int64_t rows, classes;
  std::int64_t count = (classes + kClasses - 1) / kClasses;  ///< of a row

  __device__ std::int64_t begin(std::int64_t part) const { return part * kClasses; }
  __device__ std::int64_t size(std::int64_t part) const { return min(kClasses, classes - begin(part)); }
};

/// found[row][part] = the maximum and the sum of a part's normaliser.
template <class T, int N>
__global__ void part_normalisers_kernel(const T* logits, std::int64_t stride, RowParts parts, T* found) {
  for_each_row(parts.rows * parts.count, [&](std::int64_t place) {
    const std::int64_t row = place / parts.count, part = place % parts.count;
    const Normaliser<T> all =
        normaliser_of<BlockTeam, T, N>(logits + row * stride + parts.begin(part), parts.size(part));
    if (!BlockTeam::leads()) return;
    found[2 * place] = all.max;
    found[2 * place + 1] = all.sum;
  });
}

template <class T>
__device__ Normaliser<T> normaliser_of_parts(const T* found, std::int64_t count) {
  Normaliser<T> all;
  for (std::int64_t part = 0; part < count; ++part) all.max = fmax(all.max, found[2 * part]);
  for (std::int64_t part = 0; part < count; ++part) all.sum += found[2 * part + 1] * all.exp_of(found[2 * part]);
  return all;
}

/// What is null isn't made; losses are `scale` times the rows'; no grad_losses: they are 1. grad_logits may be the
/// logits; `stride` is both's. `found`: of rows of several parts. `holds`: a block's shared memory has room for its
/// row.
template <class Team, class T, int N>
__global__ void cross_entropy_kernel(const T* logits, std::int64_t stride, const std::int32_t* targets, RowParts parts,
                                     const T* found, T scale, T* losses, const T* grad_losses,
                                     std::int64_t grad_losses_stride, T* grad_logits, bool holds) {
  SEQREC_DYNAMIC_SHARED(T, memory);
  Team::for_each_row(parts.rows * parts.count, [&](std::int64_t place) {
    const std::int64_t row = place / parts.count, part = place % parts.count, size = parts.size(part);
    const std::int64_t first = row * stride + parts.begin(part);
    const T* const x = logits + first;
    const std::int64_t target = targets[row] - parts.begin(part);  // in one of the parts
    const Normaliser<T> all = parts.count == 1 ? normaliser_of<Team, T, N>(x, size, holds ? memory : nullptr)
                                               : normaliser_of_parts(found + 2 * row * parts.count, parts.count);
    if (grad_logits == nullptr) {
      if (Team::leads() && target >= 0 && target < size) losses[row] = scale * all.loss(x[target]);
      return;
    }
    const T factor = (grad_losses != nullptr ? grad_losses[row * grad_losses_stride] : T(1)) / all.sum;
    for_each_pack_of_row<Team, T, N>(size, [&](auto pack, std::int64_t i) {
      load(pack, (holds ? memory : x) + i);
      for (int lane = 0; lane < static_cast<int>(std::size(pack.lane)); ++lane) {
        const T logit = pack.lane[lane];
        T value = all.exp_of(logit);
        if (i + lane == target) {
          if (losses != nullptr) losses[row] = scale * all.loss(logit);
          // Before the scaling: the target's exp - sum is exact to the last places where the softmax is near 1.
          value -= all.sum;
        }
        pack.lane[lane] = value * factor;
      }
      store(pack, grad_logits + first + i);
    });
  });
}

/// Undefined tensors as the kernel's null. `grad_logits` has the strides of `logits`, whose rows are contiguous.
void reduce_rows(const Tensor& logits, const Tensor& targets, double scale, const Tensor& losses,
                 const Tensor& grad_losses, const Tensor& grad_logits) {
  const Context& gpu = context(logits);
  const std::int64_t stride = logits.strides()[0];
  const RowParts parts{logits.size(0), logits.size(1)};
  visit_float(logits.dtype(), "cross_entropy", [&](auto t) {
    using T = decltype(t);
    const auto data = [](const Tensor& tensor) { return tensor.defined() ? tensor.data<T>() : nullptr; };
    const bool packable = has_aligned_rows<T>(logits) && (!grad_logits.defined() || is_packable(grad_logits));
    const int threads = threads_of_row(parts.classes);
    by_rows(gpu, parts.rows * parts.count, parts.classes, threads, [&](auto team, Launch shape) {
      using Team = decltype(team);
      Tensor found;
      if (parts.count > 1) {
        found = Tensor({parts.rows, parts.count, 2}, logits.dtype(), gpu.device());
        launch(shape, packable ? part_normalisers_kernel<T, kLanes<T>> : part_normalisers_kernel<T, 1>,
               logits.data<T>(), stride, parts, found.data<T>());
      }
      const auto kernel = packable ? cross_entropy_kernel<Team, T, kLanes<T>> : cross_entropy_kernel<Team, T, 1>;
      if (std::is_same_v<Team, BlockTeam> && grad_logits.defined()) shape.shared = held_bytes<T>(parts.classes);
      launch(shape, kernel, logits.data<T>(), stride, targets.data<std::int32_t>(), parts,
             static_cast<const T*>(data(found)), static_cast<T>(scale), data(losses), data(grad_losses),
             grad_losses.defined() ? grad_losses.strides()[0] : 0, data(grad_logits), shape.shared > 0);
    });
  });
}

template <class T>
__global__ void exclude_kernel(T* logits, std::int64_t stride, std::int64_t classes, const std::int32_t* excluded,
                               std::int64_t rows) {
  for_each_index(rows, [&](std::int64_t row) {
    if (excluded[row] < classes) logits[row * stride + excluded[row]] = -std::numeric_limits<T>::infinity();
  });
}

/// Leaves a class out of each row of a tile.
void exclude(const Tensor& tile, const Tensor& excluded) {
  const Context& gpu = context(tile);
  visit_float(tile.dtype(), "catalogue_cross_entropy", [&](auto t) {
    using T = decltype(t);
    launch(gpu.over(tile.size(0)), exclude_kernel<T>, tile.data<T>(), tile.strides()[0], tile.size(1),
           static_cast<const std::int32_t*>(excluded.data<std::int32_t>()), tile.size(0));
  });
}

/// Which classes are 1 in each row of a tile: window w over `classes`.
struct RowLabels {
  const std::int32_t* classes;
  WindowEntries windows;

  /// Calls f(class) for those of window w, spread over the threads of a team.
  template <class Team, class F>
  __device__ __forceinline__ void for_each(std::int64_t w, F f) const {
    const std::int32_t* const own = classes + windows.begin[w];
    Team::for_each(windows.length(w), [&](std::int64_t i) { f(own[i]); });
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(classes);
    windows.for_each_pointer(f);
  }
};

/// The tile's rows are those from `first` on. The gradient takes the logits' place where it is wanted.
template <class Team, class T, int N>
__global__ void labels_cross_entropy_kernel(Team, T* logits, std::int64_t stride, RowLabels labels, std::int64_t first,
                                            std::int64_t rows, std::int64_t classes, bool gradient, T scale,
                                            T* losses) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    T* const x = logits + row * stride;
    T sum = 0, of_labels = 0;
    labels.for_each<Team>(first + row, [&](std::int32_t label) { of_labels += x[label]; });
    Team::meet();  // the labels' logits have been read
    for_each_pack_of_row<Team, T, N>(classes, [&](auto pack, std::int64_t i) {
      load(pack, x + i);
      for (T& logit : pack.lane) {
        sum += (logit < 0 ? T(0) : logit) + log_one_plus_exp(logit);
        logit = sigmoid(logit);
      }
      if (gradient) store(pack, x + i);
    });
    const T loss = Team::reduce(sum - of_labels, Plus{});
    if (Team::leads()) losses[first + row] = scale * loss;
    if (!gradient) return;
    Team::meet();  // all of the row is written
    labels.for_each<Team>(first + row, [&](std::int32_t label) { x[label] -= 1; });
  });
}

/// A loss of logits H E^T and its gradients, tile by tile: reduce(tile, its first row, whether the gradient is to be
/// made in place). With P for that: grad H = scale P E, grad E = scale P^T H.
template <class F>
void reduce_catalogue(const Tensor& hidden, const Tensor& table, double scale, Tensor& grad_hidden, Tensor& grad_table,
                      F reduce) {
  const Tensor h = contiguous(hidden), e = contiguous(table);
  if (h.size(0) == 0 && grad_table.defined()) fill(0, grad_table);
  for_each_tile(h, e, [&](Tensor& tile, std::int64_t begin) {
    const std::int64_t end = begin + tile.size(0);
    reduce(tile, begin, grad_hidden.defined() || grad_table.defined());
    if (grad_hidden.defined()) {
      Tensor rows = grad_hidden.slice(0, begin, end);
      cuda::matmul(tile, false, e, false, scale, Write::Overwrite, rows);
    }
    if (grad_table.defined()) {
      cuda::matmul(tile, true, h.slice(0, begin, end), false, scale, begin > 0 ? Write::Accumulate : Write::Overwrite,
                   grad_table);
    }
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
  reduce_rows(contiguous(logits), targets.on(logits.device()), 1, losses, {}, {});
}

void cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                            Tensor& grad_logits) {
  reduce_rows(contiguous(logits), targets.on(logits.device()), 1, {}, grad_losses, grad_logits);
}

void catalogue_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& targets, const Index& excluded,
                             double scale, Tensor& losses, Tensor& grad_hidden, Tensor& grad_table) {
  const Tensor ids = targets.on(hidden.device());
  const Tensor others = excluded.size() > 0 ? excluded.on(hidden.device()) : Tensor();
  reduce_catalogue(hidden, table, scale, grad_hidden, grad_table, [&](Tensor& tile, std::int64_t begin, bool gradient) {
    const std::int64_t end = begin + tile.size(0);
    if (others.defined()) exclude(tile, others.slice(0, begin, end));
    reduce_rows(tile, ids.slice(0, begin, end), scale, losses.slice(0, begin, end), {}, gradient ? tile : Tensor());
  });
}

void catalogue_binary_cross_entropy(const Tensor& hidden, const Tensor& table, const Index& classes,
                                    const Windows& windows, double scale, Tensor& losses, Tensor& grad_hidden,
                                    Tensor& grad_table) {
  const Device device = losses.device();
  const RowLabels labels{classes.on(device).data<std::int32_t>(), WindowEntries(windows, device)};
  reduce_catalogue(hidden, table, scale, grad_hidden, grad_table, [&](Tensor& tile, std::int64_t begin, bool gradient) {
    visit_float(tile.dtype(), "catalogue_binary_cross_entropy", [&](auto t) {
      using T = decltype(t);
      const std::int64_t rows = tile.size(0), width = tile.size(1);
      const Context& gpu = context(tile);
      by_rows(gpu, rows, width, threads_of_row(width), [&](auto team, const Launch& shape) {
        launch(shape, labels_cross_entropy_kernel<decltype(team), T, kLanes<T>>, team, tile.data<T>(),
               tile.strides()[0], labels, begin, rows, width, gradient, static_cast<T>(scale), losses.data<T>());
      });
    });
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

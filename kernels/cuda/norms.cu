#include <algorithm>

#include "kernels/copy.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/sums.h"
#include "kernels/reduce.h"

// Many tensors in one launch: blockIdx.y is the tensor that a block works on.
namespace seqrec::kernels::cuda {
namespace {

/// As many tensors as fit into a kernel's arguments (4 KB), contiguous, with their weights, and where their gradients
/// go.
template <class T>
struct NormTensors {
  static constexpr int kMost = 112;
  int count = 0;
  const T* x[kMost] = {};
  T* grad[kMost] = {};
  std::int64_t size[kMost] = {};
  double weight[kMost] = {};

  std::int64_t largest() const { return *std::max_element(size, size + count); }
  template <class F>
  void for_each_pointer(F f) const {
    for (int i = 0; i < kMost; ++i) f(x[i]), f(grad[i]);
  }
};

/// squares [tensors, pieces]: the sum of each kTermsOfBlock elements.
template <class T>
__global__ void sum_squares_kernel(const __grid_constant__ NormTensors<T> all, double* squares, std::int64_t pieces) {
  const T* const x = all.x[blockIdx.y];
  const std::int64_t size = all.size[blockIdx.y];
  for_each_row(pieces, [&](std::int64_t piece) {
    const std::int64_t end = min(size, (piece + 1) * kTermsOfBlock);
    double sum = 0;
    for (std::int64_t i = piece * kTermsOfBlock + threadIdx.x; i < end; i += blockDim.x)
      sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    sum = block_sum(sum);
    if (threadIdx.x == 0) squares[blockIdx.y * pieces + piece] = sum;
  });
}

/// One block, a warp a tensor. The total begins with `before`, null for 0.
template <class T>
__global__ void norms_kernel(const __grid_constant__ NormTensors<T> all, const double* squares, std::int64_t pieces,
                             T* norms, const T* before, T* total) {
  SEQREC_SHARED(double, weighted, [NormTensors<T>::kMost]);
  WarpTeam::for_each_row(all.count, [&](std::int64_t i) {
    double sum = 0;
    WarpTeam::for_each(pieces, [&](std::int64_t piece) { sum += squares[i * pieces + piece]; });
    sum = WarpTeam::reduce(sum, Plus{});
    if (!WarpTeam::leads()) return;
    norms[i] = static_cast<T>(sqrt(sum));
    weighted[i] = all.weight[i] * static_cast<double>(norms[i]);
  });
  __syncthreads();
  if (threadIdx.x > 0) return;
  double sum = before ? static_cast<double>(*before) : 0.0;
  for (int i = 0; i < all.count; ++i) sum += weighted[i];
  *total = static_cast<T>(sum);
}

template <class T, int N>
__global__ void norms_backward_kernel(const __grid_constant__ NormTensors<T> all, const T* norms, const T* grad) {
  const T norm = norms[blockIdx.y];
  const T scale = norm == 0 ? T(0) : static_cast<T>(all.weight[blockIdx.y]) * *grad / norm;
  const T* const x = all.x[blockIdx.y];
  T* const to = all.grad[blockIdx.y];
  for_each_pack<T, N>(all.size[blockIdx.y], [&](auto pack, std::int64_t i) {
    load(pack, x + i);
    for (T& lane : pack.lane) lane *= scale;
    store(pack, to + i);
  });
}

/// Calls f(tensors, place of their first, whether packs may walk them) for some of `xs` at a time.
template <class T, class F>
void for_each_few(const std::vector<Tensor>& xs, std::span<const double> weights, const std::vector<Tensor>& grads,
                  F f) {
  for (std::size_t first = 0; first < xs.size(); first += NormTensors<T>::kMost) {
    NormTensors<T> few;
    std::vector<Tensor> kept;
    bool packable = true;
    for (std::size_t i = first; i < xs.size() && few.count < few.kMost; ++i) {
      kept.push_back(contiguous(xs[i]));
      packable = packable && is_packable(kept.back()) && (grads.empty() || is_packable(grads[i]));
      few.x[few.count] = kept.back().template data<T>();
      few.grad[few.count] = grads.empty() ? nullptr : grads[i].data<T>();
      few.weight[few.count] = weights[i];
      few.size[few.count++] = xs[i].numel();
    }
    f(few, static_cast<std::int64_t>(first), packable);
  }
}

}  // namespace

void l2_norms(const std::vector<Tensor>& xs, std::span<const double> weights, Tensor& norms, Tensor& total) {
  const Context& gpu = context(norms);
  visit_float(norms.dtype(), "l2_norms", [&](auto t) {
    using T = decltype(t);
    for_each_few<T>(xs, weights, {}, [&](const NormTensors<T>& few, std::int64_t first, bool) {
      const std::int64_t pieces = std::max<std::int64_t>(1, (few.largest() + kTermsOfBlock - 1) / kTermsOfBlock);
      const Tensor squares({few.count, pieces}, DType::F64, gpu.device());
      launch(gpu.rows(pieces).times(few.count), sum_squares_kernel<T>, few, squares.data<double>(), pieces);
      launch(gpu.rows(1), norms_kernel<T>, few, squares.data<double>(), pieces, norms.data<T>() + first,
             static_cast<const T*>(first > 0 ? total.data<T>() : nullptr), total.data<T>());
    });
  });
}

void l2_norms_backward(const std::vector<Tensor>& xs, std::span<const double> weights, const Tensor& norms,
                       const Tensor& grad, const std::vector<Tensor>& grads) {
  const Context& gpu = context(norms);
  visit_float(norms.dtype(), "l2_norms_backward", [&](auto t) {
    using T = decltype(t);
    for_each_few<T>(xs, weights, grads, [&](const NormTensors<T>& few, std::int64_t first, bool packable) {
      const auto run = [&](auto kernel, std::int64_t threads) {
        launch(gpu.over(threads).times(few.count), kernel, few, norms.data<T>() + first, grad.data<T>());
      };
      if (packable) {
        run(norms_backward_kernel<T, kLanes<T>>, packs<T>(few.largest()));
      } else {
        run(norms_backward_kernel<T, 1>, few.largest());
      }
    });
  });
}

}  // namespace seqrec::kernels::cuda

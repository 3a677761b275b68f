#include "kernels/copy.h"
#include "kernels/cuda/best.h"
#include "kernels/cuda/map.h"
#include "kernels/cuda/strided_rows.h"
#include "kernels/cuda/sums.h"
#include "kernels/reduce.h"

namespace seqrec::kernels::cuda {
namespace {

/// The elements of x that each element of the result is made from: their squares, or themselves.
template <class T, bool kSquares>
struct Elements {
  static constexpr int kCount = 1;
  const T* x;
  Strided<1> kept, summed;

  struct Output {
    const T* x;
    const Strided<1>& summed;
    __device__ void add(std::int64_t term, double (&sums)[1]) const {
      const double value = x[summed.offset(0, term)];
      sums[0] += kSquares ? value * value : value;
    }
  };
  __device__ Output of(std::int64_t output) const { return {x + kept.offset(0, output), summed}; }
  template <class F>
  void for_each_pointer(F f) const {
    f(x);
  }
};

/// x without the axes that `out` sums, or without those that it keeps.
Tensor axes_of(const Tensor& x, const Tensor& out, bool summed) {
  Tensor axes = x;
  for (int axis = x.rank() - 1; axis >= 0; --axis)
    if ((x.size(axis) != out.size(axis)) != summed) axes = axes.select(axis, 0);
  return axes;
}

/// Whether the last axis (of more than one element) is summed.
bool sums_last(const Tensor& x, const Tensor& out) {
  int last = x.rank() - 1;
  while (last >= 0 && x.size(last) == 1) --last;
  return last >= 0 && x.size(last) != out.size(last);
}

template <class Team, class T>
__global__ void max_last_kernel(StridedRows<const T> x, T* out, std::int32_t* index, std::int64_t rows,
                                std::int64_t width) {
  Team::for_each_row(rows, [&](std::int64_t row) {
    const StridedRow<const T> from = x[row];
    Best<T> best{0, -1};
    Team::for_each(width, [&](std::int64_t i) { best = Better{}(best, Best<T>{from[i], i}); });
    best = Team::reduce(best, Better{});
    if (!Team::leads()) return;
    out[row] = best.value;
    index[row] = static_cast<std::int32_t>(best.place);
  });
}

template <class Team, class T>
__global__ void max_last_backward_kernel(const T* grad_out, const std::int32_t* index, T* grad_x, Strided<2> layout,
                                         std::int64_t width) {
  Team::for_each_row(layout.size, [&](std::int64_t row) {
    const T grad = grad_out[layout.offset(0, row)];
    const std::int64_t place = index[layout.offset(1, row)];
    Team::for_each(width, [&](std::int64_t i) { grad_x[row * width + i] = i == place ? grad : T(0); });
  });
}

template <class T>
__global__ void any_nonfinite_kernel(const T* x, std::int32_t* out, Strided<1> layout) {
  bool found = false;
  for_each_index(layout.size, [&](std::int64_t i) { found |= !isfinite(x[layout.offset(0, i)]); });
  if (found) atomicOr(out, 1);
}

}  // namespace

void sum(const Tensor& x, Tensor& out) {
  if (x.numel() == 0) return cuda::fill(0, out);
  const Strided<1> kept = strided(axes_of(x, out, false)), summed = strided(axes_of(x, out, true));
  visit_float(x.dtype(), "sum", [&](auto t) {
    using T = decltype(t);
    const Elements<T, false> elements{x.data<T>(), kept, summed};
    const FinalSums<T, 1> target{{out.data<T>()}};
    if (sums_last(x, out) && summed.size >= kWarp) {
      sums<Along::Terms>(context(out), kept.size, summed.size, elements, target);
    } else {
      sums<Along::Outputs>(context(out), kept.size, summed.size, elements, target);
    }
  });
}

void sum_of_squares(const Tensor& x, Tensor& out) {
  if (x.numel() == 0) return cuda::fill(0, out);
  visit_float(x.dtype(), "sum_of_squares", [&](auto t) {
    using T = decltype(t);
    const Elements<T, true> elements{x.data<T>(), {}, strided(x)};
    sums<Along::Terms>(context(out), 1, x.numel(), elements, FinalSums<T, 1>{{out.data<T>()}});
  });
}

void max_last(const Tensor& x, Tensor& out, Tensor& index) {
  if (x.numel() == 0) return;
  const std::int64_t width = x.shape().back();
  visit_float(x.dtype(), "max_last", [&](auto t) {
    using T = decltype(t);
    by_rows(context(out), out.numel(), width, [&](auto team, const Launch& shape) {
      launch(shape, max_last_kernel<decltype(team), T>, strided_rows<T>(x), out.data<T>(), index.data<std::int32_t>(),
             out.numel(), width);
    });
  });
}

void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  const std::int64_t width = grad_x.shape().back();
  visit_float(grad_x.dtype(), "max_last_backward", [&](auto t) {
    using T = decltype(t);
    by_rows(context(grad_x), grad_out.numel(), width, [&](auto team, const Launch& shape) {
      launch(shape, max_last_backward_kernel<decltype(team), T>, grad_out.data<T>(), index.data<std::int32_t>(),
             grad_x.data<T>(), strided(grad_out, index), width);
    });
  });
}

void any_nonfinite(const Tensor& x, Tensor& out) {
  Context& gpu = context(out);
  cuda::fill(0, out);
  visit_float(x.dtype(), "any_nonfinite", [&](auto t) {
    using T = decltype(t);
    launch(gpu.over(x.numel()), any_nonfinite_kernel<T>, x.data<T>(), out.data<std::int32_t>(), strided(x));
  });
}

}  // namespace seqrec::kernels::cuda

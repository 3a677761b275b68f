#include "kernels/reduce.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/partial_sums.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/elementwise.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kColumnTile = 1024;
constexpr std::int64_t kLongRow = 4 * kElementGrain;  // its sum is worth several threads

/// The sum of range(begin, end) over parts of [0, n).
template <class F>
double sum_of_ranges(std::int64_t n, F&& range) {
  const PartialSums<double> sum(n, kLongRow, 1);
  sum.over([&](std::int64_t begin, std::int64_t end, double* part) { *part = range(begin, end); });
  return *sum.result();
}

/// out [outer] = sums of the rows of x [outer, length].
template <class T>
void sum_rows_of(std::int64_t outer, std::int64_t length, const T* x, T* out) {
  if (length > kLongRow) {
    for (std::int64_t o = 0; o < outer; ++o)
      out[o] = static_cast<T>(sum_of_ranges(length, [&](std::int64_t begin, std::int64_t end) {
        return element_sum<T>(end - begin, x + o * length + begin);
      }));
    return;
  }
  for_rows(outer, length, [&](std::int64_t o) { out[o] = static_cast<T>(element_sum<T>(length, x + o * length)); });
}

/// out [inner] = sums of the columns of x [length, inner]: by parts of the rows and tiles of columns.
template <class T>
void sum_columns_of(std::int64_t length, std::int64_t inner, const T* x, T* out) {
  const std::int64_t tiles = num_ranges(inner, kColumnTile);
  const PartialSums<double> sums(length, row_grain(std::min(inner, kColumnTile)), inner);
  for_ranges(sums.parts() * tiles, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; ++i) {
      const std::int64_t row = i / tiles * sums.part_size(), rows = std::min(sums.part_size(), length - row);
      const std::int64_t column = i % tiles * kColumnTile, columns = std::min(kColumnTile, inner - column);
      double* part = sums.part(i / tiles) + column;
      std::fill_n(part, columns, 0.0);
      add_column_sums<T>(rows, columns, x + row * inner + column, inner, part);
    }
  });
  sums.add_up();
  std::transform(sums.result(), sums.result() + inner, out, [](double sum) { return static_cast<T>(sum); });
}

/// out [outer, inner] = sum over the middle of x [outer, length, inner].
template <class T>
void sum_middle(std::int64_t outer, std::int64_t length, std::int64_t inner, const T* x, T* out) {
  if (inner == 1) return sum_rows_of(outer, length, x, out);
  for_rows(outer, length * inner,
           [&](std::int64_t o) { sum_columns_of(length, inner, x + o * length * inner, out + o * inner); });
}

/// Dimensions that are summed or kept together, outermost first.
struct Group {
  std::int64_t size;
  bool summed;
};

std::vector<Group> groups_of(const Shape& x, const Shape& out) {
  std::vector<Group> groups;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (x[axis] == 1) continue;
    const bool summed = out[axis] != x[axis];
    if (groups.empty() || groups.back().summed != summed) groups.push_back({1, summed});
    groups.back().size *= x[axis];
  }
  return groups;
}

}  // namespace

void sum(const Tensor& x, Tensor& out) {
  if (x.numel() == 0) return cpu::fill(0, out);
  visit_real(x.dtype(), "sum", [&](auto t) {
    using T = decltype(t);
    std::vector<Group> groups = groups_of(x.shape(), out.shape());
    Tensor from = contiguous(x);
    std::int64_t inner = 1, outer = x.numel();
    // One summed group at a time, the innermost first.
    while (!groups.empty()) {
      const Group group = groups.back();
      groups.pop_back();
      outer /= group.size;
      if (group.summed) {
        const bool last = groups.size() < 2 && (groups.empty() || !groups[0].summed);
        const Tensor to = last ? out : Tensor({outer * inner}, x.dtype());
        sum_middle<T>(outer, group.size, inner, from.data<T>(), to.data<T>());
        from = to;
      } else {
        inner *= group.size;
      }
    }
    if (from.raw() != out.raw()) cpu::copy(from.reshape(out.shape()), out);
  });
}

void max_last(const Tensor& x, Tensor& out, Tensor& index) {
  visit_real(x.dtype(), "max_last", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    const std::int64_t width = x.shape().back();
    for_rows(out.numel(), width, [&](std::int64_t i) {
      const std::int64_t place = max_place<T>(width, from + i * width);
      out.data<T>()[i] = from[i * width + place];
      index.data<std::int32_t>()[i] = static_cast<std::int32_t>(place);
    });
  });
}

void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  visit_real(grad_x.dtype(), "max_last_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out), places = contiguous(index);
    const T* from = grads.data<T>();
    const std::int32_t* place = places.data<std::int32_t>();
    T* to = grad_x.data<T>();
    const std::int64_t width = grad_x.shape().back();
    for_ranges(grad_out.numel(), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      std::fill(to + begin * width, to + end * width, T(0));
      for (std::int64_t i = begin; i < end; ++i) to[i * width + place[i]] = from[i];
    });
  });
}

void sum_of_squares(const Tensor& x, Tensor& out) {
  visit_real(x.dtype(), "sum_of_squares", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    *out.data<T>() = static_cast<T>(sum_of_ranges(
        x.numel(), [&](std::int64_t begin, std::int64_t end) { return square_sum<T>(end - begin, from + begin); }));
  });
}

void l2_norms(const std::vector<Tensor>& xs, std::span<const double> weights, Tensor& norms, Tensor& total) {
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    Tensor norm = norms.slice(0, at, at + 1);
    cpu::sum_of_squares(xs[i], norm);
  }
  cpu::unary(Unary::Sqrt, norms, norms);
  visit_real(norms.dtype(), "l2_norms", [&](auto t) {
    using T = decltype(t);
    double sum = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) sum += weights[i] * static_cast<double>(norms.data<T>()[i]);
    *total.data<T>() = static_cast<T>(sum);
  });
}

void l2_norms_backward(const std::vector<Tensor>& xs, std::span<const double> weights, const Tensor& norms,
                       const Tensor& grad, const std::vector<Tensor>& grads) {
  visit_real(norms.dtype(), "l2_norms_backward", [&](auto t) {
    using T = decltype(t);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const T norm = norms.data<T>()[i];
      Tensor to = grads[i];
      cpu::affine(norm == 0 ? 0 : weights[i] * static_cast<double>(*grad.data<T>()) / norm, 0, xs[i], to);
    }
  });
}

void any_nonfinite(const Tensor& x, Tensor& out) {
  visit_real(x.dtype(), "any_nonfinite", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    std::atomic<bool> found = false;
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      if (!all_finite<T>(end - begin, from + begin)) found = true;
    });
    *out.data<std::int32_t>() = found;
  });
}

}  // namespace seqrec::kernels::cpu

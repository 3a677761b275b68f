#include "kernels/reduce.h"

#include <atomic>
#include <numeric>
#include <vector>

#include "kernels/copy.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/reduce.h"
#include "kernels/elementwise.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kColumnTile = 1024;

/// The sum of range(begin, end) over pieces of [0, n), in order.
template <class F>
double sum_of_ranges(std::int64_t n, F&& range) {
  constexpr std::int64_t kGrain = 4 * kElementGrain;
  std::vector<double> sums(num_ranges(n, kGrain));
  for_ranges(n, kGrain, [&](std::int64_t begin, std::int64_t end) { sums[begin / kGrain] = range(begin, end); });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

/// out [outer] = sums of the rows of x [outer, length].
template <class T>
void sum_rows_of(std::int64_t outer, std::int64_t length, const T* x, T* out) {
  if (length > 4 * kElementGrain) {
    for (std::int64_t o = 0; o < outer; ++o)
      out[o] = static_cast<T>(sum_of_ranges(length, [&](std::int64_t begin, std::int64_t end) {
        return element_sum<T>(end - begin, x + o * length + begin);
      }));
    return;
  }
  for_ranges(outer, row_grain(length), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) out[o] = static_cast<T>(element_sum<T>(length, x + o * length));
  });
}

/// out [inner] = sums of the columns of x [length, inner]: by pieces of rows and tiles of columns, then piece after
/// piece.
template <class T>
void sum_columns_of(std::int64_t length, std::int64_t inner, const T* x, T* out) {
  const std::int64_t tiles = num_ranges(inner, kColumnTile), tile = std::min(inner, kColumnTile);
  const std::int64_t grain = row_grain(tile), pieces = num_ranges(length, grain);
  std::vector<double> partial(pieces * inner);
  for_ranges(pieces * tiles, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t piece = p / tiles, row = piece * grain, column = p % tiles * kColumnTile;
      add_column_sums<T>(std::min(grain, length - row), std::min(kColumnTile, inner - column), x + row * inner + column,
                         inner, partial.data() + piece * inner + column);
    }
  });
  for (std::int64_t j = 0; j < inner; ++j) {
    double sum = 0;
    for (std::int64_t p = 0; p < pieces; ++p) sum += partial[p * inner + j];
    out[j] = static_cast<T>(sum);
  }
}

/// out [outer, inner] = sum over the middle of x [outer, length, inner].
template <class T>
void sum_middle(std::int64_t outer, std::int64_t length, std::int64_t inner, const T* x, T* out) {
  if (inner == 1) return sum_rows_of(outer, length, x, out);
  const auto each = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) sum_columns_of(length, inner, x + o * length * inner, out + o * inner);
  };
  if (outer == 1) return each(0, 1);
  for_ranges(outer, row_grain(length * inner), each);
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
  visit_float(x.dtype(), "sum", [&](auto t) {
    using T = decltype(t);
    std::vector<Group> groups = groups_of(x.shape(), out.shape());
    Tensor from = dense(x);
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
  visit_float(x.dtype(), "max_last", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    const T* from = source.data<T>();
    const std::int64_t width = x.shape().back();
    for_ranges(out.numel(), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t place = max_place<T>(width, from + i * width);
        out.data<T>()[i] = from[i * width + place];
        index.data<std::int32_t>()[i] = static_cast<std::int32_t>(place);
      }
    });
  });
}

void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  visit_float(grad_x.dtype(), "max_last_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = dense(grad_out), places = dense(index);
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
  visit_float(x.dtype(), "sum_of_squares", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    const T* from = source.data<T>();
    *out.data<T>() = static_cast<T>(sum_of_ranges(
        x.numel(), [&](std::int64_t begin, std::int64_t end) { return square_sum<T>(end - begin, from + begin); }));
  });
}

void l2_norm_backward(const Tensor& x, const Tensor& norm, const Tensor& grad_norm, Tensor& grad_x) {
  visit_float(x.dtype(), "l2_norm_backward", [&](auto t) {
    using T = decltype(t);
    const T length = *norm.data<T>();
    cpu::affine(length == 0 ? 0 : static_cast<double>(*grad_norm.data<T>()) / length, 0, x, grad_x);
  });
}

void any_nonfinite(const Tensor& x, Tensor& out) {
  visit_float(x.dtype(), "any_nonfinite", [&](auto t) {
    using T = decltype(t);
    const Tensor source = dense(x);
    const T* from = source.data<T>();
    std::atomic<bool> found = false;
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      if (!all_finite<T>(end - begin, from + begin)) found = true;
    });
    *out.data<std::int32_t>() = found;
  });
}

}  // namespace seqrec::kernels::cpu

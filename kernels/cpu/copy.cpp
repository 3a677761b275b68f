#include "kernels/copy.h"

#include <cstdlib>
#include <cstring>
#include <numeric>

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/strided_loop.h"

namespace seqrec::kernels::cpu {
namespace {

/// A matrix of elements at any two strides.
template <class T>
struct Matrix {
  T* data;
  std::int64_t row, step;
  T& operator()(std::int64_t i, std::int64_t j) const { return data[i * row + j * step]; }
};

constexpr std::int64_t kSide = 16;  // a transposed tile of this size touches few enough cache lines

template <class From, class To>
void copy_matrix(std::int64_t rows, std::int64_t width, Matrix<const std::byte> source, Matrix<std::byte> out) {
  const Matrix<const From> x{reinterpret_cast<const From*>(source.data), source.row, source.step};
  const Matrix<To> y{reinterpret_cast<To*>(out.data), out.row, out.step};
  if (x.step == 1 && y.step == 1) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const From* from = &x(i, 0);
      To* to = &y(i, 0);
      if constexpr (std::is_same_v<From, To>)
        std::memcpy(to, from, static_cast<std::size_t>(width) * sizeof(To));
      else
        for (std::int64_t j = 0; j < width; ++j) to[j] = static_cast<To>(from[j]);
    }
    return;
  }
  // By tiles which are read along the source's rows or columns, whichever lie closer, and written along those of y.
  const bool across = std::abs(x.row) < std::abs(x.step);
  From tile[kSide][kSide];
  for (std::int64_t i = 0; i < rows; i += kSide)
    for (std::int64_t j = 0; j < width; j += kSide) {
      const std::int64_t height = std::min(kSide, rows - i), length = std::min(kSide, width - j);
      if (across)
        for (std::int64_t c = 0; c < length; ++c)
          for (std::int64_t r = 0; r < height; ++r) tile[r][c] = x(i + r, j + c);
      else
        for (std::int64_t r = 0; r < height; ++r)
          for (std::int64_t c = 0; c < length; ++c) tile[r][c] = x(i + r, j + c);
      for (std::int64_t r = 0; r < height; ++r)
        for (std::int64_t c = 0; c < length; ++c) y(i + r, j + c) = static_cast<To>(tile[r][c]);
    }
}

/// The dimensions in the order in which `out` lies in memory.
StridedLoop<2> loop_over(const Tensor& source, const Tensor& out) {
  std::array<int, kMaxRank> axes;
  const auto end = axes.begin() + out.rank();
  std::iota(axes.begin(), end, 0);
  std::stable_sort(axes.begin(), end, [&](int a, int b) { return out.strides()[a] > out.strides()[b]; });
  StridedLoop<2> loop;
  for (auto axis = axes.begin(); axis != end; ++axis)
    loop.add(out.size(*axis), {source.strides()[*axis], out.strides()[*axis]});
  return loop;
}

}  // namespace

void copy(const Tensor& source, Tensor& out) {
  // A pointer, so that the loop over the dimensions is compiled once and not for each of the 36 pairs of types.
  void (*move)(std::int64_t, std::int64_t, Matrix<const std::byte>, Matrix<std::byte>) = nullptr;
  visit_any(source.dtype(), [&](auto from) {
    visit_any(out.dtype(), [&](auto to) { move = &copy_matrix<decltype(from), decltype(to)>; });
  });
  const std::byte* x = source.raw();
  std::byte* y = out.raw();
  const auto x_size = static_cast<std::int64_t>(size_of(source.dtype()));
  const auto y_size = static_cast<std::int64_t>(size_of(out.dtype()));
  const auto each = [&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
    move(rows, width, {x + offsets[0] * x_size, row[0], step[0]}, {y + offsets[1] * y_size, row[1], step[1]});
  };
  loop_over(source, out).run(each, 2 * kSide);
}

void fill(double value, Tensor& out) {
  visit_any(out.dtype(), [&](auto t) {
    using T = decltype(t);
    T* y = out.data<T>();
    loop_over(out, out).run(
        [&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
          for (std::int64_t i = 0; i < rows; ++i) {
            T* to = y + offsets[0] + i * row[0];
            if (step[0] == 1)
              std::fill_n(to, width, static_cast<T>(value));
            else
              for (std::int64_t j = 0; j < width; ++j) to[j * step[0]] = static_cast<T>(value);
          }
        });
  });
}

}  // namespace seqrec::kernels::cpu

#include "kernels/copy.h"

#include <cstdlib>
#include <cstring>
#include <numeric>

#include "kernels/cpu/ranges.h"
#include "kernels/cpu/strided_loop.h"

namespace seqrec::kernels::cpu {
namespace {

/// A matrix of elements at any two strides, in bytes. What moves them knows no more than their size, so that it is
/// compiled for three sizes and not for each of the 36 pairs of types.
struct Matrix {
  std::byte* data;
  std::int64_t row, step;
  std::byte* at(std::int64_t i, std::int64_t j) const { return data + i * row + j * step; }
};

/// An element of the size of T, of whatever type.
template <class T>
struct [[gnu::may_alias]] Element {
  T bits;
};

constexpr std::int64_t kSide = 16;  // a transposed tile of this size touches few enough cache lines

struct Elements {
  alignas(64) std::byte data[kSide * kSide * 8];
};

using MoveTile = void (*)(std::int64_t rows, std::int64_t width, const Matrix& matrix, Elements& tile);

/// Reads along the matrix's rows or columns, whichever lie closer.
template <class T>
void read_tile(std::int64_t rows, std::int64_t width, const Matrix& matrix, Elements& tile) {
  auto* to = reinterpret_cast<Element<T>*>(tile.data);
  const auto from = [&](std::int64_t r, std::int64_t c) { return *reinterpret_cast<Element<T>*>(matrix.at(r, c)); };
  if (std::abs(matrix.row) < std::abs(matrix.step))
    for (std::int64_t c = 0; c < width; ++c)
      for (std::int64_t r = 0; r < rows; ++r) to[r * kSide + c] = from(r, c);
  else
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < width; ++c) to[r * kSide + c] = from(r, c);
}

template <class T>
void write_tile(std::int64_t rows, std::int64_t width, const Matrix& matrix, Elements& tile) {
  const auto* from = reinterpret_cast<const Element<T>*>(tile.data);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < width; ++c) *reinterpret_cast<Element<T>*>(matrix.at(r, c)) = from[r * kSide + c];
}

MoveTile reader(std::size_t size) {
  return size == 8 ? read_tile<std::uint64_t> : size == 4 ? read_tile<std::uint32_t> : read_tile<std::uint8_t>;
}
MoveTile writer(std::size_t size) {
  return size == 8 ? write_tile<std::uint64_t> : size == 4 ? write_tile<std::uint32_t> : write_tile<std::uint8_t>;
}

using ConvertRow = void (*)(const std::byte* from, std::byte* to, std::int64_t n);

template <class From, class To>
void convert_row(const std::byte* from, std::byte* to, std::int64_t n) {
  const auto* x = reinterpret_cast<const From*>(from);
  auto* y = reinterpret_cast<To*>(to);
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<To>(x[i]);
}

/// Null if the types are the same.
ConvertRow converter(DType from, DType to) {
  if (from == to) return nullptr;
  return visit_any(from, [&](auto x) {
    return visit_any(to, [](auto y) -> ConvertRow { return convert_row<decltype(x), decltype(y)>; });
  });
}

using FillRow = void (*)(const std::byte* element, std::byte* to, std::int64_t step, std::int64_t n);

template <class T>
void fill_row(const std::byte* element, std::byte* to, std::int64_t step, std::int64_t n) {
  const Element<T> value = *reinterpret_cast<const Element<T>*>(element);
  if (step == sizeof(T))
    std::fill_n(reinterpret_cast<Element<T>*>(to), n, value);
  else
    for (std::int64_t i = 0; i < n; ++i) *reinterpret_cast<Element<T>*>(to + i * step) = value;
}
FillRow filler(std::size_t size) {
  return size == 8 ? fill_row<std::uint64_t> : size == 4 ? fill_row<std::uint32_t> : fill_row<std::uint8_t>;
}

/// The dimensions in the order in which `out` lies in memory.
StridedLoop<2> loop_over(const Tensor& source, const Tensor& out) {
  std::array<int, kMaxRank> axes;
  const auto end = axes.begin() + out.rank();
  std::iota(axes.begin(), end, 0);
  const auto before = [&](int a, int b) { return out.strides()[a] > out.strides()[b]; };
  for (auto axis = axes.begin(); axis != end; ++axis)  // equal ones stay in their order
    std::rotate(std::upper_bound(axes.begin(), axis, *axis, before), axis, axis + 1);
  StridedLoop<2> loop;
  for (auto axis = axes.begin(); axis != end; ++axis)
    loop.add(out.size(*axis), {source.strides()[*axis], out.strides()[*axis]});
  return loop;
}

}  // namespace

void copy(const Tensor& source, Tensor& out) {
  const auto x_size = static_cast<std::int64_t>(size_of(source.dtype()));
  const auto y_size = static_cast<std::int64_t>(size_of(out.dtype()));
  const ConvertRow convert = converter(source.dtype(), out.dtype());
  const MoveTile read = reader(x_size), write = writer(y_size);
  auto* const from = const_cast<std::byte*>(source.raw());  // only read
  std::byte* const to = out.raw();
  const auto each = [&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
    const Matrix x{from + offsets[0] * x_size, row[0] * x_size, step[0] * x_size};
    const Matrix y{to + offsets[1] * y_size, row[1] * y_size, step[1] * y_size};
    if (step[0] == 1 && step[1] == 1) {
      for (std::int64_t i = 0; i < rows; ++i)
        if (convert)
          convert(x.at(i, 0), y.at(i, 0), width);
        else
          std::memcpy(y.at(i, 0), x.at(i, 0), static_cast<std::size_t>(width * x_size));
      return;
    }
    Elements tile, converted;
    for (std::int64_t i = 0; i < rows; i += kSide)
      for (std::int64_t j = 0; j < width; j += kSide) {
        const std::int64_t height = std::min(kSide, rows - i), length = std::min(kSide, width - j);
        read(height, length, {x.at(i, j), x.row, x.step}, tile);
        for (std::int64_t r = 0; convert && r < height; ++r)
          convert(tile.data + r * kSide * x_size, converted.data + r * kSide * y_size, length);
        write(height, length, {y.at(i, j), y.row, y.step}, convert ? converted : tile);
      }
  };
  loop_over(source, out).run(each, 2 * kSide);
}

void fill(double value, Tensor& out) {
  alignas(8) std::byte element[8];
  visit_any(out.dtype(), [&](auto zero) {
    const auto converted = static_cast<decltype(zero)>(value);
    std::memcpy(element, &converted, sizeof converted);
  });
  const FillRow fill_row = filler(size_of(out.dtype()));
  std::byte* const to = out.raw();
  const auto size = static_cast<std::int64_t>(size_of(out.dtype()));
  const auto each = [&](std::int64_t rows, std::int64_t width, const auto& offsets, const auto& row, const auto& step) {
    const Matrix y{to + offsets[0] * size, row[0] * size, step[0] * size};
    for (std::int64_t i = 0; i < rows; ++i) fill_row(element, y.at(i, 0), y.step, width);
  };
  loop_over(out, out).run(each);
}

}  // namespace seqrec::kernels::cpu

#include "kernels/cpu/simd/gemm.h"

#include <utility>

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

// The sums of a tile of kRows x 2 vectors stay in registers, beside the two vectors of b and one of a.
constexpr int kRows = kVectorRegisters == 32 ? 12 : 6;
template <class T>
constexpr int kPanel = 2 * kLanes<T>;

constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// c [R, columns] = or += alpha a b, columns over V - 1 and up to V vectors; b's rows are whole panels, b_stride apart.
template <class T, int R, int V>
void tile(std::int64_t k, T alpha, Strided<T> a, const T* b, std::int64_t b_stride, bool add, T* c,
          std::int64_t c_stride, std::int64_t columns) {
  Vector<T> sums[R][V] = {};
  const T* rows[(R + 2) / 3];  // every third row: the others are one and two strides on, which addressing modes do
  for (int r = 0; r < R; r += 3) rows[r / 3] = a.data + r * a.rows;
  for (std::int64_t p = 0; p < k; ++p) {
    Vector<T> right[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) right[v] = load(b + v * kLanes<T>);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const T factor = rows[r / 3][(r % 3) * a.rows];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sums[r][v] += factor * right[v];
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; r += 3) rows[r / 3] += a.columns;
    b += b_stride;
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      T* out = c + r * c_stride + v * kLanes<T>;
      const std::int64_t count = v + 1 < V ? kLanes<T> : columns - v * kLanes<T>;
      store_some<T>(out, add ? load_some(out, count) + alpha * sums[r][v] : alpha * sums[r][v], count);
    }
}

template <class T, int R = kRows>
void tile_of(std::int64_t m, std::int64_t k, T alpha, Strided<T> a, const T* b, std::int64_t b_stride, bool add, T* c,
             std::int64_t c_stride, std::int64_t columns) {
  if constexpr (R > 1)
    if (m < R) return tile_of<T, R - 1>(m, k, alpha, a, b, b_stride, add, c, c_stride, columns);
  if (columns > kLanes<T>)
    tile<T, R, 2>(k, alpha, a, b, b_stride, add, c, c_stride, columns);
  else
    tile<T, R, 1>(k, alpha, a, b, b_stride, add, c, c_stride, columns);
}

/// A panel's columns of c: all rows.
template <class T>
void panel(std::int64_t m, std::int64_t k, T alpha, Strided<T> a, const T* b, std::int64_t b_stride, bool add, T* c,
           std::int64_t c_stride, std::int64_t columns) {
  const std::int64_t tiles = (m + kRows - 1) / kRows;
  for (std::int64_t t = 0, i = 0; t < tiles; ++t) {  // of even heights: a low tile would wait for its own sums
    const std::int64_t rows = (m - i) / (tiles - t);
    tile_of<T>(rows, k, alpha, {a.data + i * a.rows, a.rows, a.columns}, b, b_stride, add, c + i * c_stride, c_stride,
               columns);
    i += rows;
  }
}

template <class T>
void clear(std::int64_t m, std::int64_t n, T* c, std::int64_t c_stride) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) c[i * c_stride + j] = 0;
}

/// Exchanges the corners of 2 x 2 blocks of `step` elements: the upper right one and the lower left.
template <class T, int step, int... lane>
SEQREC_INLINE void exchange(Vector<T>& above, Vector<T>& below, std::integer_sequence<int, lane...>) {
  const Vector<T> a = above, b = below;
  above = __builtin_shufflevector(a, b, (lane & step ? kLanes<T> + lane - step : lane)...);
  below = __builtin_shufflevector(a, b, (lane & step ? kLanes<T> + lane : lane + step)...);
}

/// Row i of the result is column i of what it was.
template <class T, int step = 1>
SEQREC_INLINE void transpose(Vector<T> (&rows)[kLanes<T>]) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes<T>; ++i)
    if (!(i & step)) exchange<T, step>(rows[i], rows[i + step], std::make_integer_sequence<int, kLanes<T>>());
  if constexpr (2 * step < kLanes<T>) transpose<T, 2 * step>(rows);
}

/// Copies k x columns of b to whole, zero-padded rows, reading along b's adjacent elements.
template <class T>
void pack_panel(std::int64_t k, std::int64_t columns, Strided<T> b, T* packed) {
  constexpr std::int64_t width = kPanel<T>, lanes = kLanes<T>;
  if (b.columns == 1) {
    const std::int64_t first = smaller(columns, lanes), second = columns - first;
    for (std::int64_t p = 0; p < k; ++p) {
      const T* row = b.data + p * b.rows;
      store<T>(packed + p * width, load_some(row, first));
      store<T>(packed + p * width + lanes, second > 0 ? load_some(row + lanes, second) : Vector<T>{});
    }
    return;
  }
  if (columns < width)
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t j = columns; j < width; ++j) packed[p * width + j] = 0;
  const std::int64_t whole_k = b.rows == 1 ? k / lanes * lanes : 0, whole_columns = columns / lanes * lanes;
  for (std::int64_t j = 0; j < whole_columns; j += lanes)
    for (std::int64_t p = 0; p < whole_k; p += lanes) {
      Vector<T> block[lanes];
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) block[i] = load(b.data + p + (j + i) * b.columns);
      transpose<T>(block);
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) store(packed + (p + i) * width + j, block[i]);
    }
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t p = j < whole_columns ? whole_k : 0; p < k; ++p)
      packed[p * width + j] = b.data[p * b.rows + j * b.columns];
}

}  // namespace

template <class T>
std::int64_t panel_width() {
  return kPanel<T>;
}

template <class T>
void fill_panels(std::int64_t k, std::int64_t begin, std::int64_t end, Strided<T> b, T* packed) {
  for (std::int64_t j = begin; j < end; j += kPanel<T>)
    pack_panel<T>(k, smaller(end - j, kPanel<T>), {b.data + j * b.columns, b.rows, b.columns}, packed + j * k);
}

template <class T>
void multiply_panels(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a, const T* packed, bool add,
                     T* c, std::int64_t c_stride) {
  if (k == 0 && !add) return clear(m, n, c, c_stride);
  for (std::int64_t p = 0; p < k; p += kGemmChunk, a.data += kGemmChunk * a.columns, add = true)
    for (std::int64_t j = 0; j < n; j += kPanel<T>)
      panel<T>(m, smaller(k - p, kGemmChunk), alpha, a, packed + j * k + p * kPanel<T>, kPanel<T>, add, c + j, c_stride,
               smaller(n - j, kPanel<T>));
}

template <class T>
void multiply_rows(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a, Strided<T> b, bool add, T* c,
                   std::int64_t c_stride) {
  if (k == 0 && !add) return clear(m, n, c, c_stride);
  alignas(kVectorBytes) T last[kGemmChunk * kPanel<T>];  // the columns beyond the last whole panel
  for (std::int64_t p = 0; p < k; p += kGemmChunk, a.data += kGemmChunk * a.columns, add = true) {
    const std::int64_t chunk = smaller(k - p, kGemmChunk);
    for (std::int64_t j = 0; j < n; j += kPanel<T>) {
      const std::int64_t columns = smaller(n - j, kPanel<T>);
      const T* from = b.data + p * b.rows + j;
      std::int64_t stride = b.rows;
      if (columns < kPanel<T>) {
        pack_panel<T>(chunk, columns, {from, b.rows, 1}, last);
        from = last;
        stride = kPanel<T>;
      }
      panel<T>(m, chunk, alpha, a, from, stride, add, c + j, c_stride, columns);
    }
  }
}

SEQREC_SIMD_INSTANTIATE(panel_width)
SEQREC_SIMD_INSTANTIATE(fill_panels)
SEQREC_SIMD_INSTANTIATE(multiply_panels)
SEQREC_SIMD_INSTANTIATE(multiply_rows)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

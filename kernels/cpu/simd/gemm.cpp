#include "kernels/cpu/simd/gemm.h"

#include <utility>

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

// The sums of a tile of kRows x 2 vectors stay in registers, beside the two vectors of b and one of a.
constexpr int kRows = kVectorRegisters == 32 ? 12 : 6;
constexpr int kNarrowRows = 12;  // of one vector: fewer sums would wait for each other
constexpr std::int64_t kBlockBytes =
    262144;  // of b, which stay in the second-level cache while all rows of a meet them
template <class T>
constexpr int kPanel = 2 * kLanes<T>;

constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// How many of the rows that are left come next: what is more than one share and less than two is halved, since a low
/// tile would wait for its own sums.
constexpr std::int64_t next_rows(std::int64_t left, std::int64_t share) {
  return left >= 2 * share ? share : left > share ? left / 2 : left;
}

/// Panels of b, side by side: their rows are `row` elements apart, they themselves `next`.
template <class T>
struct Panels {
  const T* data;
  std::int64_t row, next;
};

/// c [R, V vectors] = or += alpha a b.
template <class T, int R, int V>
SEQREC_INLINE void tile(std::int64_t k, T alpha, Strided<T> a, const T* b, std::int64_t b_stride, bool add, T* c,
                        std::int64_t c_stride) {
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
      store(out, add ? load(out) + alpha * sums[r][v] : alpha * sums[r][v]);
    }
}

/// Tiles of R rows, side by side. (References: copies of structs, made by halves, would wait for c to be written.)
template <class T, int R, int V>
void tiles(std::int64_t count, std::int64_t k, T alpha, const Strided<T>& a, const Panels<T>& b, bool add, T* c,
           std::int64_t c_stride) {
  for (std::int64_t j = 0; j < count; ++j)
    tile<T, R, V>(k, alpha, a, b.data + j * b.next, b.row, add, c + j * V * kLanes<T>, c_stride);
}
template <class T, int V, int... r>
auto tiles_of_sequence(std::int64_t rows, std::integer_sequence<int, r...>) {
  static constexpr decltype(&tiles<T, 1, V>) by_rows[] = {&tiles<T, r + 1, V>...};
  return by_rows[rows - 1];
}
/// `tiles` for 1 to kRows rows, of one vector to kNarrowRows.
template <class T, int V>
auto tiles_of(std::int64_t rows) {
  return tiles_of_sequence<T, V>(rows, std::make_integer_sequence < int, V == 1 ? kNarrowRows : kRows > ());
}

/// The same of one panel that isn't whole: what a tile writes beyond `columns` stays here.
template <class T, int V>
void last_tile(std::int64_t m, std::int64_t k, T alpha, const Strided<T>& a, const Panels<T>& b, bool add, T* c,
               std::int64_t c_stride, std::int64_t columns) {
  constexpr std::int64_t lanes = kLanes<T>, width = V * lanes, before = width - lanes;
  constexpr std::int64_t R = V == 1 ? kNarrowRows : kRows;
  alignas(kVectorBytes) T part[R * width];
  for (std::int64_t i = 0; add && i < R && i < m; ++i) {
    if (V == 2) store(part + i * width, load(c + i * c_stride));
    store(part + i * width + before, load_some(c + i * c_stride + before, columns - before));
  }
  tiles_of<T, V>(m)(1, k, alpha, a, b, add, part, width);
  for (std::int64_t i = 0; i < R && i < m; ++i) {
    if (V == 2) store(c + i * c_stride, load(part + i * width));
    store_some(c + i * c_stride + before, load(part + i * width + before), columns - before);
  }
}

/// Columns of b that all rows of a meet before the next do; a panel where neighbouring rows of a share cache lines.
template <class T>
std::int64_t block_columns(std::int64_t k, Strided<T> a) {
  const std::int64_t panels = kBlockBytes / (k * kPanel<T> * (std::int64_t)sizeof(T));
  return (a.columns == 1 ? panels : 1) * kPanel<T>;
}

/// c [m, n] = or += alpha a b.
template <class T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const Strided<T>& a, const Panels<T>& b,
              bool add, T* c, std::int64_t c_stride) {
  const std::int64_t whole = n / kPanel<T>, columns = n % kPanel<T>;
  for (std::int64_t i = 0; i < m && whole > 0;) {
    const std::int64_t rows = next_rows(m - i, kRows);
    tiles_of<T, 2>(rows)(whole, k, alpha, {a.data + i * a.rows, a.rows, a.columns}, b, add, c + i * c_stride, c_stride);
    i += rows;
  }
  if (columns == 0) return;
  const Panels<T> last{b.data + whole * b.next, b.row, b.next};
  c += whole * kPanel<T>;
  const bool narrow = columns <= kLanes<T>;
  for (std::int64_t i = 0; i < m;) {
    const std::int64_t rows = next_rows(m - i, narrow ? kNarrowRows : kRows);
    const Strided<T> from{a.data + i * a.rows, a.rows, a.columns};
    if (narrow)
      last_tile<T, 1>(rows, k, alpha, from, last, add, c + i * c_stride, c_stride, columns);
    else
      last_tile<T, 2>(rows, k, alpha, from, last, add, c + i * c_stride, c_stride, columns);
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

/// The same of each 4 x 4 block of floats at once, which takes an instruction per vector and step.
template <int... lane>
SEQREC_INLINE void transpose_fours(Vector<float>* rows, std::integer_sequence<int, lane...>) {
  constexpr int n = kLanes<float>;
  const auto low = [](auto a, auto b) SEQREC_INLINED {  // a0 b0 a1 b1, and so on
    return __builtin_shufflevector(a, b, ((lane & ~3) + lane % 4 / 2 + (lane & 1) * n)...);
  };
  const auto high = [](auto a, auto b) SEQREC_INLINED {  // a2 b2 a3 b3
    return __builtin_shufflevector(a, b, ((lane & ~3) + 2 + lane % 4 / 2 + (lane & 1) * n)...);
  };
  Vector<float> first[2] = {low(rows[0], rows[1]), low(rows[2], rows[3])};
  Vector<float> second[2] = {high(rows[0], rows[1]), high(rows[2], rows[3])};
  exchange<float, 2>(first[0], first[1], std::integer_sequence<int, lane...>());
  exchange<float, 2>(second[0], second[1], std::integer_sequence<int, lane...>());
  rows[0] = first[0], rows[1] = first[1], rows[2] = second[0], rows[3] = second[1];
}

/// Row i of the result is column i of what it was.
template <class T, int step = 1>
SEQREC_INLINE void transpose(Vector<T> (&rows)[kLanes<T>]) {
  constexpr std::make_integer_sequence<int, kLanes<T>> lanes{};
  if constexpr (sizeof(T) == 4 && step == 1) {
#pragma GCC unroll 4
    for (int i = 0; i < kLanes<T>; i += 4) transpose_fours(rows + i, lanes);
    if constexpr (kLanes < T >> 4) transpose<T, 4>(rows);
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes<T>; ++i)
      if (!(i & step)) exchange<T, step>(rows[i], rows[i + step], lanes);
    if constexpr (2 * step < kLanes<T>) transpose<T, 2 * step>(rows);
  }
}

/// Copies the transpose of a block of at most one vector's lanes each way; 0 for columns that are not there.
template <class T>
SEQREC_INLINE void pack_block(std::int64_t rows, std::int64_t columns, const T* b, std::int64_t stride, T* packed) {
  Vector<T> block[kLanes<T>];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes<T>; ++i) block[i] = i < columns ? load_some(b + i * stride, rows) : Vector<T>{};
  transpose<T>(block);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes<T>; ++i)
    if (i < rows) store(packed + i * kPanel<T>, block[i]);
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
  } else if (b.rows == 1) {
    for (std::int64_t j = 0; j < width; j += lanes)
      for (std::int64_t p = 0; p < k; p += lanes) {
        const std::int64_t down = smaller(k - p, lanes), across = smaller(columns - j, lanes);
        const T* from = b.data + p + j * b.columns;
        if (down == lanes && across == lanes)
          pack_block<T>(lanes, lanes, from, b.columns, packed + p * width + j);
        else
          pack_block<T>(down, across, from, b.columns, packed + p * width + j);
      }
  } else {
    for (std::int64_t j = 0; j < width; ++j)
      for (std::int64_t p = 0; p < k; ++p)
        packed[p * width + j] = j < columns ? b.data[p * b.rows + j * b.columns] : T(0);
  }
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
  constexpr std::int64_t width = kPanel<T>;
  for (std::int64_t p = 0; p < k; p += kGemmChunk, a.data += kGemmChunk * a.columns, add = true) {
    const std::int64_t chunk = smaller(k - p, kGemmChunk);
    const std::int64_t block = block_columns(chunk, a);
    for (std::int64_t j = 0; j < n; j += block)
      multiply<T>(m, smaller(n - j, block), chunk, alpha, a, {packed + j * k + p * width, width, k * width}, add, c + j,
                  c_stride);
  }
}

template <class T>
void multiply_rows(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a, Strided<T> b, bool add, T* c,
                   std::int64_t c_stride) {
  if (k == 0 && !add) return clear(m, n, c, c_stride);
  constexpr std::int64_t width = kPanel<T>;
  alignas(kVectorBytes) T last[kGemmChunk * width];  // the columns beyond the last whole panel
  const std::int64_t whole = n / width * width;
  for (std::int64_t p = 0; p < k; p += kGemmChunk, a.data += kGemmChunk * a.columns, add = true) {
    const std::int64_t chunk = smaller(k - p, kGemmChunk);
    const T* from = b.data + p * b.rows;
    const std::int64_t block = block_columns(chunk, a);
    for (std::int64_t j = 0; j < whole; j += block)
      multiply<T>(m, smaller(whole - j, block), chunk, alpha, a, {from + j, b.rows, width}, add, c + j, c_stride);
    if (whole == n) continue;
    pack_panel<T>(chunk, n - whole, {from + whole, b.rows, 1}, last);
    multiply<T>(m, n - whole, chunk, alpha, a, {last, width, 0}, add, c + whole, c_stride);
  }
}

SEQREC_SIMD_INSTANTIATE(panel_width)
SEQREC_SIMD_INSTANTIATE(fill_panels)
SEQREC_SIMD_INSTANTIATE(multiply_panels)
SEQREC_SIMD_INSTANTIATE(multiply_rows)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD

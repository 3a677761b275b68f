#include "kernels/cpu/gemm.h"

#include <algorithm>

#include "kernels/cpu/partial_sums.h"
#include "kernels/cpu/ranges.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kBlockRows = 96;     // a multiple of every variant's tile
constexpr std::int64_t kBlocks = 16;        // wanted, for the threads of a usual machine
constexpr std::int64_t kPackGrain = 65536;  // elements
constexpr std::int64_t kMinWork = 1 << 16;  // multiply-adds worth a range of their own
constexpr std::int64_t kSplitDepth = 512;   // k of a part of a deep product, or a multiple
constexpr std::int64_t kOnStack = 32768;    // bytes of panels that are not worth an allocation

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

template <class T>
std::int64_t packed_size(std::int64_t k, std::int64_t n) {
  return k * ceil_div(n, panel_width<T>()) * panel_width<T>();
}

template <class T>
void multiply_packed(const Product<T>& p, const T* panels) {
  gemm_packed<T>(p.m, p.n, p.k, p.alpha, p.a, panels, p.add, p.c, p.c_stride);
}

}  // namespace

template <class T>
void Factor<T>::round(std::int64_t rows, std::int64_t columns) {
  copy_.emplace(rows * columns);
  const ProductPrecision precision = product_precision();
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* from = matrix_.data + i * matrix_.rows;
    T* to = copy_->data() + i * columns;
    for (std::int64_t j = 0; j < columns; ++j)
      to[j] = static_cast<T>(rounded(static_cast<float>(from[j * matrix_.columns]), precision));
  }
  matrix_ = {copy_->data(), columns, 1};
}

template <class T>
Packed<T>::Packed(std::int64_t k, std::int64_t n, Strided<T> b) : k_(k), panels_(packed_size<T>(k, n)) {
  const std::int64_t width = panel_width<T>();
  const std::int64_t grain = std::max<std::int64_t>(1, kPackGrain / std::max<std::int64_t>(1, k * width)) * width;
  for_ranges(n, grain, [&](std::int64_t begin, std::int64_t end) { pack_panels<T>(k, begin, end, b, panels_.data()); });
}

template <class T>
void multiply(const Product<T>& p) {
  // Rows of b far apart share cache sets: packing pays as soon as a few tiles of rows read it.
  if (p.b.columns == 1 && (p.m < kBlockRows / 2 || p.b.rows < 256))
    return gemm_rows<T>(p.m, p.n, p.k, p.alpha, p.a, p.b, p.add, p.c, p.c_stride);
  constexpr std::int64_t kSmall = kOnStack / sizeof(T);
  if (packed_size<T>(p.k, p.n) <= kSmall) {
    alignas(64) T panels[kSmall];
    pack_panels<T>(p.k, 0, p.n, p.b, panels);
    return multiply_packed<T>(p, panels);
  }
  multiply_packed<T>(p, Packed<T>(p.k, p.n, p.b).data());
}

namespace {

/// Whether a small result is summed over so many terms (a weight's gradient) that parts of them are worth a thread
/// each.
template <class T>
bool is_deep(const Product<T>& p) {
  return p.m * p.n <= 256 * 256 && p.k >= 2 * kSplitDepth && p.c_stride == p.n;
}

template <class T>
void multiply_deep(const Product<T>& p) {
  const PartialSums<T> sums(p.k, kSplitDepth, p.m * p.n, p.c);
  sums.over([&](std::int64_t begin, std::int64_t end, T* part) {
    const Strided<T> a{p.a.data + begin * p.a.columns, p.a.rows, p.a.columns};
    const Strided<T> b{p.b.data + begin * p.b.rows, p.b.rows, p.b.columns};
    multiply<T>({p.m, p.n, end - begin, p.alpha, a, b, p.add && begin == 0, part, p.n});
  });
}

/// Columns [begin, end) of c.
template <class T>
Product<T> columns_of(const Product<T>& p, std::int64_t begin, std::int64_t end) {
  Product<T> part = p;
  part.n = end - begin;
  part.b.data += begin * p.b.columns;
  part.c += begin;
  return part;
}

/// Blocks of rows; of columns, where there are few rows.
template <class T>
void multiply_blocks(const Product<T>& p, const Epilogue& epilogue) {
  const std::int64_t width = panel_width<T>(), row_blocks = ceil_div(p.m, kBlockRows);
  const std::int64_t wanted = ceil_div(p.n, ceil_div(kBlocks, std::min(row_blocks, kBlocks)));
  const std::int64_t worth = ceil_div(kMinWork, std::min(p.m, kBlockRows) * p.k);
  const std::int64_t columns = ceil_div(std::max(wanted, worth), width) * width;
  const std::int64_t column_blocks = ceil_div(p.n, columns);
  if (row_blocks == 1) {  // each packs what it needs, while that is in the cache
    for_ranges(column_blocks, 1, [&](std::int64_t block, std::int64_t) {
      multiply<T>(columns_of(p, block * columns, std::min(p.n, (block + 1) * columns)));
    });
  } else {
    const Packed<T> packed(p.k, p.n, p.b);
    for_ranges(row_blocks * column_blocks, 1, [&](std::int64_t block, std::int64_t) {
      const std::int64_t i = block / column_blocks * kBlockRows, i_end = std::min(p.m, i + kBlockRows);
      const std::int64_t j = block % column_blocks * columns, j_end = std::min(p.n, j + columns);
      gemm_packed<T>(i_end - i, j_end - j, p.k, p.alpha, {p.a.data + i * p.a.rows, p.a.rows, p.a.columns},
                     packed.from(j), p.add, p.c + i * p.c_stride + j, p.c_stride);
      if (epilogue && column_blocks == 1) epilogue(i, i_end);
    });
    if (column_blocks == 1) return;
  }
  if (epilogue) for_ranges(p.m, kBlockRows, epilogue);
}

}  // namespace

template <class T>
void multiply_parallel(const Product<T>& p, const Epilogue& epilogue) {
  if (p.m == 0 || p.n == 0) return;
  if (p.m * p.n * p.k < kMinWork) {
    multiply<T>(p);
    if (epilogue) epilogue(0, p.m);
  } else if (is_deep(p)) {
    multiply_deep<T>(p);
    if (epilogue) for_ranges(p.m, kBlockRows, epilogue);
  } else {
    multiply_blocks<T>(p, epilogue);
  }
}

template class Factor<float>;
template class Factor<double>;
template class Packed<float>;
template class Packed<double>;
template void multiply(const Product<float>&);
template void multiply(const Product<double>&);
template void multiply_parallel(const Product<float>&, const Epilogue&);
template void multiply_parallel(const Product<double>&, const Epilogue&);

}  // namespace seqrec::kernels::cpu

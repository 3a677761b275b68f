#include "kernels/cpu/gemm.h"

#include <algorithm>

#include "core/parallel.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr std::int64_t kBlockRows = 96;     // a multiple of every variant's tile
constexpr std::int64_t kBlocks = 16;        // wanted, for the threads of a usual machine
constexpr std::int64_t kPackGrain = 65536;  // elements
constexpr std::int64_t kMinWork = 1 << 16;  // multiply-adds worth a range of their own
constexpr std::int64_t kSplitDepth = 512;   // least k of a part of a deep product

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Parts that a small result of a deep product (a weight's gradient) is summed from; fixed by the shape.
std::int64_t depth_parts(std::int64_t m, std::int64_t n, std::int64_t k) {
  if (m * n > 256 * 256 || k < 2 * kSplitDepth) return 1;
  return std::min(kBlocks, k / kSplitDepth);
}

}  // namespace

template <class T>
Packed<T>::Packed(std::int64_t k, std::int64_t n, Strided<T> b)
    : k_(k), panels_(k * ceil_div(n, panel_width<T>()) * panel_width<T>()) {
  const std::int64_t width = panel_width<T>();
  const std::int64_t grain = std::max<std::int64_t>(1, kPackGrain / std::max<std::int64_t>(1, k * width)) * width;
  parallel_for(n, grain,
               [&](std::int64_t begin, std::int64_t end) { pack_panels<T>(k, begin, end, b, panels_.data()); });
}

template <class T>
void multiply(const Product<T>& p) {
  // Rows of b far apart share cache sets: packing pays as soon as a few tiles of rows read it.
  if (p.b.columns == 1 && (p.m < kBlockRows / 2 || p.b.rows < 256))
    return gemm_rows<T>(p.m, p.n, p.k, p.alpha, p.a, p.b, p.add, p.c, p.c_stride);
  const Packed<T> packed(p.k, p.n, p.b);
  gemm_packed<T>(p.m, p.n, p.k, p.alpha, p.a, packed.data(), p.add, p.c, p.c_stride);
}

namespace {

template <class T>
void multiply_deep(const Product<T>& p, std::int64_t parts) {
  const std::int64_t size = p.m * p.n, depth = ceil_div(p.k, parts);
  const Workspace<T> sums(parts * size);
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t) {
    const std::int64_t begin = std::min(p.k, part * depth), end = std::min(p.k, begin + depth);
    multiply<T>({p.m,
                 p.n,
                 end - begin,
                 p.alpha,
                 {p.a.data + begin * p.a.columns, p.a.rows, p.a.columns},
                 {p.b.data + begin * p.b.rows, p.b.rows, p.b.columns},
                 false,
                 sums.data() + part * size,
                 p.n});
  });
  parallel_for(p.m, std::max<std::int64_t>(1, kMinWork / (parts * p.n)), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T* c = p.c + i * p.c_stride;
      for (std::int64_t part = 0; part < parts; ++part) {
        const T* sum = sums.data() + part * size + i * p.n;
        const bool add = p.add || part > 0;
        for (std::int64_t j = 0; j < p.n; ++j) c[j] = add ? c[j] + sum[j] : sum[j];
      }
    }
  });
}

/// Blocks of rows; of columns too, where there are few rows.
template <class T>
void multiply_blocks(const Product<T>& p, const Epilogue& epilogue) {
  const Packed<T> packed(p.k, p.n, p.b);
  const std::int64_t width = panel_width<T>(), row_blocks = ceil_div(p.m, kBlockRows);
  const std::int64_t wanted = ceil_div(p.n, ceil_div(kBlocks, std::min(row_blocks, kBlocks)));
  const std::int64_t worth = ceil_div(kMinWork, std::min(p.m, kBlockRows) * p.k);
  const std::int64_t columns = ceil_div(std::max(wanted, worth), width) * width;
  const std::int64_t column_blocks = ceil_div(p.n, columns);
  parallel_for(row_blocks * column_blocks, 1, [&](std::int64_t block, std::int64_t) {
    const std::int64_t i = block / column_blocks * kBlockRows, i_end = std::min(p.m, i + kBlockRows);
    const std::int64_t j = block % column_blocks * columns, j_end = std::min(p.n, j + columns);
    gemm_packed<T>(i_end - i, j_end - j, p.k, p.alpha, {p.a.data + i * p.a.rows, p.a.rows, p.a.columns}, packed.from(j),
                   p.add, p.c + i * p.c_stride + j, p.c_stride);
    if (epilogue && column_blocks == 1) epilogue(i, i_end);
  });
  if (epilogue && column_blocks > 1) parallel_for(p.m, kBlockRows, epilogue);
}

}  // namespace

template <class T>
void multiply_parallel(const Product<T>& p, const Epilogue& epilogue) {
  if (p.m == 0 || p.n == 0) return;
  const std::int64_t parts = depth_parts(p.m, p.n, p.k);
  if (p.m * p.n * p.k < kMinWork) {
    multiply<T>(p);
    if (epilogue) epilogue(0, p.m);
  } else if (parts > 1) {
    multiply_deep<T>(p, parts);
    if (epilogue) parallel_for(p.m, kBlockRows, epilogue);
  } else {
    multiply_blocks<T>(p, epilogue);
  }
}

template class Packed<float>;
template class Packed<double>;
template void multiply(const Product<float>&);
template void multiply(const Product<double>&);
template void multiply_parallel(const Product<float>&, const Epilogue&);
template void multiply_parallel(const Product<double>&, const Epilogue&);

}  // namespace seqrec::kernels::cpu

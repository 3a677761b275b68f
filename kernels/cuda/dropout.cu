#include "kernels/cuda/context.h"
#include "kernels/cuda/drop_rule.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/strided.h"
#include "kernels/dropout.h"

namespace seqrec::kernels::cuda {
namespace {

constexpr int kNumbers = 4;  // of one Philox block

/// A thread a block of numbers: those of the elements from 4 b - (offset % 4) on. `N` elements are moved at a time
/// where all of a block's exist; x's places are those of `layout` where N is 1.
template <class T, int N>
__global__ void dropout_kernel(const T* x, T* y, const __grid_constant__ Strided<1> layout, RandomStream stream,
                               std::uint64_t offset, DropRule<T> rule) {
  const std::int64_t n = layout.size, skip = static_cast<std::int64_t>(offset % kNumbers);
  for_each_index((n + skip + kNumbers - 1) / kNumbers, [&](std::int64_t b) {
    const auto numbers = stream.block(offset / kNumbers + static_cast<std::uint64_t>(b));
    const auto drop = [&](int k, T value) { return rule.keeps(numbers[k]) ? rule.scale * value : T(0); };
    const std::int64_t first = b * kNumbers - skip;
    if (N > 1 && first + kNumbers <= n) {
#pragma unroll
      for (int k = 0; k < kNumbers; k += N) {
        Pack<T, N> pack;
        load(pack, x + first + k);
        for (int l = 0; l < N; ++l) pack.lane[l] = drop(k + l, pack.lane[l]);
        store(pack, y + first + k);
      }
    } else {
      for (int k = 0; k < kNumbers; ++k) {
        const std::int64_t i = first + k;
        if (i >= 0 && i < n) y[i] = drop(k, x[layout.offset(0, i)]);
      }
    }
  });
}

}  // namespace

void dropout(const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y) {
  const Context& gpu = context(y);
  const auto layout = strided(x);
  visit_float(x.dtype(), "dropout", [&](auto t) {
    using T = decltype(t);
    const bool packed = layout.is_flat() && is_packable(x, y) && offset % kNumbers == 0;
    launch(gpu.over(layout.size / kNumbers + 2), packed ? dropout_kernel<T, kLanes<T>> : dropout_kernel<T, 1>,
           x.data<T>(), y.data<T>(), layout, stream, offset, DropRule<T>(p));
  });
}

}  // namespace seqrec::kernels::cuda

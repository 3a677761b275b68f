#include "kernels/dropout.h"

#include <cmath>

#include "kernels/copy.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/dropout.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

void dropout(const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y) {
  visit_real(x.dtype(), "dropout", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(x);
    const T* from = source.data<T>();
    T* to = y.data<T>();
    // to_uniform(bits) = (bits >> 8) / 2^24 >= p, in whole numbers.
    const auto threshold = static_cast<std::uint32_t>(std::ceil(p * 0x1p24));
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      dropout_loop<T>(stream.seed, stream.stream, offset + static_cast<std::uint64_t>(begin), threshold,
                      static_cast<T>(1 / (1 - p)), end - begin, from + begin, to + begin);
    });
  });
}

}  // namespace seqrec::kernels::cpu

#include "kernels/dropout.h"

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

void dropout(const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y) {
  visit_float(x.dtype(), "dropout", [&](auto t) {
    using T = decltype(t);
    const T scale = static_cast<T>(1 / (1 - p));
    const Elements<T> from(x), to(y);
    for (std::int64_t i = 0; i < to.size(); ++i) {
      const bool keep = to_uniform(stream.at(offset + static_cast<std::uint64_t>(i))) >= p;
      to[i] = keep ? from[i] * scale : 0;
    }
  });
}

}  // namespace seqrec::kernels::reference

#include "kernels/dropout.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::dropout(const Tensor& x, double p, RandomStream, std::uint64_t, Tensor& y) {
  require<UsageError>(p >= 0 && p < 1, "[dropout] p: expected a probability in [0, 1), got ", p);
  const Arguments arguments{"dropout"};
  arguments.floating("x", x);
  arguments.result("y", y, x.shape(), x.dtype());
}

}  // namespace seqrec::kernels

#include "kernels/dropout.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void dropout(const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y) {
  const double scale = rounded(1 / (1 - p), x.dtype());
  Row elements = row(x);
  for (double& element : elements) element = to_uniform(stream.at(offset++)) >= p ? element * scale : 0;
  write(y, elements);
}

}  // namespace seqrec::kernels::reference

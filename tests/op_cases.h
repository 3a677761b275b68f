#pragma once

#include <string>
#include <vector>

#include "autograd/gradcheck.h"

namespace seqrec::tests {

/// One use of a differentiable operation. The one table of these (op_cases()) is what gradcheck, the parity between
/// backends, the coverage of kernels and the benchmarks walk.
struct OpCase {
  std::string name;           ///< "matmul (3, 5) x (5, 7)"
  std::vector<Shape> shapes;  ///< of the inputs
  autograd::Function function;
  double low = -1.5, high = 1.5;  ///< inputs are drawn from [low, high)

  /// The inputs, drawn from the same numbers for every dtype. `strided`: each is a view that skips every other element
  /// of its last axis.
  std::vector<Tensor> inputs(DType dtype, bool strided = false) const;
};

const std::vector<OpCase>& op_cases();

}  // namespace seqrec::tests

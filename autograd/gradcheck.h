#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace seqrec::autograd {

/// A differentiable function of some tensors.
using Function = std::function<Variable(std::span<const Variable>)>;

struct GradcheckResult {
  double error = 0;     ///< the largest |backward - numerical| / (1 + |numerical|)
  std::string where;    ///< "input 1, element 7: backward 0.5, numerical 0.25"
  bool passed = false;  ///< error <= tolerance
};

/// Compares backward with central differences, (f(x + h) - f(x - h)) / 2h with h = 1e-6, in f64, for each element of
/// each input, of the scalar sum(f(inputs) * fixed random weights). Inputs may be strided views and may share elements'
/// storage with nothing else; the same Variable can be used several times inside `function`. ShapeError unless every
/// input is f64.
GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs, double tolerance = 1e-6);

}  // namespace seqrec::autograd

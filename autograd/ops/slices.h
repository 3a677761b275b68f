#pragma once

#include <functional>
#include <vector>

#include "autograd/variable.h"

namespace seqrec::autograd {

/// The sum of slice(0) .. slice(count - 1), scalars that depend on `parameters` (leaves) and on nothing else that needs
/// a gradient. Each slice is differentiated, and what it saved is freed, before the next one is computed: the memory
/// that a batch needs becomes that of a slice. UsageError if a parameter is no leaf or `count` is 0.
Variable sum_of_slices(const std::vector<Variable>& parameters, std::int64_t count,
                       const std::function<Variable(std::int64_t)>& slice);

}  // namespace seqrec::autograd

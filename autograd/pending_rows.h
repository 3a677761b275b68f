#pragma once

#include "core/index.h"
#include "core/tensor.h"

namespace seqrec::autograd {

/// What a leaf's rows wait for (Variable::wait): steps of an optimiser that they had no gradient in, and that no one
/// sees until the rows are read.
class PendingRows {
 public:
  virtual ~PendingRows() = default;
  /// Makes up for what all rows of the leaf's value miss.
  virtual void make_up(const Tensor& value) = 0;
  /// The same for the rows that `ids` names, in any order, as often as they please.
  virtual void make_up(const Tensor& value, const Index& ids) = 0;
};

}  // namespace seqrec::autograd

#pragma once

#include "core/index.h"
#include "nn/init.h"
#include "nn/module.h"

namespace seqrec::nn {

/// A table of vectors by id: parameter `weight` [rows, width]. The row `padding` (-1: none) gets no gradient from
/// look-ups; it is initialised and trained through other uses like any row (as RecBole's, which re-fills PyTorch's zero
/// row).
class Embedding : public Module {
 public:
  Embedding(Tensor weight, std::int64_t padding = -1);
  /// Drawn from N(0, 1), as PyTorch's.
  Embedding(std::int64_t rows, std::int64_t width, Init& init, std::int64_t padding = -1);

  /// [ids, width]. ShapeError if an id is out of range.
  Variable forward(const Index& ids) const;
  const Variable& weight() const { return weight_; }

 private:
  Variable weight_;
  std::int64_t padding_;
};

}  // namespace seqrec::nn

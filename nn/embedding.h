#pragma once

#include "core/index.h"
#include "nn/module.h"

namespace seqrec::nn {

struct EmbeddingOptions {
  Initial initial = normal(1);  ///< as PyTorch's
  /// The row that gets no gradient from look-ups; -1: none. It is initialised and trained through other uses like any
  /// row (as RecBole's, which re-fills PyTorch's zero row).
  std::int64_t padding = -1;
};

/// A table of vectors by id: parameter `weight` [rows, width].
class Embedding : public Module {
 public:
  /// UsageError for a padding that is no row.
  Embedding(Scope at, std::int64_t rows, std::int64_t width, const EmbeddingOptions& options = {});

  /// [ids, width]. ShapeError if an id is out of range.
  Variable operator()(const Index& ids) const;
  const Variable& weight() const { return weight_; }
  std::int64_t rows() const { return weight_.shape()[0]; }

 private:
  Variable weight_;
  std::int64_t padding_;
};

}  // namespace seqrec::nn

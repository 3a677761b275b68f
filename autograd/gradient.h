#pragma once

#include <functional>

#include "core/index.h"
#include "core/tensor.h"
#include "kernels/kernel.h"

namespace seqrec::autograd {

/// A gradient of a table of which few rows took part: `values` [ids, width...] holds the rows named by `ids`
/// (ascending, distinct), the others are 0.
struct RowSparse {
  Shape shape;  ///< of the whole table
  Index ids;
  Tensor values;
};

/// Makes a gradient in a tensor, or adds it to what a tensor holds.
using GradientWriter = std::function<void(kernels::Write, Tensor& grad)>;

/// Nothing, a dense tensor, or rows of a table. Adding keeps it row-sparse while all parts are. Tensors handed in are
/// taken over as they are, and added to in place only once nobody else holds their memory.
class Gradient {
 public:
  bool defined() const { return dense_.defined() || sparse_.values.defined(); }
  bool is_sparse() const { return sparse_.values.defined(); }
  /// The dense tensor; a row-sparse gradient is made dense first (and stays so).
  const Tensor& dense() const;
  const RowSparse& sparse() const;

  void add(Tensor grad);
  void add(RowSparse grad);
  void add(const Gradient& grad);
  /// Adds what `write` makes, a gradient of `like`'s shape, dtype and device, without a tensor of its own for it.
  void add(const Tensor& like, const GradientWriter& write);
  /// Its values (all, or those of the rows that it holds) become what `f` makes of them; f(0) must be 0.
  void map(const std::function<Tensor(const Tensor& values)>& f);

 private:
  void make_dense() const;
  static void make_writable(Tensor& values);

  mutable Tensor dense_;
  mutable RowSparse sparse_;
};

}  // namespace seqrec::autograd

#pragma once

#include "core/index.h"
#include "core/windows.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Refuses wrong arguments of kernel `op` with a ShapeError `[op] name: expected ..., got ...`. Each family's file
/// (kernels/matmul.cpp, ...) says with it, once for all backends, what its kernels accept.
struct Arguments {
  const char* op;

  /// A defined tensor of a floating dtype.
  void floating(const char* name, const Tensor& tensor) const;
  void rank(const char* name, const Tensor& tensor, int rank) const;
  /// A defined tensor of this shape and dtype.
  void input(const char* name, const Tensor& tensor, const Shape& shape, DType dtype) const;
  /// The same, contiguous too: a result.
  void result(const char* name, const Tensor& tensor, const Shape& shape, DType dtype) const;
  void contiguous(const char* name, const Tensor& tensor) const;
  /// `size` ids, each below `bound`.
  void ids(const char* name, const Index& ids, std::int64_t size, std::int64_t bound) const;
};

}  // namespace seqrec::kernels

#include "kernels/check.h"

namespace seqrec::kernels {

static void require_defined(const char* op, const char* name, const Tensor& tensor) {
  require<ShapeError>(tensor.defined(), "[", op, "] ", name, ": expected a tensor, got an undefined one");
}

void Arguments::floating(const char* name, const Tensor& tensor) const {
  require_defined(op, name, tensor);
  require<ShapeError>(is_float(tensor.dtype()), "[", op, "] ", name, ": expected f32 or f64, got ", tensor.dtype());
}

void Arguments::rank(const char* name, const Tensor& tensor, int rank) const {
  require_defined(op, name, tensor);
  require<ShapeError>(tensor.rank() == rank, "[", op, "] ", name, ": expected ", rank, " dimensions, got ",
                      tensor.shape());
}

void Arguments::input(const char* name, const Tensor& tensor, const Shape& shape, DType dtype) const {
  require_defined(op, name, tensor);
  require<ShapeError>(tensor.dtype() == dtype, "[", op, "] ", name, ": expected ", dtype, ", got ", tensor.dtype());
  require<ShapeError>(tensor.shape() == shape, "[", op, "] ", name, ": expected ", shape, ", got ", tensor.shape());
}

void Arguments::result(const char* name, const Tensor& tensor, const Shape& shape, DType dtype) const {
  input(name, tensor, shape, dtype);
  contiguous(name, tensor);
}

void Arguments::contiguous(const char* name, const Tensor& tensor) const {
  require_defined(op, name, tensor);
  require<ShapeError>(tensor.is_contiguous(), "[", op, "] ", name, ": expected a contiguous tensor, got strides ",
                      tensor.strides(), " for ", tensor.shape());
}

void Arguments::ids(const char* name, const Index& ids, std::int64_t size, std::int64_t bound) const {
  require<ShapeError>(ids.size() == size, "[", op, "] ", name, ": expected ", size, " ids, got ", ids.size());
  require<ShapeError>(ids.bound() <= bound, "[", op, "] ", name, ": expected ids below ", bound, ", got ",
                      ids.bound() - 1);
}

}  // namespace seqrec::kernels

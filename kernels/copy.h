#pragma once

#include <vector>

#include "kernels/kernel.h"

namespace seqrec::kernels {

/// out = source, element by element, of the same shape (any strides on both sides); converts between any dtypes
/// (float to integer truncates).
SEQREC_KERNEL(copy, const Tensor& source, Tensor& out)

/// Every element of `out` (any strides) becomes `value`.
SEQREC_KERNEL(fill, double value, Tensor& out)

/// The tensor itself if it is contiguous, else a row-major copy.
Tensor contiguous(const Tensor& tensor);
/// A row-major copy of another dtype (or of the same).
Tensor convert(const Tensor& tensor, DType dtype);
Tensor clone(const Tensor& tensor);
/// The tensor itself if it lies there, else a row-major copy on that device. To the host: waits for the device.
Tensor to_device(const Tensor& tensor, Device device);
/// Host numbers as a tensor of the dtype and on the device of another.
Tensor constants(const std::vector<double>& values, const Shape& shape, const Tensor& like);

}  // namespace seqrec::kernels

#include "kernels/copy.h"

#include "kernels/check.h"

namespace seqrec::kernels {

void check::copy(const Tensor& source, Tensor& out) {
  Arguments{"copy"}.input("out", out, source.shape(), out.dtype());
}

void check::fill(double, Tensor&) {}

Tensor contiguous(const Tensor& tensor) { return tensor.is_contiguous() ? tensor : clone(tensor); }

Tensor convert(const Tensor& tensor, DType dtype) {
  Tensor out(tensor.shape(), dtype, tensor.device());
  copy(tensor, out);
  return out;
}

Tensor to_device(const Tensor& tensor, Device device) {
  if (tensor.device() == device) return tensor;
  const Tensor source = contiguous(tensor);
  const std::size_t bytes = static_cast<std::size_t>(source.numel()) * size_of(source.dtype());
  Tensor out(source.shape(), source.dtype(), device);
  if (source.device() == kCpu) {
    memory(device).copy_from_host(out.raw(), source.raw(), bytes);
  } else if (device == kCpu) {
    memory(source.device()).copy_to_host(out.raw(), source.raw(), bytes);
  } else {
    return to_device(to_device(source, kCpu), device);
  }
  return out;
}

Tensor constants(const std::vector<double>& values, const Shape& shape, const Tensor& like) {
  return to_device(convert(Tensor::from(values, shape), like.dtype()), like.device());
}

Tensor clone(const Tensor& tensor) { return convert(tensor, tensor.dtype()); }

}  // namespace seqrec::kernels

#include "core/tensor.h"

namespace seqrec {
namespace {

std::size_t checked_bytes(const Shape& shape, DType dtype) {
  for (const std::int64_t dim : shape) require<ShapeError>(dim >= 0, "[tensor] sizes must not be negative: ", shape);
  require<ShapeError>(shape.is_legal(), "[tensor] shape is too large: ", shape);
  return static_cast<std::size_t>(shape.numel()) * size_of(dtype);
}

}  // namespace

Storage::Storage(std::size_t bytes, Device device)
    : data_(static_cast<std::byte*>(memory(device).allocate(bytes))), bytes_(bytes), device_(device) {}

Storage::Storage(void* data, std::size_t bytes, std::shared_ptr<const void> owner)
    : data_(static_cast<std::byte*>(data)), bytes_(bytes), device_(kCpu), foreign_(true), owner_(std::move(owner)) {}

Storage::~Storage() {
  if (!foreign_) memory(device_).release(data_, bytes_);
}

Tensor::Tensor(Shape shape, DType dtype, Device device)
    : storage_(std::make_shared<Storage>(checked_bytes(shape, dtype), device)),
      shape_(shape),
      strides_(shape.row_major_strides()),
      dtype_(dtype) {}

Tensor Tensor::zeros(Shape shape, DType dtype, Device device) {
  Tensor result(shape, dtype, device);
  memory(device).zero(result.raw(), result.storage_->bytes());
  return result;
}

Tensor Tensor::wrap(void* data, Shape shape, DType dtype, std::shared_ptr<const void> owner) {
  return wrap(data, shape, shape.row_major_strides(), dtype, std::move(owner));
}

Tensor Tensor::wrap(void* data, Shape shape, Shape strides, DType dtype, std::shared_ptr<const void> owner) {
  checked_bytes(shape, dtype);
  require<ShapeError>(strides.rank() == shape.rank(), "[wrap] expected a stride for each size of ", shape, ", got ",
                      strides);
  std::int64_t last = 0;  // the place of the last element
  for (int axis = 0; axis < shape.rank(); ++axis) {
    require<ShapeError>(strides[axis] >= 0, "[wrap] strides must not be negative: ", strides);
    last += (shape[axis] - 1) * strides[axis];
  }
  const std::size_t bytes = shape.numel() == 0 ? 0 : static_cast<std::size_t>(last + 1) * size_of(dtype);
  require<ShapeError>(reinterpret_cast<std::uintptr_t>(data) % size_of(dtype) == 0,
                      "[wrap] the data are not aligned to ", dtype);
  Tensor result;
  result.storage_ = std::make_shared<Storage>(data, bytes, std::move(owner));
  result.shape_ = shape;
  result.strides_ = strides;
  result.dtype_ = dtype;
  return result;
}

Tensor Tensor::from_bytes(const void* values, std::size_t count, Shape shape, DType dtype, Device device) {
  const std::size_t bytes = checked_bytes(shape, dtype);
  require<ShapeError>(count * size_of(dtype) == bytes, "[tensor] ", count, " values don't fit shape ", shape);
  Tensor result(shape, dtype, device);
  memory(device).copy_from_host(result.raw(), values, bytes);
  return result;
}

Device Tensor::device() const {
  require<ShapeError>(defined(), "[tensor] the tensor is undefined");
  return storage_->device();
}

bool Tensor::is_contiguous() const {
  std::int64_t expected = 1;
  for (int axis = rank() - 1; axis >= 0; --axis) {
    if (shape_[axis] == 0) return true;
    if (shape_[axis] != 1 && strides_[axis] != expected) {
      return numel() == 0;
    }
    expected *= shape_[axis];
  }
  return true;
}

double Tensor::item() const {
  require<ShapeError>(defined(), "[item] the tensor is undefined");
  require<ShapeError>(numel() == 1, "[item] expected one element, got shape ", shape_);
  return visit_any(dtype_, [&](auto type) {
    memory(device()).copy_to_host(&type, raw(), sizeof(type));
    return static_cast<double>(type);
  });
}

void Tensor::check_dtype(DType dtype) const {
  if (!defined()) throw ShapeError("[tensor] the tensor is undefined");
  if (dtype != dtype_) throw ShapeError(concat("[tensor] expected ", dtype, ", got ", dtype_, " of shape ", shape_));
}

void Tensor::check_host_contiguous() const {
  require<ShapeError>(device() == kCpu, "[span] expected a tensor on the cpu, got one on ", device());
  require<ShapeError>(is_contiguous(), "[span] expected a contiguous tensor, got shape ", shape_, " with strides ",
                      strides_);
}

std::int64_t Tensor::element_offset(std::span<const std::int64_t> index) const {
  require<ShapeError>(device() == kCpu, "[at] expected a tensor on the cpu, got one on ", device());
  bool inside = static_cast<int>(index.size()) == rank();
  std::int64_t offset = 0;
  for (int axis = 0; inside && axis < rank(); ++axis) {
    const std::int64_t i = index[axis];
    inside = i >= 0 && i < shape_[axis];
    offset += i * strides_[axis];
  }
  require<ShapeError>(inside, "[at] index ", Shape(index), " is out of range for shape ", shape_);
  return offset;
}

void Tensor::copy_out(void* host) const {
  require<ShapeError>(is_contiguous(), "[to_vector] expected a contiguous tensor, got shape ", shape_, " with strides ",
                      strides_);
  memory(device()).copy_to_host(host, raw(), static_cast<std::size_t>(numel()) * size_of(dtype_));
}

Tensor empty_like(const Tensor& tensor) { return Tensor(tensor.shape(), tensor.dtype(), tensor.device()); }

}  // namespace seqrec

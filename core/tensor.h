#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/device.h"
#include "core/dtype.h"
#include "core/error.h"
#include "core/shape.h"

namespace seqrec {

/// A block of one device's memory, shared by the tensors that view it.
class Storage {
 public:
  Storage(std::size_t bytes, Device device);
  /// Foreign memory on the host (a file's content, a vector), kept alive by `owner`; read-only by convention.
  Storage(void* data, std::size_t bytes, std::shared_ptr<const void> owner);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  bool is_foreign() const { return foreign_; }

 private:
  std::byte* data_;
  std::size_t bytes_;
  Device device_;
  bool foreign_ = false;               // not allocated by memory(device_)
  std::shared_ptr<const void> owner_;  // of foreign memory; empty where that outlives the tensors
};

/// A strided view of shared storage: a handle, cheap to copy; copies and views share elements. Strides are in elements
/// (0 for expanded dimensions). Copying, filling and arithmetic live in kernels/; here are only shapes and views.
class Tensor {
 public:
  /// An undefined tensor: `defined()` is false, everything else is an error.
  Tensor() = default;
  /// Uninitialised, row-major.
  explicit Tensor(Shape shape, DType dtype = DType::F32, Device device = kCpu);

  static Tensor zeros(Shape shape, DType dtype = DType::F32, Device device = kCpu);
  /// Copies host values to a tensor of the given shape; their number must fit.
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape, Device device = kCpu) {
    return from_bytes(values.data(), values.size(), shape, dtype_of<T>, device);
  }
  template <class T>
  static Tensor from(std::initializer_list<T> values, Shape shape) {
    return from(std::span<const T>(values.begin(), values.size()), shape);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape, Device device = kCpu) {
    return from(std::span<const T>(values), shape, device);
  }
  /// Every element `value`. ShapeError where the dtype can't hold it (2.5 or 300 as u8).
  static Tensor full(Shape shape, double value, DType dtype = DType::F32, Device device = kCpu);
  static Tensor ones(Shape shape, DType dtype = DType::F32, Device device = kCpu) {
    return full(shape, 1, dtype, device);
  }
  /// 0, 1, ..., n - 1.
  static Tensor arange(std::int64_t n, DType dtype = DType::F32, Device device = kCpu);
  static Tensor scalar(double value, DType dtype = DType::F32) { return full({}, value, dtype); }
  /// A view of foreign host memory, kept alive by `owner`; without one, the memory must outlive the tensor and what
  /// views it. The second form takes any strides that aren't negative, in elements.
  static Tensor wrap(void* data, Shape shape, DType dtype, std::shared_ptr<const void> owner);
  static Tensor wrap(void* data, Shape shape, Shape strides, DType dtype, std::shared_ptr<const void> owner);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }
  int rank() const { return shape_.rank(); }
  std::int64_t size(int axis) const { return shape_[axis]; }
  std::int64_t numel() const { return shape_.numel(); }
  DType dtype() const { return dtype_; }
  Device device() const;
  bool is_contiguous() const;
  bool shares_storage(const Tensor& other) const { return defined() && storage_ == other.storage_; }
  const std::shared_ptr<Storage>& storage() const { return storage_; }
  std::int64_t offset() const { return offset_; }

  /// The first element. The type must be the dtype's. On a GPU this is a device address: only kernels read through it.
  template <class T>
  T* data() const {
    check_dtype(dtype_of<T>);
    return reinterpret_cast<T*>(raw());
  }
  std::byte* raw() const { return storage_->data() + offset_ * static_cast<std::int64_t>(size_of(dtype_)); }

  /// The elements of a contiguous CPU tensor.
  template <class T>
  std::span<T> span() const {
    check_host_contiguous();
    return {data<T>(), static_cast<std::size_t>(numel())};
  }
  /// A checked element of a CPU tensor (tests, reports; never in a loop that matters).
  template <class T>
  T& at(std::initializer_list<std::int64_t> index) const {
    return data<T>()[element_offset(index)];
  }
  /// The only element, as a double. Copies from the device: synchronises.
  double item() const;
  /// The elements of a contiguous tensor, copied to the host.
  template <class T>
  std::vector<T> to_vector() const {
    check_dtype(dtype_of<T>);
    std::vector<T> out(numel());
    copy_out(out.data());
    return out;
  }

  // Views: no element is copied.
  /// Another shape over the same elements; one size may be -1. ShapeError if the strides don't allow it (see
  /// kernels::contiguous).
  Tensor reshape(Shape shape) const;
  Tensor transpose(int axis_a, int axis_b) const;
  /// Elements [begin, end) of an axis.
  Tensor slice(int axis, std::int64_t begin, std::int64_t end) const;
  /// One index of an axis, which disappears.
  Tensor select(int axis, std::int64_t index) const;
  /// The bytes of a contiguous one-dimensional tensor as elements of another type. ShapeError unless they are whole
  /// ones, where such a type may lie.
  Tensor as(DType dtype) const;
  /// Broadcast to a larger shape with strides of 0.
  Tensor expand(Shape shape) const;
  Tensor unsqueeze(int axis) const;
  Tensor squeeze(int axis) const;

 private:
  static Tensor from_bytes(const void* values, std::size_t count, Shape shape, DType dtype, Device device);
  void check_dtype(DType dtype) const;
  void check_host_contiguous() const;
  std::int64_t element_offset(std::span<const std::int64_t> index) const;
  std::int64_t element_offset(std::initializer_list<std::int64_t> index) const {
    return element_offset(std::span<const std::int64_t>(index.begin(), index.size()));
  }
  void copy_out(void* host) const;

  std::shared_ptr<Storage> storage_;
  Shape shape_;
  Shape strides_;
  std::int64_t offset_ = 0;
  DType dtype_ = DType::F32;
};

/// Uninitialised, row-major, of the same shape, dtype and device.
Tensor empty_like(const Tensor& tensor);

/// The elements, nested in brackets, then dtype and shape, and the device where that isn't the CPU:
///
///     [[ 1, 2.5],
///      [-3, nan]] f32 (2, 2)
///
/// Numbers have the stream's precision. Of a tensor of more than 1,000 elements only the first and the last few along
/// each axis are written, with "..." between them. Copies from the device: synchronises.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
/// The same, with six digits.
std::string to_string(const Tensor& tensor);

}  // namespace seqrec

#include "train/sum_message.h"

#include <cstring>
#include <span>
#include <utility>

#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::train {
namespace {

enum class Kind : std::int64_t { None, Dense, Rows };

class Writer {
 public:
  void add(std::int64_t number) { add(&number, sizeof number); }
  void add(const Tensor& tensor) {
    add(static_cast<std::int64_t>(tensor.dtype()));
    add(tensor.shape());
    const Tensor host = kernels::contiguous(kernels::to_device(tensor, kCpu));
    add(host.raw(), static_cast<std::size_t>(host.numel()) * size_of(host.dtype()));
  }
  void add(const Shape& shape) {
    add(shape.rank());
    for (const std::int64_t extent : shape) add(extent);
  }
  void add(std::span<const std::int32_t> ids) {
    add(std::ssize(ids));
    add(ids.data(), ids.size_bytes());
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  dist::Message take() { return std::move(bytes_); }

 private:
  void add(const void* from, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
  }

  dist::Message bytes_;
};

class Reader {
 public:
  explicit Reader(const dist::Message& bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::int64_t number() {
    std::int64_t number = 0;
    get(&number, sizeof number);
    return number;
  }
  Shape shape() {
    std::vector<std::int64_t> extents(count(sizeof(std::int64_t)));
    for (std::int64_t& extent : extents) extent = number();
    return Shape(extents);
  }
  std::vector<std::int32_t> ids() {
    std::vector<std::int32_t> ids(count(sizeof(std::int32_t)));
    get(ids.data(), ids.size() * sizeof(std::int32_t));
    return ids;
  }
  Tensor tensor(Device device) {
    const auto dtype = static_cast<DType>(number());
    Tensor host(shape(), dtype);
    get(host.raw(), static_cast<std::size_t>(host.numel()) * size_of(dtype));
    return kernels::to_device(host, device);
  }

 private:
  /// Of what takes so many bytes each.
  std::size_t count(std::size_t bytes) {
    const std::int64_t count = number();
    require<FormatError>(0 <= count && static_cast<std::size_t>(count) <= rest_.size() / bytes,
                         "[shards] expected a message of a sum, got a count of ", count);
    return static_cast<std::size_t>(count);
  }
  void get(void* to, std::size_t size) {
    require<FormatError>(size <= rest_.size(), "[shards] a message of a sum is ", size - rest_.size(), " bytes short");
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

  std::span<const std::byte> rest_;
};

/// Bytes of a sum, at least: gigabytes are not copied as a message grows.
std::size_t size_of(const ShardSum& sum) {
  constexpr std::size_t kNumbers = 256;  // more than what a part has of kinds, extents and counts
  std::size_t bytes = 1;                 // that Team adds
  for (const autograd::Gradient& part : sum.parts) {
    bytes += kNumbers;
    if (!part.defined()) continue;
    const Tensor& values = part.is_sparse() ? part.sparse().values : part.dense();
    bytes += static_cast<std::size_t>(values.numel()) * seqrec::size_of(values.dtype());
    if (part.is_sparse()) bytes += part.sparse().ids.host().size_bytes();
  }
  return bytes;
}

}  // namespace

dist::Message to_message(const ShardSum& sum) {
  Writer out;
  out.reserve(size_of(sum));
  for (const autograd::Gradient& part : sum.parts) {
    const Kind kind = !part.defined() ? Kind::None : part.is_sparse() ? Kind::Rows : Kind::Dense;
    out.add(static_cast<std::int64_t>(kind));
    if (kind == Kind::Dense) out.add(part.dense());
    if (kind != Kind::Rows) continue;
    out.add(part.sparse().shape);
    out.add(part.sparse().ids.host());
    out.add(part.sparse().values);
  }
  return out.take();
}

ShardSum shard_sum(const dist::Message& message, Device device) {
  Reader in(message);
  ShardSum sum;
  while (!in.at_end()) {
    autograd::Gradient& part = sum.parts.emplace_back();
    const auto kind = static_cast<Kind>(in.number());
    require<FormatError>(kind == Kind::None || kind == Kind::Dense || kind == Kind::Rows,
                         "[shards] expected a message of a sum, got a part of kind ", static_cast<std::int64_t>(kind));
    if (kind == Kind::Dense) part.add(in.tensor(device));
    if (kind != Kind::Rows) continue;
    const Shape shape = in.shape();
    Index ids(in.ids());
    part.add(autograd::RowSparse{shape, std::move(ids), in.tensor(device)});
  }
  return sum;
}

dist::Message bytes_of(const Tensor& tensor) {
  const Tensor host = kernels::contiguous(kernels::to_device(tensor, kCpu));
  const auto* bytes = reinterpret_cast<const std::byte*>(host.raw());
  return {bytes, bytes + static_cast<std::size_t>(host.numel()) * size_of(host.dtype())};
}

void set_bytes(Tensor& tensor, const dist::Message& message) {
  Tensor host(tensor.shape(), tensor.dtype());
  const std::size_t size = static_cast<std::size_t>(host.numel()) * size_of(host.dtype());
  require<ShapeError>(size == message.size(), "[shards] expected ", size, " bytes of a tensor, got ", message.size());
  if (size > 0) std::memcpy(host.raw(), message.data(), size);
  kernels::copy(kernels::to_device(host, tensor.device()), tensor);
}

dist::Message to_message(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

std::string text_of(const dist::Message& message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

}  // namespace seqrec::train

#include "train/sum_message.h"

#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kernels/copy.h"
#include "train/message.h"

namespace seqrec::train {
namespace {

enum class Kind : std::int64_t { None, Dense, Rows };

std::span<const std::byte> bytes_of_host(const Tensor& tensor) {
  return {reinterpret_cast<const std::byte*>(tensor.raw()),
          static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype())};
}

void add(MessageWriter& out, const Shape& shape) { out.add(std::span(shape.begin(), shape.end())); }
void add(MessageWriter& out, const Tensor& tensor) {
  out.add(static_cast<std::int64_t>(tensor.dtype()));
  add(out, tensor.shape());
  out.add_bytes(bytes_of_host(kernels::contiguous(kernels::to_device(tensor, kCpu))));
}

Shape shape(MessageReader& in) {
  std::vector<std::int64_t> extents;
  in.append_to(extents);
  return Shape(extents);
}
Tensor tensor(MessageReader& in, Device device) {
  const auto dtype = static_cast<DType>(in.number());
  Tensor host(shape(in), dtype);
  in.get(host.raw(), static_cast<std::size_t>(host.numel()) * size_of(dtype));
  return kernels::to_device(host, device);
}

/// Bytes of a sum, at least.
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
  MessageWriter out;
  out.reserve(size_of(sum));
  for (const autograd::Gradient& part : sum.parts) {
    const Kind kind = !part.defined() ? Kind::None : part.is_sparse() ? Kind::Rows : Kind::Dense;
    out.add(static_cast<std::int64_t>(kind));
    if (kind == Kind::Dense) add(out, part.dense());
    if (kind != Kind::Rows) continue;
    add(out, part.sparse().shape);
    out.add(part.sparse().ids.host());
    add(out, part.sparse().values);
  }
  return out.take();
}

ShardSum shard_sum(const dist::Message& message, Device device) {
  MessageReader in(message);
  ShardSum sum;
  while (!in.at_end()) {
    autograd::Gradient& part = sum.parts.emplace_back();
    const auto kind = static_cast<Kind>(in.number());
    require<FormatError>(kind == Kind::None || kind == Kind::Dense || kind == Kind::Rows,
                         "[shards] expected a message of a sum, got a part of kind ", static_cast<std::int64_t>(kind));
    if (kind == Kind::Dense) part.add(tensor(in, device));
    if (kind != Kind::Rows) continue;
    const Shape whole = shape(in);
    std::vector<std::int32_t> ids;
    in.append_to(ids);
    part.add(autograd::RowSparse{whole, Index(std::move(ids)), tensor(in, device)});
  }
  return sum;
}

dist::Message bytes_of(const Tensor& tensor) {
  const Tensor host = kernels::contiguous(kernels::to_device(tensor, kCpu));
  const std::span<const std::byte> bytes = bytes_of_host(host);
  return {bytes.begin(), bytes.end()};
}

void set_bytes(Tensor& tensor, const dist::Message& message) {
  Tensor host(tensor.shape(), tensor.dtype());
  const std::size_t size = static_cast<std::size_t>(host.numel()) * size_of(host.dtype());
  require<ShapeError>(size == message.size(), "[shards] expected ", size, " bytes of a tensor, got ", message.size());
  if (size > 0) std::memcpy(host.raw(), message.data(), size);
  kernels::copy(kernels::to_device(host, tensor.device()), tensor);
}

}  // namespace seqrec::train

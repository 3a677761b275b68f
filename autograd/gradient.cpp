#include "autograd/gradient.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/upload.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"

namespace seqrec::autograd {
namespace {

/// The places of ascending ids among others that hold them all.
Index places_among(std::span<const std::int32_t> all, std::span<const std::int32_t> ids) {
  std::vector<std::int32_t> places;
  places.reserve(ids.size());
  auto from = all.begin();
  for (const std::int32_t id : ids) {
    from = std::lower_bound(from, all.end(), id);
    places.push_back(static_cast<std::int32_t>(from - all.begin()));
  }
  return Index(std::move(places));
}

/// The sum of two row-sparse gradients of one table. Which rows it has no one knew before: the host finds out, and what
/// the device needs of it goes up as one copy.
RowSparse merge(const RowSparse& a, const RowSparse& b) {
  std::vector<std::int32_t> ids;
  std::ranges::set_union(a.ids.host(), b.ids.host(), std::back_inserter(ids));
  Shape shape = a.shape;
  shape[0] = static_cast<std::int64_t>(ids.size());
  const Index of_a = places_among(ids, a.ids.host()), of_b = places_among(ids, b.ids.host());
  RowSparse sum{a.shape, Index(std::move(ids)), Tensor::zeros(shape, a.values.dtype(), a.values.device())};
  if (const Device device = sum.values.device(); device != kCpu) {
    Upload upload(device);
    for (const Index& index : {of_a, of_b, sum.ids}) index.make(Index::kUploaded, upload);
    upload.send();
  }
  kernels::add_rows(a.values, of_a, sum.values);
  kernels::add_rows(b.values, of_b, sum.values);
  return sum;
}

}  // namespace

const Tensor& Gradient::dense() const {
  require(defined(), "no gradient was collected");
  make_dense();
  return dense_;
}

const RowSparse& Gradient::sparse() const {
  require(is_sparse(), "the gradient is not row-sparse");
  return sparse_;
}

void Gradient::make_dense() const {
  if (!is_sparse()) return;
  if (sparse_.ids.size() == sparse_.shape[0]) {  // all rows
    dense_ = std::exchange(sparse_, {}).values;
    return;
  }
  dense_ = Tensor::zeros(sparse_.shape, sparse_.values.dtype(), sparse_.values.device());
  kernels::add_rows(sparse_.values, sparse_.ids, dense_);
  sparse_ = {};
}

void Gradient::make_writable(Tensor& values) {
  const std::shared_ptr<Storage>& storage = values.storage();
  if (storage.use_count() > 1 || storage->is_foreign()) values = kernels::clone(values);
}

void Gradient::add(Tensor grad) {
  if (!defined()) {
    dense_ = std::move(grad);
    return;
  }
  make_dense();
  require<ShapeError>(grad.shape() == dense_.shape(), "[gradient] can't add ", grad.shape(), " to ", dense_.shape());
  make_writable(dense_);
  kernels::add_scaled(1.0, grad, dense_);
}

void Gradient::add(RowSparse grad) {
  if (!defined()) {
    sparse_ = std::move(grad);
  } else if (is_sparse() && std::ranges::equal(sparse_.ids.host(), grad.ids.host())) {
    make_writable(sparse_.values);
    kernels::add_scaled(1.0, grad.values, sparse_.values);
  } else if (is_sparse()) {
    sparse_ = merge(sparse_, grad);
  } else {
    make_writable(dense_);
    kernels::add_rows(grad.values, grad.ids, dense_);
  }
}

void Gradient::add(const Gradient& grad) {
  if (grad.is_sparse()) {
    add(grad.sparse_);
  } else if (grad.dense_.defined()) {
    add(grad.dense_);
  }
}

void Gradient::add(const Tensor& like, const GradientWriter& write) {
  const bool first = !defined();
  make_dense();
  Tensor values = first ? empty_like(like) : std::exchange(dense_, {});
  if (!first) make_writable(values = kernels::contiguous(values));
  write(first ? kernels::Write::Overwrite : kernels::Write::Accumulate, values);
  dense_ = std::move(values);
}

void Gradient::map(const std::function<Tensor(const Tensor& values)>& f) {
  if (!defined()) return;
  Tensor& values = is_sparse() ? sparse_.values : dense_;
  Tensor mapped = f(values);
  require<ShapeError>(mapped.shape() == values.shape() && mapped.dtype() == values.dtype(), "[gradient] expected ",
                      values.dtype(), " ", values.shape(), " from a map, got ", mapped.dtype(), " ", mapped.shape());
  values = std::move(mapped);
}

}  // namespace seqrec::autograd

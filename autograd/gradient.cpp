#include "autograd/gradient.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"

namespace seqrec::autograd {
namespace {

/// The sum of two row-sparse gradients of one table.
RowSparse merge(const RowSparse& a, const RowSparse& b) {
  std::vector<std::int32_t> ids;
  std::set_union(a.ids.host().begin(), a.ids.host().end(), b.ids.host().begin(), b.ids.host().end(),
                 std::back_inserter(ids));
  Shape shape = a.shape;
  shape[0] = static_cast<std::int64_t>(ids.size());
  Tensor values = Tensor::zeros(shape, a.values.dtype(), a.values.device());
  for (const RowSparse* part : {&a, &b}) {
    std::vector<std::int32_t> places;
    places.reserve(part->ids.host().size());
    auto from = ids.begin();
    for (const std::int32_t id : part->ids.host()) {
      from = std::lower_bound(from, ids.end(), id);
      places.push_back(static_cast<std::int32_t>(from - ids.begin()));
    }
    kernels::add_rows(part->values, Index(std::move(places)), values);
  }
  return {a.shape, Index(std::move(ids)), std::move(values)};
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
  dense_ = Tensor::zeros(sparse_.shape, sparse_.values.dtype(), sparse_.values.device());
  kernels::add_rows(sparse_.values, sparse_.ids, dense_);
  sparse_ = {};
}

void Gradient::make_writable() {
  const std::shared_ptr<Storage>& storage = dense_.storage();
  if (storage.use_count() > 1 || storage->is_foreign()) dense_ = kernels::clone(dense_);
}

void Gradient::add(Tensor grad) {
  if (!defined()) {
    dense_ = std::move(grad);
    return;
  }
  make_dense();
  require<ShapeError>(grad.shape() == dense_.shape(), "[gradient] can't add ", grad.shape(), " to ", dense_.shape());
  make_writable();
  kernels::add_scaled(1.0, grad, dense_);
}

void Gradient::add(RowSparse grad) {
  if (!defined()) {
    sparse_ = std::move(grad);
  } else if (is_sparse()) {
    sparse_ = merge(sparse_, grad);
  } else {
    make_writable();
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

void Gradient::map(const std::function<Tensor(const Tensor& values)>& f) {
  if (!defined()) return;
  Tensor& values = is_sparse() ? sparse_.values : dense_;
  Tensor mapped = f(values);
  require<ShapeError>(mapped.shape() == values.shape() && mapped.dtype() == values.dtype(), "[gradient] expected ",
                      values.dtype(), " ", values.shape(), " from a map, got ", mapped.dtype(), " ", mapped.shape());
  values = std::move(mapped);
}

}  // namespace seqrec::autograd

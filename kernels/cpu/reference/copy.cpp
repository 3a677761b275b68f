#include "kernels/copy.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

// A tensor of at most two dimensions, where it lies.
template <class T>
static auto map(const Tensor& tensor) {
  using Matrix = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  const int rank = tensor.rank();
  return Eigen::Map<Matrix, 0, Strides>(
      tensor.data<T>(), rank < 2 ? 1 : tensor.size(0), rank < 1 ? 1 : tensor.size(-1),
      Strides(rank < 2 ? 0 : tensor.strides()[0], rank < 1 ? 0 : tensor.strides()[-1]));
}

void copy(const Tensor& source, Tensor& out) {
  if (out.rank() > 2) {
    for (std::int64_t i = 0; i < out.size(0); ++i) {
      Tensor to = out.select(0, i);
      reference::copy(source.select(0, i), to);
    }
    return;
  }
  visit_any(source.dtype(), [&](auto from) {
    visit_any(out.dtype(),
              [&](auto to) { map<decltype(to)>(out) = map<decltype(from)>(source).template cast<decltype(to)>(); });
  });
}

void fill(double value, Tensor& out) { reference::copy(Tensor::scalar(value, DType::F64).expand(out.shape()), out); }

}  // namespace seqrec::kernels::reference

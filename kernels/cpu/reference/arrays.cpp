#include "kernels/cpu/reference/arrays.h"

#include <algorithm>

#include "kernels/copy.h"

namespace seqrec::kernels::reference {

Array matrix(const Tensor& tensor) {
  const std::int64_t width = tensor.rank() == 0 ? 1 : tensor.size(-1);
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < tensor.rank(); ++axis) rows *= tensor.size(axis);
  Array out(rows, width);
  Tensor to = Tensor::wrap(out.data(), tensor.shape(), DType::F64, nullptr);
  reference::copy(tensor, to);
  return out;
}

Array rows(const Tensor& tensor) {
  std::int64_t width = 1;
  for (int axis = 1; axis < tensor.rank(); ++axis) width *= tensor.size(axis);
  return matrix(tensor).reshaped<Eigen::RowMajor>(tensor.rank() == 0 ? 1 : tensor.size(0), width);
}

Row row(const Tensor& tensor) { return matrix(tensor).reshaped<Eigen::RowMajor>(1, tensor.numel()); }
Column column(const Tensor& tensor) { return row(tensor).transpose(); }
Places places(const Tensor& tensor) { return matrix(tensor).cast<std::int64_t>(); }

void write(const Tensor& out, const Array& values) {
  require<ShapeError>(values.size() == out.numel(), "[reference] ", values.size(), " values for ", out.shape());
  Array elements = values;
  Tensor to = out;
  reference::copy(Tensor::wrap(elements.data(), out.shape(), DType::F64, nullptr), to);
}

double rounded(double x, DType dtype) { return dtype == DType::F32 ? static_cast<float>(x) : x; }

Array product(const Array& a, const Array& b) { return a.matrix() * b.matrix(); }

Column row_sums(const Array& x) { return x.cast<long double>().rowwise().sum().cast<double>(); }

Array softmax_rows(const Array& x) {
  if (x.size() == 0) return x;
  const Array powers = (x.colwise() - x.rowwise().maxCoeff()).unaryExpr(&exp);
  return powers.colwise() / row_sums(powers);
}

Array beside(std::initializer_list<Array> parts) {
  Array out(parts.begin()->rows(), 0);
  for (const Array& part : parts) {
    out.conservativeResize(Eigen::NoChange, out.cols() + part.cols());
    out.rightCols(part.cols()) = part;
  }
  return out;
}

Array gather(const Array& table, const Index& ids) { return table(ids.host(), Eigen::all); }

Array scatter(std::int64_t size, const Index& ids, const Array& rows) {
  Array out = Array::Zero(size, rows.cols());
  for (std::int64_t i = 0; i < ids.size(); ++i) out.row(ids[i]) += rows.row(i);
  return out;
}

Column lengths(const Windows& windows) {
  Column out(windows.size());
  for (std::int64_t w = 0; w < windows.size(); ++w) out(w) = std::max(1, windows.length(w));
  return out;
}

}  // namespace seqrec::kernels::reference

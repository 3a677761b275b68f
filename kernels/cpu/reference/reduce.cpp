#include "kernels/reduce.h"

#include <numeric>

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {

void sum(const Tensor& x, Tensor& out) {
  Tensor sorted = x;  // first the axes that stay, then those that are summed over
  int stay = 0;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (out.size(axis) == x.size(axis)) {
      for (int i = axis; i > stay; --i) sorted = sorted.transpose(i - 1, i);
      ++stay;
    }
  const std::int64_t count = out.numel();
  write(out, row_sums(row(sorted).reshaped<Eigen::RowMajor>(count, count == 0 ? 0 : x.numel() / count)));
}

void max_last(const Tensor& x, Tensor& out, Tensor& index) {
  const Array from = matrix(x);
  Column tops(from.rows()), winners(from.rows());
  for (std::int64_t i = 0; i < from.rows(); ++i) {
    std::int64_t best = 0;
    for (std::int64_t j = 1; j < from.cols(); ++j)
      if (from(i, j) > from(i, best) || (std::isnan(from(i, j)) && !std::isnan(from(i, best)))) best = j;
    tops(i) = from(i, best);  // a NaN is kept, never hidden
    winners(i) = best;
  }
  write(out, tops);
  write(index, winners);
}

void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  const Column from = column(grad_out);
  const Places best = column(index).cast<std::int64_t>();
  Array grad = Array::Zero(from.size(), grad_x.size(-1));
  for (std::int64_t i = 0; i < from.size(); ++i) grad(i, best(i, 0)) = from(i);
  write(grad_x, grad);
}

void sum_of_squares(const Tensor& x, Tensor& out) { write(out, row_sums(row(x).square())); }

void l2_norms(const std::vector<Tensor>& xs, std::span<const double> weights, Tensor& norms, Tensor& total) {
  Column lengths(norms.size(0));
  for (std::size_t i = 0; i < xs.size(); ++i)
    lengths(static_cast<Eigen::Index>(i)) = std::sqrt(row_sums(row(xs[i]).square())(0));
  write(norms, lengths);
  write(total, Column::Constant(1, std::inner_product(weights.begin(), weights.end(), lengths.data(), 0.0)));
}

void l2_norms_backward(const std::vector<Tensor>& xs, std::span<const double> weights, const Tensor& norms,
                       const Tensor& grad, const std::vector<Tensor>& grads) {
  const Column lengths = column(norms);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const double length = lengths(static_cast<Eigen::Index>(i));
    Array of = grad.item() * weights[i] * matrix(xs[i]) / length;
    if (length == 0) of.setZero();
    write(grads[i], of);
  }
}

void any_nonfinite(const Tensor& x, Tensor& out) { write(out, Column::Constant(1, !matrix(x).isFinite().all())); }

}  // namespace seqrec::kernels::reference

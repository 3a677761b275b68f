#include "kernels/embedding.h"

#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

static std::int64_t width_of(const Tensor& rows) {
  std::int64_t width = 1;
  for (int axis = 1; axis < rows.rank(); ++axis) width *= rows.size(axis);
  return width;
}

void gather_rows(const Tensor& table, const Index& ids, Tensor& out) {
  visit_float(table.dtype(), "gather_rows", [&](auto t) {
    const Elements<decltype(t)> from(table), to(out);
    const std::int64_t width = width_of(table);
    for (std::int64_t i = 0; i < ids.size(); ++i)
      for (std::int64_t j = 0; j < width; ++j) to[i * width + j] = from[ids[i] * width + j];
  });
}

void sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) {
  visit_float(grad.dtype(), "sum_rows_by_id", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad), to(out);
    const Groups& groups = ids.groups();
    const std::int64_t width = width_of(grad);
    for (std::size_t g = 0; g < groups.ids.size(); ++g)
      for (std::int64_t j = 0; j < width; ++j) {
        double sum = 0;
        for (std::int32_t i = groups.offsets[g]; i < groups.offsets[g + 1]; ++i)
          sum += from[groups.order[i] * width + j];
        to[static_cast<std::int64_t>(g) * width + j] = static_cast<T>(sum);
      }
  });
}

void add_rows(const Tensor& rows, const Index& ids, Tensor& dense) {
  visit_float(rows.dtype(), "add_rows", [&](auto t) {
    const Elements<decltype(t)> from(rows), to(dense);
    const std::int64_t width = width_of(rows);
    for (std::int64_t i = 0; i < ids.size(); ++i)
      for (std::int64_t j = 0; j < width; ++j) to[ids[i] * width + j] += from[i * width + j];
  });
}

void gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  visit_float(a.dtype(), "gather_dot", [&](auto t) {
    using T = decltype(t);
    const Elements<T> left(a), right(b), to(out);
    for (std::int64_t i = 0; i < a_ids.size(); ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < a.size(1); ++j) sum += static_cast<double>(left(a_ids[i], j)) * right(b_ids[i], j);
      to(i) = static_cast<T>(sum);
    }
  });
}

void gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                         Tensor& grad_a) {
  visit_float(b.dtype(), "gather_dot_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> from(grad_out), right(b), to(grad_a);
    std::vector<double> sums(grad_a.numel());
    const std::int64_t width = b.size(1);
    for (std::int64_t i = 0; i < a_ids.size(); ++i)
      for (std::int64_t j = 0; j < width; ++j)
        sums[a_ids[i] * width + j] += static_cast<double>(from(i)) * right(b_ids[i], j);
    for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(sums[i]);
  });
}

}  // namespace seqrec::kernels::reference

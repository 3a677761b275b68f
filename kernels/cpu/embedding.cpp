#include "kernels/embedding.h"

#include <cstring>

#include "kernels/copy.h"
#include "kernels/cpu/group_rows.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

static std::int64_t width_of(const Tensor& rows) {
  std::int64_t width = 1;
  for (int axis = 1; axis < rows.rank(); ++axis) width *= rows.size(axis);
  return width;
}

void gather_rows(const Tensor& table, const Index& ids, Tensor& out) {
  const std::int64_t width = width_of(table);
  const std::size_t bytes = static_cast<std::size_t>(width) * size_of(table.dtype());
  const std::int32_t* id = ids.host().data();
  for_ranges(ids.size(), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::memcpy(out.raw() + i * bytes, table.raw() + id[i] * bytes, bytes);
  });
}

void sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) {
  visit_real(grad.dtype(), "sum_rows_by_id", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(grad);
    const T* from = source.data<T>();
    T* to = out.data<T>();
    const Groups& groups = ids.groups();
    const std::int64_t width = width_of(grad), count = out.size(0);
    for_rows(count, width * per_group(ids.size(), count), [&](std::int64_t g) {
      const std::span<const std::int32_t> places = places_of(groups, g);
      sum_rows<T>(std::ssize(places), places.data(), nullptr, nullptr, from, width, to + g * width);
    });
  });
}

void add_rows(const Tensor& rows, const Index& ids, Tensor& dense_rows) {
  visit_real(rows.dtype(), "add_rows", [&](auto t) {
    using T = decltype(t);
    const Tensor source = contiguous(rows);
    const T* from = source.data<T>();
    T* to = dense_rows.data<T>();
    const std::int64_t width = width_of(rows);
    const std::int32_t* id = ids.host().data();
    for_ranges(ids.size(), row_grain(width), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) add_scaled_loop<T>(1, width, from + i * width, to + id[i] * width);
    });
  });
}

void gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  visit_real(a.dtype(), "gather_dot", [&](auto t) {
    using T = decltype(t);
    const Tensor left = contiguous(a), right = contiguous(b);
    const T *x = left.data<T>(), *y = right.data<T>();
    T* to = out.data<T>();
    const std::int32_t *row = a_ids.host().data(), *other = b_ids.host().data();
    const std::int64_t width = a.size(1);
    for_ranges(a_ids.size(), row_grain(width), [&](std::int64_t begin, std::int64_t end) {
      while (begin < end) {
        std::int64_t run = begin + 1;  // places after one another that name the same row of a
        while (run < end && row[run] == row[begin]) ++run;
        dot_rows<T>(run - begin, x + row[begin] * width, other + begin, y, width, to + begin);
        begin = run;
      }
    });
  });
}

void gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                         Tensor& grad_a) {
  visit_real(b.dtype(), "gather_dot_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor grads = contiguous(grad_out), right = contiguous(b);
    const T *weights = grads.data<T>(), *y = right.data<T>();
    T* to = grad_a.data<T>();
    const std::int64_t width = b.size(1);
    for_table_rows(a_ids, grad_a.size(0), width, [&](std::int64_t r, std::span<const std::int32_t> places) {
      sum_rows<T>(std::ssize(places), places.data(), weights, b_ids.host().data(), y, width, to + r * width);
    });
  });
}

}  // namespace seqrec::kernels::cpu

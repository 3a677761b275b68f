#include "kernels/copy.h"
#include "kernels/cuda/reduction.h"
#include "kernels/cuda/segments.h"
#include "kernels/embedding.h"

namespace seqrec::kernels::cuda {
namespace {

/// Rows of any shape as [rows, width]; a copy only where a row's elements aren't evenly spaced.
Tensor as_matrix(const Tensor& rows) {
  if (rows.rank() == 2) return rows;
  return contiguous(rows).reshape({rows.size(0), rows.size(0) == 0 ? 0 : rows.numel() / rows.size(0)});
}

template <class T, int N>
__global__ void gather_rows_kernel(const T* table, const std::int32_t* ids, T* out, std::int64_t width,
                                   std::int64_t n) {
  for_each_pack<T, N>(n, [&](auto pack, std::int64_t i) {
    const std::int64_t row = i / width;
    load(pack, table + ids[row] * width + (i - row * width));
    store(pack, out + i);
  });
}

template <class T, int N>
__global__ void add_rows_kernel(const T* rows, std::int64_t stride, std::int64_t step, const std::int32_t* ids,
                                T* dense, std::int64_t width, std::int64_t n) {
  for_each_pack<T, N>(n, [&](auto pack, std::int64_t i) {
    const std::int64_t row = i / width, column = i - row * width;
    T* const to = dense + ids[row] * width + column;
    auto sum = pack;
    load(pack, rows + row * stride + column * step);
    load(sum, to);
    add(sum, pack);
    store(sum, to);
  });
}

/// Where a matrix of any strides has its elements.
struct Strides {
  std::int64_t row, column;
};

template <class T, class Team>
__global__ void gather_dot_kernel(const T* a, Strides a_at, const std::int32_t* a_ids, const T* b, Strides b_at,
                                  const std::int32_t* b_ids, T* out, std::int64_t n, std::int64_t width) {
  Team::for_each_row(n, [&](std::int64_t i) {
    const T *x = a + a_ids[i] * a_at.row, *y = b + b_ids[i] * b_at.row;
    T sum = 0;
    Team::for_each(width, [&](std::int64_t j) { sum += x[j * a_at.column] * y[j * b_at.column]; });
    sum = Team::reduce(sum, Plus{});
    if (Team::leads()) out[i] = sum;
  });
}

Tensor ids_on(const Index& ids, const Tensor& tensor) { return ids.on(tensor.device()); }

}  // namespace

void gather_rows(const Tensor& table, const Index& ids, Tensor& out) {
  const Context& gpu = context(out);
  const Tensor rows = as_matrix(table), places = ids_on(ids, out);
  const std::int64_t n = out.numel(), width = rows.size(1);
  visit_float(table.dtype(), "gather_rows", [&](auto t) {
    using T = decltype(t);
    const bool packed = has_packable_rows<T>(rows) && is_packable(out);
    launch(gpu.over(packed ? packs<T>(n) : n), packed ? gather_rows_kernel<T, kLanes<T>> : gather_rows_kernel<T, 1>,
           table.data<T>(), places.data<std::int32_t>(), out.data<T>(), width, n);
  });
}

void sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) {
  Tensor sums = as_matrix(out);
  visit_float(grad.dtype(), "sum_rows_by_id",
              [&](auto t) { sum_groups<decltype(t)>(ids, as_matrix(grad), {}, {}, false, sums); });
}

void add_rows(const Tensor& rows, const Index& ids, Tensor& dense) {
  const Context& gpu = context(dense);
  const Tensor from = as_matrix(rows), places = ids_on(ids, dense);
  visit_float(rows.dtype(), "add_rows", [&](auto t) {
    using T = decltype(t);
    const std::int64_t n = from.numel();
    const bool packed = has_packable_rows<T>(from) && is_packable(dense);
    launch(gpu.over(packed ? packs<T>(n) : n), packed ? add_rows_kernel<T, kLanes<T>> : add_rows_kernel<T, 1>,
           from.data<T>(), from.strides()[0], from.strides()[1], places.data<std::int32_t>(), dense.data<T>(),
           from.size(1), n);
  });
}

void gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  const Tensor a_rows = ids_on(a_ids, out), b_rows = ids_on(b_ids, out);
  const std::int64_t n = a_ids.size(), width = a.size(1);
  visit_float(a.dtype(), "gather_dot", [&](auto t) {
    using T = decltype(t);
    by_rows(context(out), n, width, [&](auto team, const Launch& shape) {
      launch(shape, gather_dot_kernel<T, decltype(team)>, a.data<T>(), Strides{a.strides()[0], a.strides()[1]},
             a_rows.data<std::int32_t>(), b.data<T>(), Strides{b.strides()[0], b.strides()[1]},
             b_rows.data<std::int32_t>(), out.data<T>(), n, width);
    });
  });
}

// grad_a[r] = sum of grad_out[i] b[b_ids[i]] over a_ids[i] = r
void gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                         Tensor& grad_a) {
  visit_float(b.dtype(), "gather_dot_backward",
              [&](auto t) { sum_groups<decltype(t)>(a_ids, b, ids_on(b_ids, grad_a), grad_out, true, grad_a); });
}

}  // namespace seqrec::kernels::cuda

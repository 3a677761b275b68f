#include "kernels/embedding.h"

#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// `size` ids below 40, of which nearly all are 7 if `skewed`.
Index some_ids(std::int64_t size, bool skewed) {
  const Index drawn = random_ids(size, 40, 1);
  std::vector<std::int32_t> ids(drawn.host().begin(), drawn.host().end());
  for (std::size_t i = 0; skewed && i < ids.size(); ++i)
    if (i % 50 != 3) ids[i] = 7;
  return Index(ids);
}

/// Sizes of for_each_size, even ids and skewed ones, rows that packs fit, that they don't, and none.
template <class F>
void for_each_case(F f) {
  for (const DType dtype : kFloats)
    for_each_size([&](std::int64_t size) {
      for (const bool skewed : {false, dtype == DType::F32})
        for (const std::int64_t width : {0, 3, 8}) {
          CAPTURE(skewed);
          CAPTURE(width);
          f(dtype, some_ids(size, skewed), width);
        }
    });
}

/// On the device: as it is, with rows apart (packs fit), and with elements apart.
std::vector<Tensor> views(const Tensor& matrix) {
  const std::int64_t width = matrix.size(1);
  Tensor apart = Tensor({matrix.size(0), width + 8}, matrix.dtype(), gpu()).slice(1, 0, width);
  copy(to_device(matrix, gpu()), apart);
  return {to_device(matrix, gpu()), apart, strided_on_gpu(matrix)};
}

}  // namespace

TEST_CASE("cuda: gather_rows and add_rows equal the CPU's") {
  if (!has_gpu()) return;
  for_each_case([](DType dtype, const Index& ids, std::int64_t width) {
    const Tensor table = random_tensor({40, width}, dtype, 2);
    Tensor expected({ids.size(), width}, dtype), out(expected.shape(), dtype, gpu());
    gather_rows(table, ids, expected);
    gather_rows(to_device(table, gpu()), ids, out);
    check_same(to_device(out, kCpu), expected);
    const Index distinct(ids.groups().ids);
    const Tensor rows = random_tensor({distinct.size(), width}, dtype, 3);
    Tensor sum = clone(table);
    add_rows(rows, distinct, sum);
    for (const Tensor& view : views(rows)) {
      Tensor got = to_device(table, gpu());
      add_rows(view, distinct, got);
      check_same(to_device(got, kCpu), sum);
    }
  });
}

TEST_CASE("cuda: sum_rows_by_id equals the CPU's, and itself bit for bit" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_case([](DType dtype, const Index& ids, std::int64_t width) {
    const Tensor grad = random_tensor({ids.size(), width}, dtype, 2);
    Tensor expected({static_cast<std::int64_t>(ids.groups().ids.size()), width}, dtype);
    sum_rows_by_id(grad, ids, expected);
    Tensor first;
    for (const Tensor& view : views(grad)) {
      Tensor out(expected.shape(), dtype, gpu());
      sum_rows_by_id(view, ids, out);
      check_gpu(out, expected, kUlps);
      if (first.defined()) check_same(to_device(out, kCpu), first);
      first = to_device(out, kCpu);
    }
  });
}

TEST_CASE("cuda: sums of groups that begin and end where segments do, and of wide rows") {
  if (!has_gpu()) return;
  // Equal ids in runs of these lengths; segments are 8 places, and a block has 39 of 50 columns, one of 1100.
  for (const std::vector<int>& runs : {std::vector<int>{8, 8, 8},
                                       {7, 1, 9, 7},
                                       {16, 1, 15},
                                       {1, 24, 3},
                                       {10, 15},
                                       {312, 312},
                                       {311, 2, 311},
                                       {3, 1000, 5, 4},
                                       {315, 1, 1, 1}}) {
    std::vector<std::int32_t> ids;
    for (std::size_t r = 0; r < runs.size(); ++r) ids.insert(ids.end(), runs[r], static_cast<std::int32_t>(2 * r));
    const Index index(ids);
    for (const std::int64_t width : {5, 50, 1100}) {
      CAPTURE(width);
      const Tensor grad = random_tensor({index.size(), width}, DType::F32, 2);
      Tensor expected({std::ssize(runs), width}), out({std::ssize(runs), width}, DType::F32, gpu());
      sum_rows_by_id(grad, index, expected);
      sum_rows_by_id(to_device(grad, gpu()), index, out);
      check_gpu(out, expected, kUlps);
    }
  }
}

TEST_CASE("cuda: embedding kernels take rows of any shape") {
  if (!has_gpu()) return;
  const Index ids({2, 0, 2});
  const Tensor table = random_tensor({3, 2, 4}, DType::F32, 1), vector = random_tensor({3}, DType::F32, 2);
  Tensor expected({3, 2, 4}), out({3, 2, 4}, DType::F32, gpu()), numbers({3}), got({3}, DType::F32, gpu());
  gather_rows(table, ids, expected);
  gather_rows(to_device(table, gpu()), ids, out);
  check_same(to_device(out, kCpu), expected);
  gather_rows(vector, ids, numbers);
  gather_rows(to_device(vector, gpu()), ids, got);
  check_same(to_device(got, kCpu), numbers);
  Tensor sums({2, 2, 4}), sums_there({2, 2, 4}, DType::F32, gpu());
  for (const Tensor& view : {to_device(table, gpu()), strided_on_gpu(table)}) {
    sum_rows_by_id(table, ids, sums);
    sum_rows_by_id(view, ids, sums_there);
    check_gpu(sums_there, sums, kUlps);
  }
}

TEST_CASE("cuda: gather_dot and its gradients equal the CPU's" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_case([](DType dtype, const Index& ids, std::int64_t width) {
    std::vector<std::int32_t> runs;  // equal ids beside each other, as windows have
    for (std::int64_t i = 0; i < ids.size(); ++i) runs.push_back(static_cast<std::int32_t>(i / 5));
    const Index windows(runs);
    const Tensor a = random_tensor({windows.bound() + 2, width}, dtype, 2), b = random_tensor({40, width}, dtype, 3);
    const Tensor grad = random_tensor({ids.size()}, dtype, 4);
    Tensor expected({ids.size()}, dtype), grad_a = empty_like(a), grad_b = empty_like(b);
    gather_dot(a, windows, b, ids, expected);
    gather_dot_backward(grad, windows, b, ids, grad_a);
    gather_dot_backward(grad, ids, a, windows, grad_b);
    const std::vector<Tensor> as = views(a), bs = views(b);
    for (std::size_t i = 0; i < as.size(); ++i) {
      Tensor out({ids.size()}, dtype, gpu()), got_a(a.shape(), dtype, gpu()), got_b(b.shape(), dtype, gpu());
      if (ids.size() <= 33) {  // a warp each
        gather_dot(as[i], windows, bs[i], ids, out);
        check_gpu(out, expected, kUlps);
      }
      gather_dot_backward(i == 0 ? to_device(grad, gpu()) : strided_on_gpu(grad), windows, bs[i], ids, got_a);
      check_gpu(got_a, grad_a, kUlps);
      gather_dot_backward(to_device(grad, gpu()), ids, as[i], windows, got_b);
      check_gpu(got_b, grad_b, kUlps);
    }
  });
}

TEST_CASE("cuda: gather_dot of rows too wide for a warp") {
  if (!has_gpu()) return;
  const Index a_ids({0, 2, 2, 1}), b_ids({4, 4, 0, 3});
  for (const DType dtype : kFloats) {
    const Tensor a = random_tensor({3, 1100}, dtype, 1), b = random_tensor({5, 1100}, dtype, 2);
    Tensor expected({4}, dtype), out({4}, dtype, gpu());
    gather_dot(a, a_ids, b, b_ids, expected);
    gather_dot(to_device(a, gpu()), a_ids, to_device(b, gpu()), b_ids, out);
    check_gpu(out, expected, kUlps);
  }
}

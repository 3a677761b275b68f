#include "kernels/embedding.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct EmbeddingCase {
  std::int64_t ids, rows, width;
};
constexpr EmbeddingCase kCases[] = {{0, 5, 3}, {1, 1, 1},    {7, 13, 17},    {1025, 11, 64},  {31, 2003, 100},
                                    {5, 3, 0}, {3001, 2, 7}, {211, 97, 257}, {997, 1000, 50}, {0, 0, 4}};

}  // namespace

TEST_CASE("rows are gathered and their gradients summed by id") {
  for (const DType dtype : kFloats)
    for (const EmbeddingCase& c : kCases) {
      INFO(c.ids, " ids of ", c.rows, " rows of ", c.width);
      const Index ids = c.ids == 0 ? Index() : random_ids(c.ids, c.rows, 1);
      const Tensor table = random_tensor({c.rows, c.width}, dtype, 1), grad = random_tensor({c.ids, c.width}, dtype, 2);
      check_parity({empty_like(grad)}, 0, [&](auto& r) { kernels::gather_rows(table, ids, r[0]); });
      const auto groups = static_cast<std::int64_t>(ids.groups().ids.size());
      const Tensor sums({groups, c.width}, dtype);
      check_parity({sums}, 64, [&](auto& r) { kernels::sum_rows_by_id(grad, ids, r[0]); });
      check_parity({sums}, 64, [&](auto& r) { kernels::sum_rows_by_id(with_gaps(grad), ids, r[0]); });
      const Index distinct(ids.groups().ids);
      const Tensor rows = random_tensor({groups, c.width}, dtype, 3);
      check_parity({table}, 2, [&](auto& r) { kernels::add_rows(with_gaps(rows), distinct, r[0]); });
    }
}

TEST_CASE("rows may have any shape") {
  const Index ids({2, 0, 2});
  const Tensor table = random_tensor({3, 2, 5}, DType::F32, 1), grad = random_tensor({3, 2, 5}, DType::F32, 2);
  check_parity({Tensor({3, 2, 5})}, 0, [&](auto& r) { kernels::gather_rows(table, ids, r[0]); });
  check_parity({Tensor({2, 2, 5})}, 4, [&](auto& r) { kernels::sum_rows_by_id(grad, ids, r[0]); });
  check_parity({Tensor({3})}, 0, [&](auto& r) { kernels::gather_rows(random_tensor({3}, DType::F32, 3), ids, r[0]); });
}

TEST_CASE("dot products of gathered rows and their gradients") {
  for (const DType dtype : kFloats)
    for (const EmbeddingCase& c : kCases) {
      INFO(c.ids, " ids of ", c.rows, " rows of ", c.width);
      const Index ids = c.ids == 0 ? Index() : random_ids(c.ids, c.rows, 1);
      std::vector<std::int32_t> runs;  // equal ids beside each other, as windows have
      for (std::int64_t i = 0; i < c.ids; ++i) runs.push_back(static_cast<std::int32_t>(i / 5));
      const Index windows(runs);
      const Tensor a = random_tensor({windows.bound() + 2, c.width}, dtype, 2),
                   b = random_tensor({c.rows, c.width}, dtype, 3);
      const Tensor grad = random_tensor({c.ids}, dtype, 4);
      const std::vector<Tensor> out = {Tensor({c.ids}, dtype)};
      check_parity(out, 64, [&](auto& r) { kernels::gather_dot(a, windows, b, ids, r[0]); });
      check_parity(out, 64, [&](auto& r) { kernels::gather_dot(with_gaps(b), ids, with_gaps(a), windows, r[0]); });
      check_parity({a}, 64, [&](auto& r) { kernels::gather_dot_backward(grad, windows, b, ids, r[0]); });
      check_parity({b}, 64,
                   [&](auto& r) { kernels::gather_dot_backward(with_gaps(grad), ids, with_gaps(a), windows, r[0]); });
    }
}

TEST_CASE("embedding kernels refuse what doesn't fit") {
  const Tensor table({3, 4});
  Tensor out({2, 4}), wrong({4, 2}), dots({2}), dense({3, 4});
  const Index ids({0, 2}), high({0, 3});
  CHECK(message_of([&] { kernels::gather_rows(table, high, out); }) ==
        "[gather_rows] ids: expected ids below 3, got 3");
  CHECK(message_of([&] { kernels::gather_rows(table, ids, wrong); }) ==
        "[gather_rows] out: expected (2, 4), got (4, 2)");
  CHECK(message_of([&] {
          kernels::gather_rows(with_gaps(table), ids, out);
        }).starts_with("[gather_rows] table: expected a contiguous tensor"));
  CHECK(message_of([&] { kernels::sum_rows_by_id(table, ids, out); }) == "[sum_rows_by_id] ids: expected 3 ids, got 2");
  CHECK(message_of([&] { kernels::sum_rows_by_id(out, ids, wrong); }) ==
        "[sum_rows_by_id] out: expected (2, 4), got (4, 2)");
  CHECK(message_of([&] { kernels::add_rows(out, high, dense); }) == "[add_rows] ids: expected ids below 3, got 3");
  CHECK(message_of([&] { kernels::gather_dot(table, ids, wrong, ids, dots); }) ==
        "[gather_dot] b: expected (4, 4), got (4, 2)");
  CHECK(message_of([&] { kernels::gather_dot(table, ids, table, Index({0}), dots); }) ==
        "[gather_dot] b_ids: expected 2 ids, got 1");
  CHECK(message_of([&] { kernels::gather_dot_backward(dots, ids, table, high, dense); }) ==
        "[gather_dot_backward] b_ids: expected ids below 3, got 3");
}

#include "bench/kernel_cases.h"
#include "kernels/embedding.h"

namespace seqrec::bench {

void add_embedding_cases(Cases& cases) {
  using namespace kernels;
  for (const std::int64_t rows : {kClasses, std::int64_t{1000000}}) {
    constexpr std::int64_t kIds = 50 * kRows;
    const std::string shape = concat(kIds, " of ", rows, "x", kWidth);
    const double elements = kIds * kWidth;
    cases.push_back({"gather_rows", shape, 0, floats(2 * elements), [rows] {
                       const Tensor table = numbers({rows, kWidth});
                       return [=, places = ids(kIds, rows), out = empty({kIds, kWidth})]() mutable {
                         gather_rows(table, places, out);
                       };
                     }});
    cases.push_back({"sum_rows_by_id", shape, 0, floats(elements), [rows] {
                       const Index places = ids(kIds, rows);
                       const auto groups = static_cast<std::int64_t>(places.groups().ids.size());
                       return [=, grad = numbers({kIds, kWidth}), out = empty({groups, kWidth})]() mutable {
                         sum_rows_by_id(grad, places, out);
                       };
                     }});
    cases.push_back({"add_rows", shape, 0, floats(3 * elements), [rows] {
                       const Index groups(ids(kIds, rows).groups().ids);
                       return [=, grad = numbers({groups.size(), kWidth}), dense = zeros({rows, kWidth})]() mutable {
                         add_rows(grad, groups, dense);
                       };
                     }});
    cases.back().bytes = floats(3.0 * static_cast<double>(ids(kIds, rows).groups().ids.size()) * kWidth);
    cases.push_back({"gather_dot", shape, 0, floats(2 * elements), [rows] {
                       const Tensor a = numbers({kRows, kWidth}), b = numbers({rows, kWidth});
                       return [=, a_ids = ids(kIds, kRows), b_ids = ids(kIds, rows, 1), out = empty({kIds})]() mutable {
                         gather_dot(a, a_ids, b, b_ids, out);
                       };
                     }});
    cases.push_back({"gather_dot_backward", shape, 0, floats(2 * elements), [rows] {
                       const Tensor grad = numbers({kIds}), b = numbers({rows, kWidth});
                       return [=, a_ids = ids(kIds, kRows), b_ids = ids(kIds, rows, 1),
                               grad_a = empty({kRows, kWidth})]() mutable {
                         gather_dot_backward(grad, a_ids, b, b_ids, grad_a);
                       };
                     }});
  }
}

}  // namespace seqrec::bench

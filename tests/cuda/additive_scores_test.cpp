#include "kernels/additive_scores.h"

#include "tests/cuda/windows.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: additive scores and their gradients") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Index rows = c.value_rows();
    const Tensor queries = random_tensor({c.windows.size(), c.width}, dtype, 1, 2);
    const Tensor keys = random_tensor({c.rows, c.width}, dtype, 2, 2), vector = random_tensor({c.width}, dtype, 3);
    const Tensor grad = random_tensor({c.windows.entries()}, dtype, 4);
    check_kernel(how, {grad}, [&](auto move, auto& r) {
      window_additive_scores(move(queries), move(keys), move(vector), rows, c.windows, r[0]);
    });
    const auto backward = [&](auto move, auto& r) {
      window_additive_scores_backward(move(grad), move(queries), move(keys), move(vector), rows, c.windows, r[0], r[1],
                                      r[2]);
    };
    check_kernel(how, {queries, keys, vector}, backward, 4 * kUlps);  // sums over all entries, of any sign
  });
}

#include "kernels/pairs.h"

#include "tests/cuda/windows.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("cuda: window pairs and their gradients") {
  if (!has_gpu()) return;
  for_each_window_case([](Check how, DType dtype, const WindowCase& c) {
    const Tensor queries = random_tensor({c.windows.size(), c.width}, dtype, 1);
    const Tensor keys = random_tensor({c.windows.values(), c.width}, dtype, 2);
    const Tensor grad = random_tensor({c.windows.entries(), 3 * c.width}, dtype, 3);
    check_kernel(how, {grad}, [&](auto move, auto& r) { window_pairs(move(queries), move(keys), c.windows, r[0]); });
    check_kernel(how, {queries, keys}, [&](auto move, auto& r) {
      window_pairs_backward(move(queries), move(keys), c.windows, move(grad), r[0], r[1]);
    });
  });
}

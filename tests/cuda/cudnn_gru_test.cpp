#include "kernels/cuda/cudnn_gru.h"

#include "kernels/embedding.h"
#include "kernels/gru.h"
#include "kernels/matmul.h"
#include "tests/cuda/gpu.h"
#include "tests/kernels/window_cases.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

Tensor on_gpu(const Shape& shape, DType dtype, std::uint64_t part, double scale = 1) {
  return to_device(random_tensor(shape, dtype, part, scale), gpu());
}
Tensor result(const Shape& shape, DType dtype) { return Tensor(shape, dtype, gpu()); }

Tensor rows_of(const Tensor& table, const Index& rows) {
  Tensor out = result({rows.size(), table.size(1)}, table.dtype());
  gather_rows(table, rows, out);
  return out;
}

}  // namespace

TEST_CASE("cuda: cuDNN's GRU, the yardstick, gives what ours gives, forward and backward") {
  if (!has_gpu()) return;
  constexpr std::int64_t kIn = 7, kWidth = 12;
  for (const DType dtype : kFloats)
    for (const Windows& windows : {random_windows(40, 60, 9, 1), Windows::adjacent({0, 3, 3, 10, 11})}) {
      CAPTURE(dtype);
      const std::int64_t values = windows.values(), entries = windows.entries();
      const cuda::GruWeights weights{on_gpu({3 * kWidth, kIn}, dtype, 1, 0.3),
                                     on_gpu({3 * kWidth, kWidth}, dtype, 2, 0.3), on_gpu({3 * kWidth}, dtype, 3),
                                     on_gpu({3 * kWidth}, dtype, 4)};
      const Tensor x = on_gpu({values, kIn}, dtype, 5), grad = on_gpu({entries, kWidth}, dtype, 6);

      Tensor projected = result({values, 3 * kWidth}, dtype), states = empty_like(grad);
      Tensor gates = result({entries, 4 * kWidth}, dtype);
      matmul(x, false, weights.w_ih, true, 1, Write::Overwrite, projected);
      gru(GruCell::Gru, projected, Tensor(), windows, weights.w_hh, weights.b_ih, weights.b_hh, states, gates);
      cuda::GruWeights expected{empty_like(weights.w_ih), empty_like(weights.w_hh), empty_like(weights.b_ih),
                                empty_like(weights.b_hh)};
      Tensor grad_projected = empty_like(projected), no_scores;
      gru_backward(GruCell::Gru, projected, Tensor(), windows, weights.w_hh, states, gates, grad, grad_projected,
                   no_scores, expected.w_hh, expected.b_ih, expected.b_hh);
      matmul(grad_projected, true, x, false, 1, Write::Overwrite, expected.w_ih);

      cuda::CudnnGru yardstick(windows, kIn, kWidth, dtype, gpu());
      const Tensor packed = rows_of(x, yardstick.values());
      Tensor packed_states = rows_of(grad, yardstick.entries()), grad_x = empty_like(packed);
      const Tensor packed_grad = rows_of(grad, yardstick.entries());
      cuda::GruWeights got{empty_like(weights.w_ih), empty_like(weights.w_hh), empty_like(weights.b_ih),
                           empty_like(weights.b_hh)};
      yardstick.set_weights(weights);
      yardstick.forward(packed, packed_states);
      yardstick.backward(packed, packed_states, packed_grad, grad_x, got);

      check_gpu(packed_states, to_device(rows_of(states, yardstick.entries()), kCpu), 300);
      for (const auto part :
           {&cuda::GruWeights::w_ih, &cuda::GruWeights::w_hh, &cuda::GruWeights::b_ih, &cuda::GruWeights::b_hh})
        check_gpu(got.*part, to_device(expected.*part, kCpu), 2000);
    }
}

#include "kernels/attention.h"

#include "tests/cuda/windows.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Sequences looked at from every value: up to itself, or whole.
Windows sequences(std::initializer_list<std::int32_t> lengths, bool causal) {
  std::vector<std::int32_t> begin, end;
  for (const std::int32_t length : lengths) {
    const auto first = static_cast<std::int32_t>(begin.size());
    for (std::int32_t i = 0; i < length; ++i) {
      begin.push_back(first);
      end.push_back(causal ? first + i + 1 : first + length);
    }
  }
  return Windows(begin, end, std::ssize(begin));
}

void check_attention(Check how, DType dtype, const Windows& windows, std::int64_t width, std::int64_t heads, double p) {
  CAPTURE(width);
  CAPTURE(heads);
  CAPTURE(p);
  const Drop drop{p, {3, 9}, 5};
  const Tensor q = random_tensor({windows.size(), width}, dtype, 1),
               k = random_tensor({windows.values(), width}, dtype, 2), v = random_tensor(k.shape(), dtype, 3),
               grad = random_tensor(q.shape(), dtype, 4);
  check_kernel(how, {q},
               [&](auto move, auto& r) { window_attention(move(q), move(k), move(v), windows, heads, drop, r[0]); });
  check_kernel(how, {q, k, v}, [&](auto move, auto& r) {
    window_attention_backward(move(q), move(k), move(v), windows, heads, drop, move(grad), r[0], r[1], r[2]);
  });
}

}  // namespace

TEST_CASE("cuda: window attention and its gradients, over windows of any kind" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_window_case(
      [](Check how, DType dtype, const WindowCase& c) { check_attention(how, dtype, c.windows, c.width, 1, 0.3); });
}

TEST_CASE("cuda: window attention of several heads, over sequences" * many_shapes()) {
  if (!has_gpu()) return;
  for (const DType dtype : kFloats) {
    check_attention(Check::Thoroughly, dtype, sequences({1, 50, 7, 31, 2}, true), 64, 2, 0.5);
    check_attention(Check::Thoroughly, dtype, sequences({53, 1, 24, 25}, false), 12, 4, 0);
    check_attention(Check::Once, dtype, sequences({70, 3}, true), 96, 2, 0);
    check_attention(Check::Once, dtype, sequences({9, 9}, false), 260, 2, 0.1);
    // Rows that read some places, as a last layer does: in any order, more than once.
    const std::vector<std::int32_t> read{40, 3, 50, 51, 50, 0, 12, 90, 41};
    check_attention(Check::Once, dtype, sequences({1, 50, 40}, true).select(read), 64, 2, 0.5);
  }
}

TEST_CASE("cuda: attention to one value has no slope") {
  if (!has_gpu()) return;
  const Windows windows = sequences({1, 1, 1}, true);
  check_attention(Check::Once, DType::F32, windows, 4, 2, 0);
}

TEST_CASE("cuda: scores of any size give weights, never NaN") {
  if (!has_gpu()) return;
  const Windows windows = sequences({3}, true);
  const Tensor q = to_device(Tensor::from<float>({1e4f, -1e4f, 1e4f}, {3, 1}), gpu());
  Tensor out({3, 1}, DType::F32, gpu());
  window_attention(q, q, to_device(Tensor::from<float>({1, 2, 3}, {3, 1}), gpu()), windows, 1, {}, out);
  CHECK(out.to_vector<float>() == std::vector<float>{1, 2, 2});
}

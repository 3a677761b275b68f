#include "kernels/attention.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Sequences of several lengths, looked at from every value: up to itself, or whole.
Windows sequences(std::initializer_list<std::int32_t> lengths, bool causal) {
  std::vector<std::int32_t> begin, end;
  std::int32_t first = 0;
  for (const std::int32_t length : lengths) {
    for (std::int32_t i = 0; i < length; ++i) {
      begin.push_back(first);
      end.push_back(causal ? first + i + 1 : first + length);
    }
    first += length;
  }
  return Windows(begin, end, first);
}

}  // namespace

TEST_CASE("window attention gives what the reference gives") {
  struct Case {
    Windows windows;
    std::int64_t width, heads;
    double p;
  };
  const Case cases[] = {{sequences({1, 50, 7, 31, 2}, true), 64, 2, 0.5},
                        {sequences({53, 1, 24, 25}, false), 16, 4, 0},
                        {sequences({5, 3}, true), 7, 1, 0.2},
                        {Windows({0, 0, 5, 2, 7, 3, 0}, {4, 9, 5, 6, 9, 3, 0}, 11), 6, 3, 0.3},
                        {Windows({}, {}, 4), 4, 2, 0.5},
                        {Windows({0, 0}, {0, 0}, 0), 4, 1, 0}};
  for (const Case& c : cases)
    for (const DType dtype : kFloats) {
      CAPTURE(c.windows.size());
      const Drop drop{c.p, {3, 9}, 5};
      const Tensor q = random_tensor({c.windows.size(), c.width}, dtype, 1),
                   k = random_tensor({c.windows.values(), c.width}, dtype, 2),
                   v = random_tensor({c.windows.values(), c.width}, dtype, 3),
                   grad = random_tensor(q.shape(), dtype, 4);
      check_parity({q}, 64, [&](auto& r) {
        window_attention(with_gaps(q), with_gaps(k), with_gaps(v), c.windows, c.heads, drop, r[0]);
      });
      check_parity({q, k, v}, 128, [&](auto& r) {
        window_attention_backward(q, k, v, c.windows, c.heads, drop, with_gaps(grad), r[0], r[1], r[2]);
      });
    }
}

TEST_CASE("scores of any size give weights, never NaN") {
  const Windows windows = sequences({3}, true);
  const Tensor q = Tensor::from<float>({1e4f, -1e4f, 1e4f}, {3, 1}), v = Tensor::from<float>({1, 2, 3}, {3, 1});
  Tensor out({3, 1});
  window_attention(q, q, v, windows, 1, {}, out);
  CHECK(out.to_vector<float>() == std::vector<float>{1, 2, 2});
}

TEST_CASE("window attention refuses what doesn't fit") {
  const Windows windows = sequences({2}, true);
  Tensor x({2, 6}), other({3, 6});
  const auto attend = [&](const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads, double p) {
    return message_of([&] { window_attention(q, k, v, windows, heads, {p, {}, 0}, x); });
  };
  CHECK(attend(x, x, x, 4, 0) == "[window_attention] heads: expected a divisor of the width 6, got 4");
  CHECK(attend(x, x, x, 0, 0) == "[window_attention] heads: expected a divisor of the width 6, got 0");
  CHECK(attend(other, x, x, 2, 0) == "[window_attention] q: expected (2, 6), got (3, 6)");
  CHECK(attend(x, other, x, 2, 0) == "[window_attention] k: expected (2, 6), got (3, 6)");
  CHECK(attend(x, x, other, 2, 0) == "[window_attention] v: expected (2, 6), got (3, 6)");
  CHECK(attend(x, x, x, 2, 1) == "[window_attention] drop: expected a probability in [0, 1), got 1");
  CHECK(message_of([&] { window_attention_backward(x, x, x, windows, 2, {}, other, x, x, x); }) ==
        "[window_attention_backward] grad_out: expected (2, 6), got (3, 6)");
}

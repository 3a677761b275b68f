#include "bench/kernel_cases.h"

#include <cmath>

#include "core/random.h"
#include "kernels/copy.h"

namespace seqrec::bench {

static Device case_device = kCpu;

Cases all_cases() {
  Cases cases;
  for (const auto add : {add_matmul_cases, add_loss_cases, add_ranking_cases, add_elementwise_cases, add_row_cases,
                         add_embedding_cases, add_window_cases, add_convolution_cases, add_graph_cases,
                         add_optimizer_cases, add_attention_cases, add_recurrence_cases})
    add(cases);
  return cases;
}

void set_device(Device device) { case_device = device; }

Tensor empty(Shape shape, DType dtype) { return Tensor(shape, dtype, case_device); }

Tensor zeros(Shape shape, DType dtype) { return Tensor::zeros(shape, dtype, case_device); }

/// A prime number of them: to draw each tensor's own would take longer than all kernels.
static const std::vector<float>& pool() {
  static const std::vector<float> values = [] {
    std::vector<float> out(65521);
    Random random(random_stream(1, Purpose::Test));
    for (float& value : out) value = static_cast<float>(0.2 * random.normal());
    return out;
  }();
  return values;
}

Tensor numbers(Shape shape, std::uint64_t part) {
  Tensor out(shape);
  std::size_t next = part * 9973 % pool().size();
  for (float& value : out.span<float>()) {
    value = pool()[next];
    if (++next == pool().size()) next = 0;
  }
  return kernels::to_device(out, case_device);
}

Index ids(std::int64_t size, std::int64_t bound, std::uint64_t part) {
  Random random(random_stream(2, Purpose::Test, part));
  std::vector<std::int32_t> out(size);
  for (std::int32_t& id : out)
    id = static_cast<std::int32_t>(static_cast<double>(bound) * std::pow(random.uniform(), 2));
  return Index(out);
}

Windows prefixes(std::int64_t windows) {
  Random random(random_stream(3, Purpose::Test));
  std::vector<std::int32_t> begin, end;
  std::int32_t values = 0;
  while (static_cast<std::int64_t>(begin.size()) < windows) {
    const auto length = static_cast<std::int32_t>(1 + random.below(100));
    for (std::int32_t i = 1; i <= length && static_cast<std::int64_t>(begin.size()) < windows; ++i) {
      begin.push_back(values + std::max(0, i - 50));
      end.push_back(values + i);
    }
    values += length;
  }
  return Windows(begin, end, values);
}

}  // namespace seqrec::bench

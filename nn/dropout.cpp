#include "nn/dropout.h"

#include "autograd/ops/dropout.h"
#include "core/error.h"

namespace seqrec::nn {

Dropout::Dropout(double p) : p_(p), stream_(random_stream(0, Purpose::Dropout)) {
  require<ConfigError>(p >= 0.0 && p < 1.0, "a dropout probability must lie in [0, 1), got ", p);
}

Variable Dropout::forward(const Variable& x) {
  const kernels::Drop drop = draw(x.value().numel());
  return drop.p == 0.0 ? x : autograd::dropout(x, drop.p, drop.stream, drop.offset);
}

kernels::Drop Dropout::draw(std::int64_t count) {
  if (!training() || p_ == 0.0) return {};
  const std::uint64_t offset = offset_;
  offset_ += static_cast<std::uint64_t>(count);
  return {p_, stream_, offset};
}

void Dropout::on_begin_step(std::uint64_t seed, std::uint64_t part) {
  stream_ = random_stream(seed, Purpose::Dropout, part);
  offset_ = 0;
}

}  // namespace seqrec::nn

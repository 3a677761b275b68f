#include "nn/dropout.h"

#include "autograd/ops/dropout.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

Dropout::Dropout(Scope at, double p) : Module(at), p_(p) {
  require<ConfigError>(p >= 0.0 && p < 1.0, "a dropout probability must lie in [0, 1), got ", p);
}

Variable Dropout::operator()(const Variable& x) {
  if constexpr (!kTraining) return x;
  const kernels::Drop drop = draw();
  return drop.p == 0.0 ? x : dropout(x, drop.p, drop.stream, drop.offset);
}

kernels::Drop Dropout::draw() {
  if (!training() || p_ == 0.0) return {};
  return {p_, next_stream(Purpose::Dropout), 0};
}

}  // namespace seqrec::nn

#include "train/step_losses.h"

#include "kernels/copy.h"

namespace seqrec::train {

void StepLosses::add(const Tensor& loss) {
  if (!kept_.defined()) kept_ = Tensor({kMost}, loss.dtype(), loss.device());
  Tensor place = kept_.slice(0, count_, count_ + 1);
  kernels::copy(loss.reshape({1}), place);
  ++count_;
}

std::vector<double> StepLosses::take() {
  if (count_ == 0) return {};
  const Tensor losses = kernels::convert(kept_.slice(0, 0, count_), DType::F64);
  count_ = 0;
  return losses.to_vector<double>();
}

}  // namespace seqrec::train

#include "optim/clip.h"

#include <limits>

#include "kernels/cuda.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::kernels;
using autograd::Variable;

namespace {

/// Collects `grad` by a backward pass.
template <class Grad>
void give(Variable& parameter, const Grad& grad) {
  const Variable output = autograd::record("given", {parameter}, parameter.value(),
                                           [grad](autograd::Backward& backward) { backward.give(0, grad); });
  autograd::backward(output, Tensor::zeros(parameter.shape(), parameter.dtype(), parameter.value().device()));
}

/// Dense and row-sparse gradients, f32 and f64, and a parameter without one.
nn::Parameters parameters_on(Device device) {
  nn::Parameters parameters;
  std::uint64_t part = 1;
  for (const DType dtype : kFloats) {
    Variable dense(Tensor({33, 5}, dtype, device), true), sparse(Tensor({7, 3}, dtype, device), true);
    give(dense, to_device(random_tensor({33, 5}, dtype, part++), device));
    give(sparse, autograd::RowSparse{{7, 3}, Index({1, 4}), to_device(random_tensor({2, 3}, dtype, part++), device)});
    parameters.insert(parameters.end(), {{"dense", dense}, {"sparse", sparse}});
  }
  parameters.emplace_back("without", Variable(Tensor({2}, DType::F32, device), true));
  return parameters;
}

}  // namespace

TEST_CASE("cuda: clipping by norm gives the CPU's gradients, with one wait for all of them") {
  if (!cuda::available()) return;
  const Device gpu{Device::Kind::Cuda, cuda::device_count() - 1};
  cuda::open(gpu);
  for (const double norm_type : {1., 2., 3., std::numeric_limits<double>::infinity()}) {
    CAPTURE(norm_type);
    nn::Parameters expected = parameters_on(kCpu), got = parameters_on(gpu);
    const double norm = optim::clip_norm(expected, {0.5, norm_type});
    cuda::synchronize(gpu);
    const std::int64_t waits = cuda::synchronizations();
    CHECK(optim::clip_norm(got, {0.5, norm_type}) == doctest::Approx(norm).epsilon(1e-6));
    CHECK(cuda::synchronizations() == waits + 1);
    for (std::size_t i = 0; i + 1 < expected.size(); ++i)  // as f32: the norm knows f32 gradients no better
      check_close(convert(to_device(got[i].second.grad().dense(), kCpu), DType::F32),
                  convert(expected[i].second.grad().dense(), DType::F32), 64);
  }
}

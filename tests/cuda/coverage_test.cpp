// CUDA has all kernels. And the op cases, run on both backends.
#include <algorithm>
#include <cmath>

#include "tests/cuda/gpu.h"
#include "tests/op_cases.h"

namespace seqrec::kernels {

SEQREC_KERNEL(only_for_the_cpu, Tensor& x)
void check::only_for_the_cpu(Tensor&) {}
void cpu::only_for_the_cpu(Tensor&) {}
void reference::only_for_the_cpu(Tensor&) {}

}  // namespace seqrec::kernels

using namespace seqrec;
using namespace seqrec::kernels;
using autograd::Variable;
using tests::OpCase;

namespace {

/// The output, and the gradients of the inputs for a gradient of ones.
std::vector<Tensor> run(const OpCase& op_case, const std::vector<Tensor>& inputs) {
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) variables.emplace_back(input, true);
  const Variable output = op_case.function(variables);
  std::vector<Tensor> results{contiguous(output.value())};
  Tensor ones(output.shape(), output.value().dtype(), output.value().device());
  fill(1.0, ones);
  autograd::backward(output, ones);
  for (const Variable& variable : variables) {
    const Tensor& value = variable.value();
    results.push_back(variable.grad().defined() ? variable.grad().dense()
                                                : Tensor::zeros(value.shape(), value.dtype(), value.device()));
  }
  return results;
}

/// Relative to the largest element, or 1.
double largest_difference(const Tensor& a, const Tensor& b) {
  const auto x = convert(to_device(a, kCpu), DType::F64).to_vector<double>();
  const auto y = convert(b, DType::F64).to_vector<double>();
  double scale = 1, difference = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    scale = std::max(scale, std::abs(y[i]));
    difference = std::max(difference, std::isnan(x[i] - y[i]) ? INFINITY : std::abs(x[i] - y[i]));
  }
  return difference / scale;
}

}  // namespace

TEST_CASE("cuda: every kernel is there") {
  const auto& present = cuda_kernel_names();
  if (present.empty()) return;  // built without CUDA
  for (const std::string_view name : kernel_names())
    CHECK_MESSAGE(std::find(present.begin(), present.end(), name) != present.end(), std::string(name));
}

TEST_CASE("cuda: a missing kernel is an error that names it") {
  if (!has_gpu()) return;
  Tensor x({1}, DType::F32, gpu());
  CHECK_THROWS_WITH_AS(only_for_the_cpu(x), concat("[only_for_the_cpu] has no kernel for ", gpu()).c_str(),
                       DeviceError);
}

TEST_CASE("cuda: op cases pass gradcheck on the device") {
  if (!has_gpu()) return;
  for (const OpCase& op_case : tests::op_cases()) {
    std::vector<Tensor> inputs = op_case.inputs(DType::F64);
    for (Tensor& input : inputs) input = to_device(input, gpu());
    CAPTURE(op_case.name);
    const auto result = autograd::gradcheck(op_case.function, inputs);
    CHECK_MESSAGE(result.passed, result.where);
  }
}

TEST_CASE("cuda: the op cases equal the CPU's, forward and backward") {
  if (!has_gpu()) return;
  for (const OpCase& op_case : tests::op_cases())
    for (const DType dtype : kFloats)
      for (const bool strided : {false, true}) {
        CAPTURE(op_case.name);
        CAPTURE(dtype);
        CAPTURE(strided);
        std::vector<Tensor> inputs = op_case.inputs(dtype, strided);
        const std::vector<Tensor> expected = run(op_case, inputs);
        for (Tensor& input : inputs)
          input = strided && input.rank() > 0 ? strided_on_gpu(input) : to_device(input, gpu());
        for (const int limit : {0, 2}) {
          const cuda::GridLimitScope grid(limit);
          const std::vector<Tensor> got = run(op_case, inputs);
          for (std::size_t i = 0; i < got.size(); ++i) {
            CAPTURE(i);
            CHECK(got[i].device() == gpu());
            CHECK(largest_difference(got[i], expected[i]) <= (dtype == DType::F64 ? 1e-13 : 3e-6));
          }
        }
      }
}

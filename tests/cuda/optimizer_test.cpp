#include "kernels/optimizer.h"

#include "kernels/elementwise.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

ParameterStep make_step(const Shape& shape, DType dtype, const Index& rows, bool sparse, std::uint64_t part) {
  Shape held = shape;
  if (sparse) held[0] = rows.size();
  ParameterStep step{random_tensor(held, dtype, part), rows, random_tensor(shape, dtype, part + 1)};
  step.slots = {random_tensor(shape, dtype, part + 2), random_tensor(shape, dtype, part + 3)};
  for (Tensor& slot : step.slots) unary(Unary::Square, slot, slot);
  step.step = 1 + static_cast<std::int64_t>(part % 3);
  return step;
}

/// Two steps of all by f(steps), on both sides; slots that a step doesn't use are compared too.
template <class F>
void compare(const ParameterSteps& start, F f) {
  ParameterSteps expected = start, got = start;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const auto on_gpu = [shifted = i % 3 == 1](const Tensor& tensor) {
      return shifted ? shifted_on_gpu(tensor) : to_device(tensor, gpu());
    };
    expected[i].parameter = clone(start[i].parameter);
    got[i].parameter = on_gpu(start[i].parameter);
    got[i].grad = on_gpu(start[i].grad);
    for (std::size_t k = 0; k < 2; ++k) {
      expected[i].slots[k] = clone(start[i].slots[k]);
      got[i].slots[k] = on_gpu(start[i].slots[k]);
    }
  }
  f(expected), f(got);  // what it allocates may let the cache give memory back, which waits
  const std::int64_t waits = cuda::synchronizations();
  f(expected), f(got);
  CHECK(cuda::synchronizations() == waits);
  for (std::size_t i = 0; i < start.size(); ++i) {
    INFO(start[i].parameter.shape(), " with ", start[i].rows.size(), " rows");
    check_gpu(got[i].parameter, expected[i].parameter, 64);
    for (std::size_t k = 0; k < 2; ++k) check_gpu(got[i].slots[k], expected[i].slots[k], 64);
  }
}

template <class F>
void for_each_optimizer(F f) {
  for (const double decay : {0., 0.1}) {
    CAPTURE(decay);
    for (const double momentum : {0., 0.9})
      f([=](const ParameterSteps& steps) { sgd_step({0.1, momentum, decay}, steps); });
    for (const bool decoupled : {false, true})
      for (const bool only_rows : {false, true})
        f([=](ParameterSteps steps) {
          AdamOptions options{0.01};
          options.weight_decay = decay;
          options.decoupled = decoupled;
          for (ParameterStep& step : steps) step.only_rows = only_rows;
          adam_step(options, steps);
        });
    f([=](const ParameterSteps& steps) { adagrad_step({0.1, 1e-10, decay}, steps); });
    f([=](const ParameterSteps& steps) { rmsprop_step({0.1, 0.99, 1e-8, decay}, steps); });
  }
}

}  // namespace

TEST_CASE("cuda: a step of many parameters equals the CPU's: dense, row-sparse, f32 and f64, without a wait") {
  if (!has_gpu()) return;
  ParameterSteps steps;
  std::uint64_t part = 1;
  for (const DType dtype : kFloats) {
    for (const std::int64_t size : {0, 1, 33, 1025}) steps.push_back(make_step({size}, dtype, {}, false, part += 4));
    steps.push_back(make_step({}, dtype, {}, false, part += 4));
    steps.push_back(make_step({33}, dtype, Index({31, 32}), true, part += 4));
    steps.push_back(make_step({3, 601}, dtype, Index({1, 2}), true, part += 4));
    steps.push_back(make_step({13, 5}, dtype, Index({0, 3, 4, 12}), true, part += 4));
    steps.push_back(make_step({300, 8}, dtype, Index({1, 31, 32, 299}), true, part += 4));
    steps.push_back(make_step({40, 2, 2}, dtype, {}, true, part += 4));  // a gradient of 0
    steps.push_back(make_step({0, 4}, dtype, {}, true, part += 4));
  }
  for_each_optimizer([&](auto f) { compare(steps, f); });
  const cuda::GridLimitScope grid(2);
  compare(steps, [](const ParameterSteps& all) { adam_step({0.01}, all); });
}

TEST_CASE("cuda: a step of more parameters than one launch takes") {
  if (!has_gpu()) return;
  ParameterSteps steps;
  for (std::uint64_t part = 0; part < 100; ++part)
    steps.push_back(make_step({2, 3}, part < 80 ? DType::F32 : DType::F64, {}, false, 4 * part));
  compare(steps, [](const ParameterSteps& all) { adam_step({0.01}, all); });
}

TEST_CASE("cuda: the first step of SGD with momentum doesn't read the moment") {
  if (!has_gpu()) return;
  ParameterStep step = make_step({5}, DType::F32, {}, false, 3);  // a step 1
  CHECK(step.step == 1);
  const Tensor grad = step.grad;
  step.grad = to_device(grad, gpu());
  step.parameter = to_device(step.parameter, gpu());
  step.slots = {Tensor({5}, DType::F32, gpu()), Tensor()};
  fill(NAN, step.slots[0]);
  sgd_step({0.1, 0.9}, {step});
  check_gpu(step.slots[0], grad, 0);
}

TEST_CASE("cuda: parameters of one step lie on one device") {
  if (!has_gpu()) return;
  ParameterStep here = make_step({2}, DType::F32, {}, false, 1), there = here;
  there.parameter = to_device(there.parameter, gpu());
  CHECK_THROWS_WITH_AS(adam_step({0.1}, {here, there}),
                       concat("[adam_step] tensors on different devices: cpu and ", gpu()).c_str(), DeviceError);
}
